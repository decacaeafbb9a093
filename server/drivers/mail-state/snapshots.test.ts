import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openPlaces } from '#drivers/blob/places.ts'
import { openSpreadBlobStore, statusMs } from '#drivers/blob/spread.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openBlobSnapshots } from './snapshots.ts'

const signal = AbortSignal.timeout(600_000)
const day = 86_400_000

test('snapshots: over several stores the latest is read on every node, also from one that is being drained', async (t) => {
  const database = await openTestSql()
  const folders = [await openHurtableFs(), await openHurtableFs()]
  t.after(async () => {
    for (const folder of folders) await folder.close()
    await database.close()
  })
  const clock = { at: Date.now(), now: () => clock.at }
  const places = openPlaces({ sql: database.for(), clock, space: 'snapshots' })
  await places.register(['a', 'b'])
  let isDown = false
  const node = () => {
    const stores = folders.map(({ store }, at) => ({ name: 'ab'[at] as string, store, weight: 1, capacityBytes: 0 }))
    const spread = openSpreadBlobStore({ stores, places, clock, log: silentLog })
    const blobs: typeof spread = {
      ...spread,
      delete: (key, inner) => (isDown ? Promise.reject(new Failure('unavailable')) : spread.delete(key, inner)),
    }
    return { spread, snapshots: openBlobSnapshots({ sql: database.for(), blobs, clock }) }
  }
  const [one, other] = [node(), node()]
  const stored = async () => (await Array.fromAsync(one.spread.list(signal))).length

  for (let at = 0; at < 8; at++) await one.snapshots.put(`account ${at}`, Buffer.from(`index ${at}`), signal)
  await one.snapshots.put('account 0', Buffer.from('newer'), signal)
  assert.equal(await stored(), 8, 'what was replaced has gone')
  await places.setState('a', 'draining')
  clock.at += statusMs
  await other.spread.moveOn('a', '', 100, signal)
  await places.setState('a', 'retired')
  clock.at += statusMs
  await folders[0]?.breakIt()
  assert.equal(String(await other.snapshots.get('account 0', signal)), 'newer')
  for (let at = 1; at < 8; at++) assert.equal(String(await other.snapshots.get(`account ${at}`, signal)), `index ${at}`)

  isDown = true
  await one.snapshots.put('account 1', Buffer.from('newest'), signal)
  isDown = false
  assert.equal(String(await other.snapshots.get('account 1', signal)), 'newest')
  assert.equal(await one.snapshots.collectOrphans(signal), 0, 'it may be one in the making')
  clock.at += 2 * day
  assert.equal(await one.snapshots.collectOrphans(signal), 1)
  assert.equal(await stored(), 8)
})
