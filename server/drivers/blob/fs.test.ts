import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { blobStoreContract, gather, stream } from '#ports/blob-store.contract.ts'
import { failingFiles } from '#testing/failing-files.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { openFsBlobStore } from './fs.ts'

blobStoreContract('fs', openHurtableFs)

test('fs: an empty folder where the store was (a mount that is not there) is unavailable, not an empty store', async () => {
  const under = await openHurtableFs()
  try {
    const { key } = await under.store.put(stream(Buffer.from('x')), {
      maxBytes: 10,
      signal: AbortSignal.timeout(60_000),
    })
    await rm(join(under.root, 'paquebot-blobs'))
    await rm(join(under.root, key.slice(0, 2)), { recursive: true })
    await assert.rejects(under.store.stat(key, AbortSignal.timeout(60_000)), (error) => isFailure(error, 'unavailable'))
  } finally {
    await under.close()
  }
})

const signal = AbortSignal.timeout(600_000)
const big = { maxBytes: 100_000_000, signal }

async function openFailing(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'paquebot-blob-'))
  t.after(() => rmSync(root, { recursive: true }))
  const failing = failingFiles()
  const store = await openFsBlobStore(root, { files: failing.files })
  const keys = async () => (await Array.fromAsync(store.list(signal))).map(({ key }) => key)
  return { root, failing, store, keys }
}

for (const [call, code] of [
  ['write', 'ENOSPC'],
  ['sync', 'EIO'],
  ['close', 'EDQUOT'],
  ['rename', 'EROFS'],
  ['mkdir', 'ENOSPC'],
] as const) {
  test(`fs: ${code} at ${call} is unavailable, says why, and nothing is kept`, async (t) => {
    const { root, failing, store, keys } = await openFailing(t)
    failing.fault = (name, path) => (name === call && !path.endsWith(root) ? code : null)
    await assert.rejects(store.put(stream(randomBytes(100_000)), big), (error) => {
      assert.ok(isFailure(error, 'unavailable'))
      assert.equal(error.detail.error, code)
      return true
    })
    failing.fault = () => null
    assert.deepEqual(await keys(), [])
    assert.deepEqual(readdirSync(join(root, 'tmp')), [])
    await store.put(stream(randomBytes(100_000)), big)
  })
}

test('fs: a write that takes less than it was given is carried on with, not taken for whole', async (t) => {
  const { failing, store } = await openFailing(t)
  failing.fault = (call) => (call === 'write' ? 'short' : null)
  const bytes = randomBytes(200_000)
  const { key } = await store.put(stream(bytes), big)
  assert.deepEqual(await store.stat(key, signal), { size: bytes.length })
  assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
})

test('fs: the folder of a name and, when it is new, the root are synced before a blob is acknowledged', async (t) => {
  const { root, failing, store } = await openFailing(t)
  const calls: string[] = []
  failing.fault = (call, path) => {
    if (['sync', 'rename', 'mkdir'].includes(call)) calls.push(`${call} ${path.slice(root.length).split('/')[1] ?? ''}`)
    return null
  }
  const bytes = Buffer.from('the same folder')
  const { key } = await store.put(stream(bytes), big)
  const folder = key.slice(0, 2)
  assert.deepEqual(calls, ['sync tmp', `mkdir ${folder}`, 'sync ', 'rename tmp', `sync ${folder}`])
  calls.length = 0
  await store.put(stream(bytes), big)
  assert.deepEqual(calls, ['sync tmp', `mkdir ${folder}`, 'rename tmp', `sync ${folder}`])
})

test('fs: a stale handle of NFS is looked up again, while reading as well; one that stays stale is unavailable', async (t) => {
  const { failing, store } = await openFailing(t)
  const bytes = randomBytes(500_000)
  const { key } = await store.put(stream(bytes), big)
  for (const call of ['stat', 'open', 'read'] as const) {
    let left = 2
    failing.fault = (name, path) => (name === call && path.endsWith(key) && left-- > 0 ? 'ESTALE' : null)
    assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true, call)
    assert.ok(left <= 0, `${call} was met`)
    failing.fault = (name, path) => (name === call && path.endsWith(key) ? 'ESTALE' : null)
    await assert.rejects(
      async () => gather(await store.get(key, { signal })),
      (error) => isFailure(error, 'unavailable'),
    )
  }
})

test('fs: a folder that may not be made is no empty store', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-blob-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const store = await openFsBlobStore(join(folder, 'not-mounted'), { mayMake: false })
  const unavailable = (error: unknown) => isFailure(error, 'unavailable')
  await assert.rejects(store.put(stream(Buffer.from('x')), big), unavailable)
  await assert.rejects(store.stat('0'.repeat(64), signal), unavailable)
  assert.deepEqual(readdirSync(folder), [])
})
