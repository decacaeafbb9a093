import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { openMemoryMailState } from '#testing/memory-mail-state.ts'
import type { AccountContext } from './context.ts'
import { decodeVector, encodeVector, stateOctets, stateString, type VectorEntry } from './vector.ts'

const entry = (n: number): VectorEntry => ({
  uidValidity: 4_000_000_000 + n,
  uidNext: n * 1000,
  modseq: 2n ** 63n - BigInt(n),
  cursorUid: n % 3,
})
const vector = (count: number) => ({
  epoch: 0xfedcba98,
  entries: new Map(Array.from({ length: count }, (_, n) => [2n ** 64n - 1n - BigInt(n), entry(n)] as const)),
})
const context = () =>
  ({ account: 'a', keptStates: new Set<string>(), deps: { state: openMemoryMailState() } }) as unknown as AccountContext

test('a vector comes back from its octets, 63-bit MODSEQs included', () => {
  for (const count of [0, 1, 50])
    assert.deepEqual(decodeVector(encodeVector(vector(count))), {
      ...vector(count),
      entries: new Map([...vector(count).entries].sort()),
    })
})

test('a short state is in its string, a long one is kept for all nodes under a short one', async () => {
  const ctx = context()
  const short = encodeVector(vector(3))
  const inline = await stateString(ctx, 'e', short)
  assert.deepEqual(await stateOctets(context(), 'e', inline), short)
  const long = encodeVector(vector(500))
  const named = await stateString(ctx, 'e', long)
  assert.ok(named.length < 40)
  assert.deepEqual(await stateOctets(ctx, 'e', named), long)
  await assert.rejects(
    stateOctets(context(), 'e', named),
    (error) => error instanceof Failure && error.code === 'cannotCalculateChanges',
  )
})

test('what is no state of that kind is cannotCalculateChanges, never a fault', async () => {
  const state = await stateString(context(), 'e', encodeVector(vector(3)))
  const octets = await stateOctets(context(), 'e', state)
  const isRefused = (error: unknown) => error instanceof Failure && error.code === 'cannotCalculateChanges'
  await assert.rejects(stateOctets(context(), 'm', state), isRefused)
  assert.throws(() => decodeVector(octets.subarray(0, octets.length - 1)), isRefused)
  assert.throws(() => decodeVector(Buffer.from([9, 1, 2])), isRefused)
  assert.throws(() => decodeVector(Buffer.concat([Buffer.from([1]), Buffer.alloc(30, 0xff)])), isRefused)
})
