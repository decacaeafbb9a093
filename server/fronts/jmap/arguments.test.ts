import assert from 'node:assert/strict'
import { test } from 'node:test'
import { date, int, listOf, nullable, readArguments, readFields, string, unsignedInt, utcDate } from './arguments.ts'
import { MethodError } from './method.ts'

const callOf = (args: Record<string, unknown>) =>
  ({ args, caller: { account: 'a1' } }) as unknown as Parameters<typeof readArguments>[0]
const isError = (type: string) => (error: unknown) => error instanceof MethodError && error.type === type

test('an account that is not the caller’s is accountNotFound, none at all is invalidArguments', () => {
  assert.throws(() => readArguments(callOf({ accountId: 'a2' })), isError('accountNotFound'))
  assert.throws(() => readArguments(callOf({})), isError('invalidArguments'))
  assert.throws(() => readArguments(callOf({ accountId: 1 })), isError('invalidArguments'))
})

test('arguments that nobody read are refused', () => {
  const args = readArguments(callOf({ accountId: 'a1', ids: null, more: 1 }))
  args.optional('ids', nullable(listOf(string)), null)
  assert.throws(() => args.finish(), isError('invalidArguments'))
})

test('what only the prototype has is absent', () => {
  const args = readFields({})
  assert.equal(args.optional('toString', string, 'none'), 'none')
  assert.throws(() => args.required('constructor', string), isError('invalidArguments'))
})

test('integers keep to what JSON numbers carry exactly', () => {
  assert.ok(int.accepts(2 ** 53 - 1) && int.accepts(-(2 ** 53) + 1))
  assert.ok(!int.accepts(2 ** 53) && !int.accepts(1.5) && !int.accepts('1') && !unsignedInt.accepts(-1))
})

test('dates keep to RFC 3339 in capitals, without a fraction of zero', () => {
  for (const good of ['2014-10-30T14:12:00+08:00', '2014-10-30T06:12:00Z', '2014-10-30T06:12:00.5Z']) {
    assert.ok(date.accepts(good), good)
  }
  for (const bad of ['2014-10-30t06:12:00z', '2014-10-30T06:12:00.000Z', '2014-02-30T06:12:00Z', '2014-10-30', '']) {
    assert.ok(!date.accepts(bad), bad)
  }
  assert.ok(!utcDate.accepts('2014-10-30T14:12:00+08:00'))
})
