import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { blobStoreContract, gather, stream } from '#ports/blob-store.contract.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { openRedundantBlobStore } from './redundant.ts'

const signal = AbortSignal.timeout(600_000)
const big = { maxBytes: 100_000_000, signal }

async function openTwo(quorum: number) {
  const parts = await Promise.all([openHurtableFs(), openHurtableFs()])
  const all = (work: (part: (typeof parts)[0]) => Promise<void>) => Promise.all(parts.map(work)).then(() => {})
  return {
    parts,
    store: openRedundantBlobStore(
      parts.map(({ store }, index) => ({ name: `part-${index}`, store })),
      quorum,
      silentLog,
    ),
    breakIt: () => all((part) => part.breakIt()),
    mendIt: () => all((part) => part.mendIt()),
    flip: (key: string) => all((part) => part.flip(key)),
    cut: (key: string) => all((part) => part.cut(key)),
    close: () => all((part) => part.close()),
  }
}

blobStoreContract('redundant over two folders', () => openTwo(2))

function withTwo(what: string, quorum: number, work: (two: Awaited<ReturnType<typeof openTwo>>) => Promise<void>) {
  test(`redundant: ${what}`, async () => {
    const two = await openTwo(quorum)
    try {
      await work(two)
    } finally {
      await two.close()
    }
  })
}

for (const dead of [0, 1]) {
  withTwo(
    `with store ${dead} dead, what was written is read whole and in ranges from the other`,
    2,
    async ({ store, parts }) => {
      const bytes = randomBytes(400_000)
      const { key } = await store.put(stream(bytes), big)
      await parts[dead]?.breakIt()
      assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
      assert.equal(
        (await gather(await store.get(key, { range: { start: 5, end: 300_000 }, signal }))).equals(
          bytes.subarray(5, 300_000),
        ),
        true,
      )
      assert.deepEqual(await store.stat(key, signal), { size: 400_000 })
    },
  )

  withTwo(
    `with store ${dead} dead, a quorum of two refuses, a quorum of one takes it and repair brings the second copy`,
    1,
    async ({ store, parts }) => {
      const strict = openRedundantBlobStore(
        parts.map(({ store }, index) => ({ name: `part-${index}`, store })),
        2,
        silentLog,
      )
      await parts[dead]?.breakIt()
      await assert.rejects(strict.put(stream(randomBytes(10)), big), (error) => isFailure(error, 'unavailable'))
      const bytes = randomBytes(400_000)
      const { key } = await store.put(stream(bytes), big)
      await parts[dead]?.mendIt()
      assert.equal(await parts[dead]?.store.stat(key, signal), null)
      // Two: what the strict put left in the living store is no acknowledged blob, but a whole one.
      assert.equal((await store.repair({ isDeep: false, mayMend: true, signal })).mended, 2)
      await parts[1 - dead]?.breakIt()
      assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
    },
  )

  withTwo(
    `with store ${dead} dead, what the living one lacks is «unavailable», not «not found»`,
    2,
    async ({ store, parts }) => {
      await parts[dead]?.breakIt()
      await assert.rejects(store.get('0'.repeat(64), { signal }), (error) => isFailure(error, 'unavailable'))
    },
  )

  withTwo(`a store that dies in the middle of a write loses nothing at quorum one`, 1, async ({ store, parts }) => {
    const bytes = randomBytes(600_000)
    async function* dying() {
      yield bytes.subarray(0, 200_000)
      await parts[dead]?.breakIt()
      yield bytes.subarray(200_000)
    }
    const { key } = await store.put(dying(), big)
    assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
  })
}

withTwo('a copy cut short is read on from the other without a gap', 2, async ({ store, parts }) => {
  const bytes = randomBytes(400_000)
  const { key } = await store.put(stream(bytes), big)
  const body = await store.get(key, { signal })
  // Cut after the size was looked up: what is met when a disk fails under a reader.
  await parts[0]?.cut(key)
  assert.equal((await gather(body)).equals(bytes), true)
})

withTwo('a damaged copy is mended when it is met, and the next reader has it whole', 2, async ({ store, parts }) => {
  const bytes = randomBytes(50_000)
  const { key } = await store.put(stream(bytes), big)
  await parts[0]?.flip(key)
  await assert.rejects(gather(await store.get(key, { signal })), (error) => isFailure(error, 'blobMissing'))
  assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
})

withTwo(
  'a deep repair finds a changed octet, a shallow one a missing end; in both copies it is lost',
  2,
  async (two) => {
    const { store, parts } = two
    const { key } = await store.put(stream(randomBytes(50_000)), big)
    await parts[0]?.flip(key)
    const clean = { checked: 1, faulty: 0, mended: 0, lost: [], later: 0, unread: [] }
    assert.deepEqual(await store.repair({ isDeep: false, mayMend: true, signal }), clean)
    assert.deepEqual(await store.repair({ isDeep: true, mayMend: false, signal }), { ...clean, faulty: 1 })
    assert.deepEqual(await store.repair({ isDeep: true, mayMend: true, signal }), { ...clean, faulty: 1, mended: 1 })
    assert.deepEqual(await store.repair({ isDeep: true, mayMend: true, signal }), clean)
    await parts[1]?.cut(key)
    assert.deepEqual(await store.repair({ isDeep: false, mayMend: true, signal }), { ...clean, faulty: 1, mended: 1 })
    for (const part of parts) await part.flip(key)
    assert.deepEqual(await store.repair({ isDeep: true, mayMend: true, signal }), { ...clean, lost: [key] })
  },
)

withTwo('a store that cannot be read is told, and nothing is called lost', 1, async ({ store, parts }) => {
  const { key } = await store.put(stream(randomBytes(50_000)), big)
  await parts[0]?.flip(key)
  await parts[1]?.breakIt()
  const report = await store.repair({ isDeep: true, mayMend: true, signal })
  assert.deepEqual(report, { checked: 1, faulty: 0, mended: 0, lost: [], later: 1, unread: ['part-1'] })
})

withTwo('with one store down it takes blobs at a quorum of one, and says that it does not at two', 1, async (two) => {
  const strict = openRedundantBlobStore(two.store.parts, 2, silentLog)
  await strict.assertTakes(signal)
  await two.parts[0]?.breakIt()
  await two.store.assertTakes(signal)
  await assert.rejects(strict.assertTakes(signal), (error) => isFailure(error, 'unavailable'))
  await two.parts[1]?.breakIt()
  await assert.rejects(two.store.assertTakes(signal), (error) => isFailure(error, 'unavailable'))
})
