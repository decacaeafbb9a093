import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemClock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openHost } from '#plugins/host.ts'
import { readFolder, startPlugin } from '#plugins/load.ts'
import { openValues } from '#plugins/values.ts'
import { stream } from '#ports/blob-store.contract.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { pluginContract } from '#testing/plugin-contract.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { chunkBytes, Damaged, headerBytes, open, openedSize, readHeader, seal, sealedSize } from './seal.ts'

await pluginContract(import.meta.dirname)

const signal = AbortSignal.timeout(600_000)
const key = { id: 'one', bytes: randomBytes(32) }

async function sealed(bytes: Uint8Array, salt = randomBytes(16)): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(seal(stream(bytes, 10_000), key, salt)))
}
async function opened(whole: Buffer, size: number, keys = [key]): Promise<Buffer> {
  const count = Math.max(1, Math.ceil(size / chunkBytes))
  const body = open(stream(whole.subarray(headerBytes), 7_777), whole.subarray(0, headerBytes), keys, {
    size,
    first: 0,
    count,
  })
  return Buffer.concat(await Array.fromAsync(body))
}

test('every size comes back, and the size of the whole tells the size inside', async () => {
  for (const size of [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 200_001]) {
    const bytes = randomBytes(size)
    const whole = await sealed(bytes)
    assert.equal(whole.length, sealedSize(size))
    assert.equal(openedSize(whole.length), size)
    assert.equal((await opened(whole, size)).equals(bytes), true, String(size))
  }
  assert.equal(openedSize(headerBytes), null)
})

test('chunks that are swapped, left out, added, changed or another blob’s are noticed', async () => {
  const size = 3 * chunkBytes
  const [one, two] = [await sealed(randomBytes(size)), await sealed(randomBytes(size))]
  const step = chunkBytes + 16
  const chunk = (whole: Buffer, at: number) => whole.subarray(headerBytes + at * step, headerBytes + (at + 1) * step)
  const header = one.subarray(0, headerBytes)
  const flipped = Buffer.from(one)
  flipped[headerBytes + 5]! ^= 1
  const otherHeader = Buffer.from(one)
  otherHeader[20]! ^= 1
  const forged: Record<string, [Buffer, number]> = {
    swapped: [Buffer.concat([header, chunk(one, 1), chunk(one, 0), chunk(one, 2)]), size],
    'cut at a chunk’s end': [Buffer.concat([header, chunk(one, 0), chunk(one, 1)]), 2 * chunkBytes],
    added: [Buffer.concat([one, chunk(one, 2)]), size],
    'of another blob': [Buffer.concat([header, chunk(one, 0), chunk(two, 1), chunk(one, 2)]), size],
    flipped: [flipped, size],
    'another salt': [otherHeader, size],
    'no body': [header, size],
  }
  for (const [what, [whole, told]] of Object.entries(forged)) await assert.rejects(opened(whole, told), Damaged, what)
  assert.throws(() => readHeader(header, [{ id: 'two', bytes: key.bytes }]), Damaged)
})

async function openStore(t: TestContext, keyLines: () => string) {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-sealed-'))
  const [database, inner] = [await openTestSql(), await openHurtableFs()]
  t.after(async () => {
    await database.close()
    await inner.close()
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'keys')
  const start = async () => {
    writeFileSync(path, keyLines())
    const found = await readFolder(import.meta.dirname, { key_file: path }, '1.0.0', [])
    const values = openValues(database.for(), systemClock, 'blob-encrypted')
    const { provide } = await startPlugin(found!, openHost({ ...found!, values, log: silentLog }))
    return provide!.blobStore!(inner.store)
  }
  return { inner, start, values: openValues(database.for(), systemClock, 'blob-encrypted') }
}
const read = async (body: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(body))
const put = { maxBytes: 1_000_000, signal }

test('nothing of the contents reaches the store behind, and two of the same are not alike there', async (t) => {
  const { inner, start } = await openStore(t, () => `one:${key.bytes.toString('base64')}\n`)
  const store = await start()
  const text = Buffer.from('a secret that would be seen '.repeat(1000))
  const { key: name } = await store.put(stream(text), put)
  assert.equal(name, createHash('sha256').update(text).digest('hex'))
  await store.delete(name, signal)
  await store.put(stream(text), put)
  const files = readdirSync(inner.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const entry of files) {
    const bytes = readFileSync(join(entry.parentPath, entry.name))
    assert.equal(bytes.includes('secret'), false)
    assert.equal(entry.name.includes(name), false)
  }
})

test('a new key seals what is new, the old one still opens what is old; without it, that is missing and not garbage', async (t) => {
  const [old, young] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64'))
  let lines = `old:${old}\n`
  const { start } = await openStore(t, () => lines)
  const before = await (await start()).put(stream(Buffer.from('before')), put)
  lines = `# rotated\nyoung:${young}\nold:${old}\n`
  const store = await start()
  const after = await store.put(stream(Buffer.from('after')), put)
  assert.equal(String(await read(await store.get(before.key, { signal }))), 'before')
  lines = `young:${young}\n`
  const later = await start()
  assert.equal(String(await read(await later.get(after.key, { signal }))), 'after')
  await assert.rejects(later.get(before.key, { signal }), (error) => isFailure(error, 'blobMissing'))
  lines = 'broken\n'
  await assert.rejects(start(), /cannot be started/)
})

test('a name that was led to another blob is noticed', async (t) => {
  const { start, values } = await openStore(t, () => `one:${key.bytes.toString('base64')}\n`)
  const store = await start()
  const [one, two] = [
    await store.put(stream(Buffer.from('one')), put),
    await store.put(stream(Buffer.from('two')), put),
  ]
  const [first, second] = [await values.get(`blob-${one.key}`), await values.get(`blob-${two.key}`)]
  await values.swap(`blob-${one.key}`, first, second)
  await assert.rejects(
    async () => read(await store.get(one.key, { signal })),
    (error) => isFailure(error, 'blobMissing'),
  )
})

test('bytes that are gone come back with the next upload of the same', async (t) => {
  const { inner, start } = await openStore(t, () => `one:${key.bytes.toString('base64')}\n`)
  const store = await start()
  const { key: name } = await store.put(stream(Buffer.from('lost')), put)
  for await (const { key: innerKey } of inner.store.list(signal)) await inner.store.delete(innerKey, signal)
  assert.equal(await store.stat(name, signal), null)
  await store.put(stream(Buffer.from('lost')), put)
  assert.equal(String(await read(await store.get(name, { signal }))), 'lost')
})
