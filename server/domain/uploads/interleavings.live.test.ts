import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openPlaces } from '#drivers/blob/places.ts'
import { openSpreadBlobStore } from '#drivers/blob/spread.ts'
import { testCaller } from '#testing/caller.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openUploads } from './index.ts'

const graceMs = 1000
const day = 86_400_000
const signal = AbortSignal.timeout(600_000)

/** mulberry32: a run is told by its seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/**
 * Three nodes, each with people who upload, put uploads into drafts, into mail to be sent later and into files, take them out and cancel,
 * while every node collects, time goes on, stores fail deletions and one of the two stores is drained. What an acknowledged manifest
 * names is read whole at each step; in the end, with all released, nothing is left.
 */
for (const seed of [1, 2, randomInt(2 ** 31)]) {
  test(`uploads: nothing that is needed is collected, whatever comes between (seed ${seed})`, async (t) => {
    const random = randomOf(seed)
    const database = await openTestSql()
    const folders = [await openHurtableFs(), await openHurtableFs()]
    t.after(async () => {
      for (const folder of folders) await folder.close()
      await database.close()
    })
    const clock = { at: Date.now(), now: () => clock.at }
    let mayFail = true
    const nodes = [0, 1, 2].map(() => {
      const places = openPlaces({ sql: database.for(), clock, space: 'blobs' })
      const stores = folders.map(({ store }, at) => ({ name: `store-${at}`, store, weight: 1, capacityBytes: 0 }))
      const spread = openSpreadBlobStore({ stores, places, clock, log: silentLog })
      const blobs: typeof spread = {
        ...spread,
        async delete(key, inner) {
          if (mayFail && random(4) === 0) await folders[random(2)]?.store.delete(key, inner)
          if (mayFail && random(8) === 0) throw new Error('the node died in a deletion')
          await spread.delete(key, inner)
        },
      }
      const config = { quotaBytes: 10_000_000, graceMs }
      return { places, spread, uploads: openUploads({ sql: database.for(), blobs, clock, log: silentLog, config }) }
    })
    const node = () => nodes[random(nodes.length)] as (typeof nodes)[number]
    await node().places.register(['store-0', 'store-1'])
    let isOver = false

    async function person(name: string) {
      const caller = testCaller({ account: `a-${name}` })
      const manifests = new Map<string, readonly string[]>()
      const check = async (blobIds: readonly string[]) => {
        for (const blobId of blobIds)
          for await (const _ of (await node().uploads.open(caller, blobId)).body) signal.throwIfAborted()
      }
      for (let step = 0; step < 20; step++) {
        const owner = `${['draft', 'submission', 'file'][random(3)]}:${random(4)}`
        try {
          if (random(3) === 0) {
            await node().uploads.bind(caller, owner, [])
            manifests.delete(owner)
          } else {
            // Few texts for all: the same bytes come and go with everybody.
            const texts = Array.from({ length: 1 + random(2) }, () => `text ${random(5)}`)
            const put = (text: string) =>
              node().uploads.put(caller, { type: 'text/plain', maxBytes: 100, source: once(Buffer.from(text)) })
            const blobIds = (await Promise.all(texts.map(put))).map(({ blobId }) => blobId)
            await node().uploads.bind(caller, owner, blobIds)
            manifests.set(owner, blobIds)
          }
        } catch (error) {
          // Refused, so that the person tries again: the manifest is as it was.
          assert.ok(isFailure(error, 'unavailable', 'timeout', 'blobMissing', 'conflict'), String(error))
        }
        await check([...manifests.values()].flat())
        if (random(3) === 0) clock.at += graceMs
      }
      await node().uploads.prove(caller, [...new Set([...manifests.values()].flat())])
      return { caller, owners: [...manifests.keys()] }
    }

    async function collector(at: number) {
      const { uploads, spread, places } = nodes[at] as (typeof nodes)[number]
      for (let round = 0; !isOver; round++) {
        await sleep(10)
        await uploads.collect(clock.at).catch(() => {})
        // As much later as a removal takes that a dead node began.
        if (random(2) === 0) clock.at += 301_000
        if (random(4) === 0) await uploads.collectOrphans(clock.at, signal).catch(() => {})
        if (at > 0) continue
        if (round === 3) await places.setState('store-0', 'draining')
        if (round > 3) await spread.moveOn('store-0', '', 100, signal)
      }
    }

    const collecting = [0, 1, 2].map(collector)
    const people = await Promise.all(['ann', 'ben', 'eve'].map(person)).finally(() => {
      isOver = true
    })
    await Promise.all(collecting)
    mayFail = false
    for (const { caller, owners } of people) for (const owner of owners) await node().uploads.bind(caller, owner, [])
    clock.at += 2 * day
    await node().uploads.collect(clock.at)
    clock.at += 301_000
    await node().uploads.collect(clock.at)
    await node().uploads.collectOrphans(clock.at, signal)
    for (const { store } of folders) assert.deepEqual(await Array.fromAsync(store.list(signal)), [])
  })
}

async function* once(bytes: Uint8Array) {
  yield bytes
}
