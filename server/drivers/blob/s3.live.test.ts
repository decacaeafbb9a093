import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { createServer } from 'node:tls'
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { isFailure } from '#core/errors.ts'
import { blobStoreContract, gather, stream } from '#ports/blob-store.contract.ts'
import type { StoredBlob } from '#ports/blob-store.ts'
import { openHurtableS3 } from '#testing/hurtable-s3.ts'
import { makeCertificate } from '#testing/servers/certificate.ts'
import { type S3Server, startS3 } from '#testing/servers/s3.ts'
import type { S3Options } from './s3.ts'

const signal = AbortSignal.timeout(600_000)
const big = { maxBytes: 100_000_000, signal }
const unavailable = (error: unknown) => isFailure(error, 'unavailable')

// Node 26.10 spins for ever in its own clean-up (CleanupHandles) when some TLS connections of the SDK were given up, after every test has
// ended: leaving from here skips that.
process.once('exit', () => process.exit())

let server: S3Server
before(async () => {
  server = await startS3()
})
after(() => server.stop())

blobStoreContract('s3', () => openHurtableS3(server))

async function open(t: TestContext, options: Partial<S3Options> = {}) {
  const under = await openHurtableS3(server, options)
  t.after(() => under.close())
  const incoming = async () => {
    const of = { Bucket: server.bucket, Prefix: `${under.prefix}incoming/` }
    const { Contents = [] } = await under.client.send(new ListObjectsV2Command(of))
    const { Uploads = [] } = await under.client.send(new ListMultipartUploadsCommand(of))
    return Contents.length + Uploads.length
  }
  return { ...under, incoming }
}

test('s3: what is longer than a part goes by parts, comes back whole, and leaves nothing beside it', async (t) => {
  const { store, incoming } = await open(t)
  const bytes = randomBytes(11_000_001)
  const { key, size } = await store.put(stream(bytes), big)
  assert.equal(size, bytes.length)
  assert.deepEqual(await store.stat(key, signal), { size })
  assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
  const range = { start: 5_242_870, end: 5_242_890 }
  assert.equal(
    (await gather(await store.get(key, { range, signal }))).equals(bytes.subarray(range.start, range.end)),
    true,
  )
  assert.equal(await incoming(), 0)
})

test('s3: parts of an upload that fails are given up at once; those of a node that died are tidied', async (t) => {
  const { store, incoming, proxy } = await open(t)
  async function* failing(how: () => Promise<void>) {
    for (let at = 0; at < 12; at++) yield randomBytes(1_000_000)
    await how()
    yield randomBytes(1_000_000)
  }
  const gone = async () => {
    throw new Error('the client went away')
  }
  await assert.rejects(store.put(failing(gone), big), /the client went away/)
  assert.equal(await incoming(), 0)
  await assert.rejects(
    store.put(
      failing(() => proxy.cut()),
      big,
    ),
  )
  await proxy.mend()
  assert.equal(await incoming(), 1, 'the service could not be told')
  assert.equal(await store.tidy(Date.now() - 3_600_000, signal), 0, 'it may be under way')
  assert.equal(await store.tidy(Date.now() + 60_000, signal), 1)
  assert.equal(await incoming(), 0)
  assert.deepEqual(await Array.fromAsync(store.list(signal)), [])
})

test('s3: a service that hangs is unavailable in time, in each call and in the middle of a reading', async (t) => {
  const { store, proxy } = await open(t, { timeoutMs: 500 })
  const { key } = await store.put(stream(randomBytes(4_000_000)), big)
  const body = (await store.get(key, { signal }))[Symbol.asyncIterator]()
  await body.next()
  proxy.hang()
  await assert.rejects(gather({ [Symbol.asyncIterator]: () => body }), unavailable)
  const calls = {
    put: () => store.put(stream(randomBytes(10)), big),
    stat: () => store.stat(key, signal),
    delete: () => store.delete(key, signal),
    list: () => Array.fromAsync(store.list(signal)),
  }
  for (const [name, call] of Object.entries(calls)) await assert.rejects(call(), unavailable, name)
  await proxy.mend()
  assert.deepEqual(await store.stat(key, signal), { size: 4_000_000 })
})

test('s3: a reading whose connection is cut is taken up where it ended', async (t) => {
  const { store, proxy } = await open(t)
  const bytes = randomBytes(8_000_000)
  const { key } = await store.put(stream(bytes), big)
  const chunks: Uint8Array[] = []
  let cuts = 0
  for await (const chunk of await store.get(key, { signal })) {
    chunks.push(Uint8Array.from(chunk))
    if (chunks.length !== 3) continue
    cuts++
    await proxy.cut()
    await proxy.mend()
  }
  assert.equal(cuts, 1)
  assert.equal(Buffer.concat(chunks).equals(bytes), true)
})

test('s3: what was acknowledged before and while the server is killed is whole afterwards', async (t) => {
  const { store } = await open(t, { timeoutMs: 3_000 })
  const blobs = Array.from({ length: 16 }, () => randomBytes(300_000))
  const acknowledged: StoredBlob[] = []
  for (const [at, bytes] of blobs.entries()) {
    const killed = at === 8 ? server.kill() : null
    await store.put(stream(bytes), big).then(
      (stored) => acknowledged.push(stored),
      (error) => assert.ok(unavailable(error), String(error)),
    )
    await killed
    if (at === 10) await server.restart()
  }
  assert.ok(acknowledged.length >= 8 && acknowledged.length < blobs.length)
  const wanted = new Set(blobs.map((bytes) => bytes.toString('latin1')))
  for (const { key } of acknowledged)
    assert.ok(wanted.has((await gather(await store.get(key, { signal }))).toString('latin1')))
})

test('s3: a wrong secret and a bucket that is not there are unavailable and told, never «not found»', async (t) => {
  const wrong = await open(t, { credentials: { accessKeyId: server.accessKey, secretAccessKey: 'wrong' } })
  const nowhere = await open(t, { bucket: 'no-such-bucket' })
  for (const { store } of [wrong, nowhere]) {
    const key = '0'.repeat(64)
    await assert.rejects(store.stat(key, signal), unavailable)
    await assert.rejects(store.get(key, { signal }), unavailable)
    await assert.rejects(store.put(stream(randomBytes(10)), big), (error) => unavailable(error))
  }
})

test('s3: over TLS an authority of our own is trusted when it is named, and only then', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-s3-tls-'))
  const { certPath, keyPath } = await makeCertificate(folder)
  const [cert, key] = [readFileSync(certPath, 'utf8'), readFileSync(keyPath, 'utf8')]
  const sockets: Socket[] = []
  const front = createServer({ cert, key }, (inner) => {
    const outer = connect(server.port, '127.0.0.1')
    sockets.push(inner, outer)
    for (const socket of [inner, outer]) socket.on('error', () => {})
    inner.pipe(outer).pipe(inner)
  }).listen(0, '127.0.0.1')
  await once(front, 'listening')
  t.after(() => {
    front.close()
    for (const socket of sockets) socket.destroy()
    rmSync(folder, { recursive: true })
  })
  const endpoint = `https://localhost:${(front.address() as { port: number }).port}`
  const trusting = await open(t, { endpoint, ca: cert })
  const stored = await trusting.store.put(stream(randomBytes(1000)), big)
  assert.deepEqual(await trusting.store.stat(stored.key, signal), { size: 1000 })
  const wary = await open(t, { endpoint })
  await assert.rejects(wary.store.stat(stored.key, signal), unavailable)
})
