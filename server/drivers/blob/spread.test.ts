import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, type TestContext, test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { blobStoreContract, gather, stream } from '#ports/blob-store.contract.ts'
import type { SqlDatabase } from '#ports/sql.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openPlaces } from './places.ts'
import { openSpreadBlobStore, type SharedStore, statusMs } from './spread.ts'
import type { BlobTables } from './tables.ts'

const signal = AbortSignal.timeout(600_000)
const small = { maxBytes: 1000, signal }

type Part = Awaited<ReturnType<typeof openHurtableFs>>

let database: SqlDatabase
before(async () => {
  database = await openTestSql()
})
after(() => database.close())

async function openShared(weights: Readonly<Record<string, Partial<SharedStore>>>) {
  await database.for<BlobTables>().write({ position: null }, async (tx) => {
    await tx.deleteFrom('blob_place').execute()
    await tx.deleteFrom('blob_store').execute()
  })
  const parts = new Map<string, Part>()
  for (const name of Object.keys(weights)) parts.set(name, await openHurtableFs())
  const clock = { at: Date.now(), now: () => clock.at }
  const node = (names = Object.keys(weights)) => {
    const places = openPlaces({ sql: database.for<BlobTables>(), clock, space: 'blobs' })
    const stores = names.map((name) => {
      const { store } = parts.get(name) as Part
      return { weight: 1, capacityBytes: 0, ...weights[name], name, store }
    })
    return { places, store: openSpreadBlobStore({ stores, places, clock, log: silentLog }) }
  }
  const { places, store } = node()
  await places.register(Object.keys(weights))
  const close = async () => {
    for (const part of parts.values()) await part.close()
  }
  return { parts, clock, node, places, store, close, part: (name: string) => parts.get(name) as Part }
}

async function open(t: TestContext, weights: Readonly<Record<string, Partial<SharedStore>>>) {
  const shared = await openShared(weights)
  t.after(() => shared.close())
  return shared
}

blobStoreContract('two that share', async () => {
  const shared = await openShared({ a: {}, b: {} })
  const parts = [...shared.parts.values()]
  const hold = async (key: string, hurt: (part: Part) => Promise<void>) => {
    for (const part of parts) if (await part.store.stat(key, signal)) await hurt(part)
  }
  return {
    store: shared.store,
    breakIt: async () => void (await Promise.all(parts.map((part) => part.breakIt()))),
    mendIt: async () => void (await Promise.all(parts.map((part) => part.mendIt()))),
    flip: (key) => hold(key, (part) => part.flip(key)),
    cut: (key) => hold(key, (part) => part.cut(key)),
    close: shared.close,
  }
})

async function count(part: Part): Promise<number> {
  return (await Array.fromAsync(part.store.list(signal))).length
}

async function putMany(store: { put: Part['store']['put'] }, howMany: number, bytes = 500) {
  const blobs = new Map<string, Buffer>()
  for (let at = 0; at < howMany; at++) {
    const body = randomBytes(bytes)
    blobs.set((await store.put(stream(body), small)).key, body)
  }
  return blobs
}

async function assertAllThere(store: Part['store'], blobs: ReadonlyMap<string, Buffer>) {
  for (const [key, bytes] of blobs) assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
}

test('sharing: new blobs are spread by weight, and a weight of 0 gets none', async (t) => {
  const { store, part } = await open(t, { a: { weight: 3 }, b: { weight: 1 }, c: { weight: 0 } })
  await putMany(store, 120)
  const [a, b] = [await count(part('a')), await count(part('b'))]
  assert.equal(a + b, 120)
  // Binomial with p = 3/4: 60 to 110 is missed once in 10^9.
  assert.ok(a > 60 && a < 111, `${a} of 120`)
})

test('sharing: a store without room gets no more, and without any room a write fails clearly', async (t) => {
  const { store, part, places, clock } = await open(t, { a: { capacityBytes: 5000 }, b: { capacityBytes: 6000 } })
  let written = 0
  await assert.rejects(
    async () => {
      for (; ; written++) await store.put(stream(randomBytes(1000)), small)
    },
    (error) => isFailure(error, 'unavailable') && error.detail.reason === 'no store has room',
  )
  assert.deepEqual([await count(part('a')), await count(part('b')), written], [5, 6, 11])
  // Measured, it is the same for every node; what this one counted itself is not counted twice.
  await places.measure()
  clock.at += statusMs
  await assert.rejects(store.put(stream(randomBytes(1000)), small), (error) => isFailure(error, 'unavailable'))
  const [listed] = await Array.fromAsync(store.list(signal))
  await store.delete(listed?.key ?? '', signal)
  await places.measure()
  clock.at += statusMs
  await store.put(stream(randomBytes(1000)), small)
})

test('sharing: another node finds a blob at once, asking only the store that has it', async (t) => {
  const { store, node, part } = await open(t, { a: {}, b: {} })
  const blobs = await putMany(store, 20)
  const other = node().store
  await assertAllThere(other, blobs)
  // With one store down, what lies in the other is served; what lies in it is unavailable, never «not found».
  await part('a').breakIt()
  let [served, refused] = [0, 0]
  for (const [key, bytes] of blobs) {
    try {
      assert.equal((await gather(await other.get(key, { signal }))).equals(bytes), true)
      served++
    } catch (error) {
      assert.ok(isFailure(error, 'unavailable'), String(error))
      refused++
    }
  }
  assert.ok(served > 0 && refused > 0)
})

