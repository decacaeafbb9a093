import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openFsBlobStore } from '#drivers/blob/fs.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import { testCaller } from '#testing/caller.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openUploads } from './index.ts'
import type { UploadTables } from './tables.ts'

const graceMs = 1000
const day = 86_400_000
const alice = testCaller()
const bob = testCaller({ account: 'a-bob' })
const signal = new AbortController().signal

async function open(t: TestContext, wrap: (store: BlobStore) => BlobStore = (store) => store) {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-uploads-'))
  const database = await openTestSql()
  const store = await openFsBlobStore(folder)
  const clock = { at: Date.now(), now: () => clock.at }
  const config = { quotaBytes: 10_000, graceMs }
  const sql = database.for<UploadTables>()
  const uploads = openUploads({ sql, blobs: wrap(store), clock, log: silentLog, config })
  t.after(async () => {
    await database.close()
    rmSync(folder, { recursive: true })
  })
  const put = (text: string, caller = alice) =>
    uploads.put(caller, { type: 'text/plain', maxBytes: 1000, source: once(Buffer.from(text)) })
  const keys = async () => (await Array.fromAsync(store.list(signal))).map(({ key }) => key).sort()
  return { uploads, store, clock, put, keys, sql }
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

async function textOf(source: AsyncIterable<Uint8Array>) {
  return Buffer.concat(await Array.fromAsync(source)).toString()
}

test('an upload is read whole and in part by its owner alone', async (t) => {
  const { uploads, put } = await open(t)
  const { blobId } = await put('hello world')
  assert.equal(await textOf((await uploads.open(alice, blobId)).body), 'hello world')
  assert.equal(await textOf((await uploads.open(alice, blobId, { start: 6, end: 11 })).body), 'world')
  await assert.rejects(uploads.open(bob, blobId), { message: 'notFound' })
  assert.equal(await uploads.stat(bob, blobId), null)
  assert.equal(await uploads.stat(alice, 'mSomething'), null)
})

test('what nothing refers to goes when its grace has run out; its bytes with it', async (t) => {
  const { uploads, put, clock, keys } = await open(t)
  const { blobId } = await put('short-lived')
  assert.equal(await uploads.collect(clock.at), 0)
  clock.at += graceMs
  assert.equal(await uploads.collect(clock.at), 1)
  assert.equal(await uploads.stat(alice, blobId), null)
  assert.deepEqual(await keys(), [])
})

test('what something refers to stays for as long as it does, however often it is collected', async (t) => {
  const { uploads, put, clock, keys } = await open(t)
  const [kept, dropped] = [await put('kept'), await put('dropped')]
  await uploads.bind(alice, 'submission:1', [kept.blobId, dropped.blobId])
  clock.at += 10 * day
  assert.equal(await uploads.collect(clock.at), 0)
  await uploads.bind(alice, 'submission:1', [kept.blobId])
  await uploads.bind(alice, 'template:1', [kept.blobId])
  clock.at += graceMs
  assert.equal(await uploads.collect(clock.at), 1)
  assert.equal(await uploads.stat(alice, dropped.blobId), null)
  await uploads.bind(alice, 'submission:1', [])
  clock.at += graceMs
  assert.equal(await uploads.collect(clock.at), 0, 'the template still refers to it')
  await uploads.bind(alice, 'template:1', [])
  assert.equal(await uploads.collect(clock.at), 1)
  assert.deepEqual(await keys(), [])
})

test('bytes that another account has too stay when one lets go', async (t) => {
  const { uploads, put, clock } = await open(t)
  const { blobId } = await put('the same')
  clock.at += graceMs / 2
  await put('the same', bob)
  clock.at += graceMs / 2
  assert.equal(await uploads.collect(clock.at), 1)
  assert.equal(await uploads.stat(alice, blobId), null)
  assert.equal(await textOf((await uploads.open(bob, blobId)).body), 'the same')
})

test('a manifest takes all of its blobs or none, and names the one that is missing', async (t) => {
  const { uploads, put, clock } = await open(t)
  const [mine, theirs] = [await put('mine'), await put('theirs', bob)]
  await assert.rejects(uploads.bind(alice, 'submission:1', [mine.blobId, theirs.blobId]), (error: Failure) => {
    assert.deepEqual([error.code, error.detail.notFound], ['blobMissing', [theirs.blobId]])
    return true
  })
  clock.at += graceMs
  assert.equal(await uploads.collect(clock.at), 2, 'mine was not bound')
})

test('proving reads every octet: missing and damaged blobs are named', async (t) => {
  const { uploads, put, store } = await open(t)
  const [good, bad] = [await put('good'), await put('bad')]
  await uploads.prove(alice, [good.blobId, bad.blobId])
  await store.delete(bad.blobId.slice(1), signal)
  await assert.rejects(uploads.prove(alice, [good.blobId, bad.blobId]), (error: Failure) => {
    assert.deepEqual([error.code, error.detail.blobId], ['blobMissing', bad.blobId])
    return true
  })
  await assert.rejects(uploads.open(alice, bad.blobId), { message: 'blobMissing' })
  await assert.rejects(uploads.prove(bob, [good.blobId]), { message: 'blobMissing' })
})

test('the quota counts what nothing refers to', async (t) => {
  const { uploads, clock } = await open(t)
  const send = (n: number) =>
    uploads.put(alice, { type: 'x/y', maxBytes: 20_000, source: once(Buffer.alloc(6_000, n)) })
  const first = await send(1)
  await assert.rejects(send(2), { message: 'overQuota' })
  await uploads.bind(alice, 'template:1', [first.blobId])
  await send(3)
  await assert.rejects(send(4), { message: 'overQuota' })
  clock.at += graceMs
  await uploads.collect(clock.at)
  await send(5)
})

test('an upload over its own limit is tooLarge and leaves nothing', async (t) => {
  const { uploads, keys } = await open(t)
  const over = uploads.put(alice, { type: 'x/y', maxBytes: 10, source: once(Buffer.alloc(11)) })
  await assert.rejects(over, (error: Failure) => error.code === 'tooLarge' && error.detail.maxBytes === 10)
  assert.deepEqual(await keys(), [])
})

test('bytes whose removal has begun are not taken up; afterwards they are, and never is a row without bytes', async (t) => {
  let onDelete = async () => {}
  const { uploads, put, clock, keys } = await open(t, (store) => ({
    ...store,
    delete: async (key, deleteSignal) => {
      await onDelete()
      await store.delete(key, deleteSignal)
    },
  }))
  await put('contested')
  clock.at += graceMs
  let second: Promise<{ blobId: string }> | null = null
  onDelete = async () => {
    // The same bytes again, while they are about to be removed: the store has them, and yet they may not be relied on.
    second = put('contested')
    second.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.equal(await uploads.collect(clock.at), 1)
  await assert.rejects(second!, { message: 'unavailable' })
  assert.deepEqual(await keys(), [])
  const { blobId } = await put('contested')
  assert.equal(await textOf((await uploads.open(alice, blobId)).body), 'contested')
})

test('a blob that is taken up between being found unused and its removal stays', async (t) => {
  const texts = ['first', 'second']
  let onDelete = async (_key: string) => {}
  const { uploads, put, clock } = await open(t, (store) => ({
    ...store,
    delete: async (key, deleteSignal) => {
      await onDelete(key)
      await store.delete(key, deleteSignal)
    },
  }))
  const keys = await Promise.all(texts.map(async (text) => (await put(text)).blobId.slice(1)))
  clock.at += graceMs
  let taken: string | null = null
  onDelete = async (key) => {
    onDelete = async () => {}
    // Both have been listed as unused; the one whose turn has not come yet is uploaded again.
    taken = (await put(texts[key === keys[0] ? 1 : 0]!)).blobId
  }
  assert.equal(await uploads.collect(clock.at), 2)
  assert.ok(texts.includes(await textOf((await uploads.open(alice, taken!)).body)))
})

test('a removal whose row somebody else makes in the same moment is left to him, and the others go on', async (t) => {
  const { uploads, store, clock, keys, sql } = await open(t)
  for (const text of ['first', 'second']) await store.put(once(Buffer.from(text)), { maxBytes: 100, signal })
  clock.at += 2 * day
  const { write } = sql
  // As the unique key says it where two transactions run beside each other.
  t.mock.method(sql, 'write', async (...args: Parameters<typeof write>) => {
    t.mock.restoreAll()
    throw new Failure('conflict', {}, args)
  })
  assert.equal(await uploads.collectOrphans(clock.at, signal), 1)
  assert.equal((await keys()).length, 1)
})

test('uploads, manifests and collections at once never leave a manifest without its bytes', async (t) => {
  const { uploads, put, clock, store } = await open(t)
  const bound = new Set<string>()
  const texts = Array.from({ length: 6 }, (_, n) => `text ${n}`)
  const uploader = async (n: number) => {
    for (let round = 0; round < 8; round++) {
      const text = texts[(n + round) % texts.length]!
      try {
        const { blobId } = await put(text)
        await uploads.bind(alice, `submission:${n}-${round}`, [blobId])
        bound.add(blobId)
      } catch (error) {
        assert.ok(error instanceof Failure && ['unavailable', 'blobMissing'].includes(error.code), String(error))
      }
      clock.at += graceMs
    }
  }
  let isOver = false
  const collector = async () => {
    while (!isOver) {
      await uploads.collect(clock.at)
      // node:sqlite answers without a turn of the event loop: who does nothing else starves the others.
      await setImmediate()
    }
  }
  const collecting = [collector(), collector()]
  await Promise.all([0, 1, 2].map(uploader))
  isOver = true
  await Promise.all(collecting)
  assert.ok(bound.size > 0)
  await uploads.prove(alice, [...bound])
  for (const blobId of bound) assert.ok(await store.stat(blobId.slice(1), signal))
})

test('a removal that a dead node began is carried on; bytes without a row go after a day', async (t) => {
  let isDead = true
  const { uploads, put, clock, keys, store } = await open(t, (inner) => ({
    ...inner,
    delete: (key, deleteSignal) =>
      isDead ? Promise.reject(new Failure('unavailable')) : inner.delete(key, deleteSignal),
  }))
  await put('half removed')
  await store.put(once(Buffer.from('orphan')), { maxBytes: 100, signal })
  clock.at += graceMs
  await assert.rejects(uploads.collect(clock.at), { message: 'unavailable' })
  assert.equal((await keys()).length, 2)
  isDead = false
  clock.at += 60_000
  await uploads.collect(clock.at)
  assert.equal((await keys()).length, 2, 'the other may only be slow')
  clock.at += 10 * 60_000
  await uploads.collect(clock.at)
  assert.equal((await keys()).length, 1)
  assert.equal(await uploads.collectOrphans(clock.at, signal), 0, 'it may be an upload under way')
  clock.at += day
  assert.equal(await uploads.collectOrphans(clock.at, signal), 1)
  assert.deepEqual(await keys(), [])
})
