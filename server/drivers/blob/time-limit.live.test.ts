import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { blobStoreContract, gather, stream } from '#ports/blob-store.contract.ts'
import { eventually } from '#testing/eventually.ts'
import { failingFiles } from '#testing/failing-files.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { openFsBlobStore } from './fs.ts'
import { openRedundantBlobStore } from './redundant.ts'
import { withTimeLimit } from './time-limit.ts'

const signal = AbortSignal.timeout(600_000)
const big = { maxBytes: 100_000_000, signal }
const limitMs = 300
/** What nobody refers to is collected now. An open file among it is an uncaught exception, which fails the test (Node 25 and later). */
async function collectGarbage() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let round = 0; round < 5; round++) {
    collect()
    await sleep(10)
  }
}
const isEmpty = (names: readonly string[]) => names.length === 0

blobStoreContract('fs with a time limit', async () => {
  const under = await openHurtableFs()
  return { ...under, store: withTimeLimit(under.store, 30_000) }
})

async function openHanging(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'paquebot-blob-'))
  const failing = failingFiles()
  const wake = () => {
    failing.fault = () => null
    failing.wake()
  }
  t.after(async () => {
    wake()
    await eventually(() => readdirSync(join(root, 'tmp')), isEmpty, 'what hung has ended')
    rmSync(root, { recursive: true })
  })
  const store = withTimeLimit(await openFsBlobStore(root, { files: failing.files }), limitMs)
  return { failing, wake, store, left: () => readdirSync(join(root, 'tmp')) }
}

const late = (error: unknown) => isFailure(error, 'unavailable') && error.detail.reason === 'no answer'

test('time limit: each call to a store that hangs is unavailable in time', async (t) => {
  const { failing, store } = await openHanging(t)
  const { key } = await store.put(stream(randomBytes(300_000)), big)
  failing.fault = () => 'hang'
  const calls = {
    put: () => store.put(stream(randomBytes(10)), big),
    get: async () => gather(await store.get(key, { signal })),
    stat: () => store.stat(key, signal),
    delete: () => store.delete(key, signal),
    list: () => Array.fromAsync(store.list(signal)),
  }
  for (const [name, call] of Object.entries(calls)) await assert.rejects(call(), late, name)
})

for (const call of ['write', 'sync', 'rename'] as const) {
  test(`time limit: a store that hangs in a write, at ${call}, is given up, and makes no part whole when it wakes`, async (t) => {
    const { failing, store, wake, left } = await openHanging(t)
    const bytes = randomBytes(300_000)
    failing.fault = (name) => (name === call ? 'hang' : null)
    await assert.rejects(store.put(stream(bytes), big), late)
    wake()
    await eventually(left, isEmpty, 'it has ended')
    for (const { key } of await Array.fromAsync(store.list(signal)))
      assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
  })
}

test('time limit: a store that hangs while it is read ends the reading', async (t) => {
  const { failing, store } = await openHanging(t)
  const { key } = await store.put(stream(randomBytes(500_000)), big)
  const body = await store.get(key, { signal })
  let reads = 0
  failing.fault = (name) => (name === 'read' && ++reads > 1 ? 'hang' : null)
  await assert.rejects(gather(body), late)
})

test('time limit: what a store that hung had opened is closed when it wakes, not left to the garbage collector', async (t) => {
  const { failing, store, wake, left } = await openHanging(t)
  const { key } = await store.put(stream(randomBytes(500_000)), big)

  const read = async () => gather(await store.get(key, { signal }))
  const list = () => Array.fromAsync(store.list(signal))
  for (const [call, work] of [
    ['read', read],
    ['stat', list],
  ] as const) {
    let calls = 0
    failing.fault = (name) => (name === call && ++calls > 1 ? 'hang' : null)
    await assert.rejects(work(), late, call)
    wake()
    await collectGarbage()
  }

  // Its branch was left out before it opened a file.
  const alone = openRedundantBlobStore([{ name: 'only', store }], 1, silentLog)
  failing.fault = (name) => (name === 'open' ? 'hang' : null)
  await assert.rejects(alone.put(stream(randomBytes(500_000)), big), (error) => isFailure(error, 'unavailable'))
  wake()
  await eventually(left, isEmpty, 'it has ended')
  await collectGarbage()
})

test('time limit: a slow sender and a slow reader are no fault of the store', async (t) => {
  const { store } = await openHanging(t)
  async function* slow() {
    for (let at = 0; at < 3; at++) {
      await sleep(limitMs * 1.5)
      yield Buffer.from(`part ${at}`)
    }
  }
  const { key } = await store.put(slow(), big)
  const chunks: Uint8Array[] = []
  for await (const chunk of await store.get(key, { signal })) {
    await sleep(limitMs * 1.5)
    chunks.push(chunk)
  }
  assert.equal(Buffer.concat(chunks).toString(), 'part 0part 1part 2')
})

test('time limit: with a store of two that hangs, a quorum of one writes, reads and goes on', async (t) => {
  const [hanging, living] = [await openHanging(t), await openHanging(t)]
  const store = openRedundantBlobStore(
    [
      { name: 'hanging', store: hanging.store },
      { name: 'living', store: living.store },
    ],
    1,
    silentLog,
  )
  const before = randomBytes(400_000)
  const { key } = await store.put(stream(before), big)
  hanging.failing.fault = () => 'hang'
  const bytes = randomBytes(400_000)
  const { key: during } = await store.put(stream(bytes), big)
  assert.equal((await gather(await store.get(key, { signal }))).equals(before), true)
  assert.equal((await gather(await store.get(during, { signal }))).equals(bytes), true)
})
