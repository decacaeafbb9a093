import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, errorCodes, Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { toMethodError, toSetError } from './errors.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]
const method = (code: ErrorCode) => toMethodError(new Failure(code), silentLog).type
const item = (code: ErrorCode) => toSetError(new Failure(code), silentLog).type

// RFC 8620 §3.6.2: serverUnavailable is for what may succeed when it is tried again, serverFail for what need not.
test('what may pass is told as such, of a method and of an item, and nothing else is', () => {
  const passing = codes.filter((code) => errorCodes[code].retry)
  assert.ok(passing.length >= 5)
  assert.deepEqual([...new Set(passing.map(method))], ['serverUnavailable'])
  assert.deepEqual([...new Set(passing.map(item))].sort(), ['rateLimit', 'serverUnavailable'])
  // The caller went away, or the session ends with the request: no method tells these.
  const neverTold: readonly ErrorCode[] = ['canceled', 'badCredentials', 'unauthenticated']
  const lasting = codes.filter((code) => !errorCodes[code].retry && !neverTold.includes(code))
  assert.ok(!lasting.some((code) => method(code) === 'serverUnavailable' || item(code) === 'serverUnavailable'))
})

test('when to come again is told in whole seconds, where it is known', () => {
  const tell = (detail: Record<string, unknown>) => toMethodError(new Failure('unavailable', detail), silentLog)
  assert.equal(tell({ retryAfterMs: 1200 }).retryAfter, 2)
  assert.ok(!('retryAfter' in tell({})))
})