test('sharing: with a store down, what is small is written to another', async (t) => {
  const { store, part } = await open(t, { a: {}, b: {} })
  await part('a').breakIt()
  const blobs = await putMany(store, 20)
  await assertAllThere(store, blobs)
  assert.equal(await count(part('b')), 20)
})

test('sharing: what was written before there were several is found, and adopted', async (t) => {
  const { part, store, places } = await open(t, { a: {}, b: {} })
  const blobs = await putMany(part('a').store, 10)
  await assertAllThere(store, blobs)
  const [key] = [...blobs.keys()] as [string]
  assert.deepEqual(await places.of(key), [])
  assert.equal(await store.adopt('a', signal), 10)
  assert.deepEqual(await places.of(key), ['a'])
  assert.equal(await store.adopt('a', signal), 0)
})

test('sharing: a blob in a store that this node knows nothing of is unavailable, not «not found»', async (t) => {
  const { store, node, places } = await open(t, { a: {}, b: {} })
  const { key } = await store.put(stream(randomBytes(100)), small)
  const [holder] = (await places.of(key)) as [string]
  const other = node([holder === 'a' ? 'b' : 'a']).store
  await assert.rejects(other.get(key, { signal }), (error) => isFailure(error, 'unavailable'))
  await assert.rejects(other.stat(key, signal), (error) => isFailure(error, 'unavailable'))
})

async function drain(store: ReturnType<Awaited<ReturnType<typeof open>>['node']>['store'], name: string) {
  let moved = 0
  for (let after = '', isDone = false; !isDone; ) {
    const report = await store.moveOn(name, after, 7, signal)
    assert.equal(report.failed, 0)
    moved += report.moved
    ;({ last: after, isDone } = report)
  }
  return moved
}

test('draining: a store is emptied and retired while two nodes read, write and delete, and nothing is missed', async (t) => {
  const { node, places, clock, part } = await open(t, { old: {}, new: { weight: 1 } })
  const [first, second] = [node(), node()]
  const blobs = await putMany(first.store, 60)
  await places.setState('old', 'draining')
  clock.at += statusMs
  const gone = new Set<string>()
  const work = async (store: Part['store'], round: number) => {
    for (const [key, bytes] of await putMany(store, 10)) blobs.set(key, bytes)
    const keys = [...blobs.keys()]
    for (let at = round; at < keys.length; at += 3) {
      const key = keys[at] as string
      if (gone.has(key)) continue
      assert.equal((await gather(await store.get(key, { signal }))).equals(blobs.get(key) as Buffer), true)
      if (at % 5 === round) {
        gone.add(key)
        await store.delete(key, signal)
      }
    }
  }
  await Promise.all([
    drain(first.store, 'old'),
    drain(second.store, 'old'),
    work(first.store, 0),
    work(second.store, 1),
  ])
  await drain(first.store, 'old')
  assert.equal((await places.inStore('old', '', 1)).length, 0)
  await places.setState('old', 'retired')
  clock.at += statusMs
  // Taken away: nobody asks it any more.
  await part('old').breakIt()
  for (const key of gone) blobs.delete(key)
  await assertAllThere(second.store, blobs)
  // A copy may have been under way when it was deleted: those bytes are nobody's, and are collected.
  for (const key of gone) assert.deepEqual(await places.of(key), [])
  await assertAllThere(node(['new']).store, await putMany(second.store, 5))
  await assert.rejects(places.setState('old', 'active'), (error) => isFailure(error, 'conflict'))
})

test('draining: a damaged blob is not moved but told, and the rest goes', async (t) => {
  const { part, places, node } = await open(t, { old: {}, new: {} })
  const blobs = await putMany(node(['old']).store, 5)
  const [bad] = [...blobs.keys()] as [string]
  await part('old').flip(bad)
  await places.setState('old', 'draining')
  const { store } = node()
  const { moved, failed, isDone } = await store.moveOn('old', '', 100, signal)
  assert.deepEqual([moved, failed, isDone], [4, 1, true])
  assert.deepEqual(await places.of(bad), ['old'])
})

test('draining: without a store that has room nothing is moved, and nothing lost', async (t) => {
  const { store, places, clock } = await open(t, { old: {}, new: { weight: 0 } })
  const blobs = await putMany(store, 5)
  await places.setState('old', 'draining')
  clock.at += statusMs
  const { moved, failed } = await store.moveOn('old', '', 100, signal)
  assert.deepEqual([moved, failed], [0, 5])
  await assertAllThere(store, blobs)
})

test('draining: a write that began before and ends after the store was retired is refused, not lost', async (t) => {
  const { store, places, clock } = await open(t, { old: { weight: 1 }, new: { weight: 0 } })
  async function* retiredMeanwhile() {
    yield randomBytes(100)
    await places.setState('old', 'draining')
    await places.setState('old', 'retired')
    clock.at += statusMs
  }
  await assert.rejects(store.put(retiredMeanwhile(), small), (error) => isFailure(error, 'unavailable'))
})
