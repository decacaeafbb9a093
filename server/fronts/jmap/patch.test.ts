import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SetFailure } from './errors.ts'
import { applyPatch } from './patch.ts'

const invalidPatch = (error: unknown) => error instanceof SetFailure && error.error.type === 'invalidPatch'

test('a patch sets deep members, leaves the original alone and shares what it does not touch', () => {
  const before = { keywords: { $seen: true }, other: { x: 1 }, name: 'a' }
  const after = applyPatch(before, { 'keywords/$flagged': true, 'keywords/$seen': null, name: 'b' })
  assert.deepEqual(after, { keywords: { $flagged: true }, other: { x: 1 }, name: 'b' })
  assert.deepEqual(before.keywords, { $seen: true })
  assert.equal(after.other, before.other)
})

test('null restores the default, removes where there is none, and is nothing where nothing is', () => {
  type Thing = { sortOrder?: number; name?: string }
  assert.deepEqual(applyPatch<Thing>({ sortOrder: 5, name: 'x' }, { sortOrder: null, name: null }, { sortOrder: 0 }), {
    sortOrder: 0,
  })
  assert.deepEqual(applyPatch({ a: {} }, { 'a/b': null }), { a: {} })
})

test('pointers are unescaped, and may name __proto__ without harm', () => {
  assert.deepEqual(applyPatch({ k: {} as Record<string, unknown> }, { 'k/a~1b~0c': 1 }), { k: { 'a/b~c': 1 } })
  const patched = applyPatch({} as Record<string, unknown>, JSON.parse('{"__proto__": 1}'))
  assert.ok(Object.hasOwn(patched, '__proto__'))
  assert.throws(() => applyPatch({}, { '__proto__/polluted': true }), invalidPatch)
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('a missing parent, an array, a prefix of another pointer and a bad escape are invalidPatch', () => {
  const current = { list: [1, 2], map: { deep: {} } }
  for (const patch of [
    { 'gone/x': 1 },
    { 'map/gone/x': 1 },
    { 'list/0': 1 },
    { map: {}, 'map/deep': 1 },
    { 'map/deep': {}, 'map/deep/x': 1 },
    { 'map/~2': 1 },
  ]) {
    assert.throws(() => applyPatch(current, patch), invalidPatch, JSON.stringify(patch))
  }
})
