import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { readArguments } from './arguments.ts'
import { type MethodCall, MethodError } from './method.ts'
import { inOrderOfReference, readSet, runSet } from './set.ts'

const limits = { maxObjectsInSet: 4 }
const callOf = (args: Record<string, unknown>, createdIds = new Map<string, string>()) =>
  ({ args: { accountId: 'a1', ...args }, caller: { account: 'a1' }, createdIds, limits }) as unknown as MethodCall
const isError = (type: string) => (error: unknown) => error instanceof MethodError && error.type === type

/** A type with a name and a parent, kept in a map. */
function things() {
  const rows = new Map<string, Record<string, unknown>>([['t0', { name: 'zero' }]])
  let state = 0
  return {
    rows,
    state: async () => `s${state}`,
    references: ['parentId'],
    create: async (fields: Record<string, unknown>) => {
      if (fields.name === 'taken') throw new Failure('alreadyExists', { existingId: 't0', secret: 'x' })
      const id = `t${rows.size}`
      rows.set(id, fields)
      state++
      return { id }
    },
    update: async (id: string, patch: Record<string, unknown>) => {
      if (!rows.has(id)) throw new Failure('notFound')
      rows.set(id, { ...rows.get(id), ...patch })
      return null
    },
    destroy: async (id: string) => {
      if (!rows.delete(id)) throw new Failure('notFound')
    },
  }
}
const set = (call: MethodCall, verbs: ReturnType<typeof things>) =>
  runSet(call, readSet(call, readArguments(call)), verbs, silentLog)

test('each item has its own fate', async () => {
  const verbs = things()
  const call = callOf({
    create: { a: { name: 'new' }, b: { name: 'taken' } },
    update: { t0: { name: 'x' } },
    destroy: ['nope'],
  })
  assert.deepEqual(await set(call, verbs), {
    accountId: 'a1',
    oldState: 's0',
    newState: 's1',
    created: { a: { id: 't1' } },
    updated: { t0: null },
    destroyed: null,
    notCreated: { b: { type: 'alreadyExists', description: 'An object of that name or id exists.', existingId: 't0' } },
    notUpdated: null,
    notDestroyed: { nope: { type: 'notFound', description: 'There is no such object, or not any more.' } },
  })
  assert.equal(call.createdIds.get('a'), 't1')
})

test('an update of what the same call destroys is willDestroy', async () => {
  const reply = await set(callOf({ update: { t0: { name: 'x' } }, destroy: ['t0'] }), things())
  assert.deepEqual(reply.notUpdated, { t0: { type: 'willDestroy' } })
  assert.deepEqual(reply.destroyed, ['t0'])
})

test('updates and destroys may name creations of this call and of earlier ones', async () => {
  const verbs = things()
  const call = callOf(
    { create: { a: {} }, update: { '#a': { name: 'y' }, '#unknown': {} }, destroy: ['#old'] },
    new Map([['old', 't0']]),
  )
  const reply = await set(call, verbs)
  assert.deepEqual(reply.updated, { t1: null })
  assert.deepEqual(reply.destroyed, ['t0'])
  assert.deepEqual(Object.keys(reply.notUpdated as object), ['#unknown'])
})

test('the limit counts creates, updates and destroys together', () => {
  const read = (destroy: string[]) => {
    const call = callOf({ create: { a: {} }, update: { t0: {} }, destroy })
    return readSet(call, readArguments(call))
  }
  assert.equal(read(['x', 'y']).destroy.length, 2)
  assert.throws(() => read(['x', 'y', 'z']), isError('requestTooLarge'))
})

test('a state that is not the current one stops everything', async () => {
  const verbs = things()
  await assert.rejects(set(callOf({ ifInState: 's9', destroy: ['t0'] }), verbs), isError('stateMismatch'))
  assert.ok(verbs.rows.has('t0'))
})

test('creations come after those they refer to, whatever the order and the shape', () => {
  const create = new Map<string, Record<string, unknown>>([
    ['a', { p: '#b', q: '#c' }],
    ['b', { p: '#c' }],
    ['c', {}],
    ['x', { p: '#y' }],
    ['y', { p: '#x' }],
  ])
  const order = inOrderOfReference(create, ['p', 'q']).map(([creationId]) => creationId)
  assert.deepEqual(order.slice(0, 3), ['c', 'b', 'a'])
  assert.equal(order.length, 5)
})

test('a password that no longer opens the mailbox ends the request, not the item', async () => {
  const verbs = { ...things(), destroy: () => Promise.reject(new Failure('badCredentials')) }
  await assert.rejects(set(callOf({ destroy: ['t0'] }), verbs), /badCredentials/)
})

test('__proto__ is a creation id like any other', async () => {
  const call = callOf(JSON.parse('{"create": {"__proto__": {"name": "taken"}}}'))
  const reply = JSON.stringify(await set(call, things()))
  assert.match(reply, /"notCreated":\{"__proto__":\{"type":"alreadyExists"/)
})
