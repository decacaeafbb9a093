import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzResponses } from './parse-response.fuzz.ts'

test('no sequence of octets makes the parser crash or hang', () => {
  const { runs, parsed } = fuzzResponses(2000, 20261122)
  assert.ok(runs > 1000 && parsed > 500, `${runs} runs, ${parsed} parsed`)
})
