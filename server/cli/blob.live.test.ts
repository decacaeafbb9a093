import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openStorage } from '#boot/storage.ts'
import { loadConfig } from '#config/load.ts'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { openUploads } from '#domain/uploads/index.ts'
import { testCaller } from '#testing/caller.ts'
import { readBlobCommand, runBlob } from './blob.ts'

const signal = AbortSignal.timeout(600_000)

function site(t: TestContext, stores: string) {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-blob-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'paquebot.toml')
  const write = (tables: string) =>
    writeFileSync(file, `[data]\ndir = "${folder}/data"\n${tables.replaceAll('FOLDER', folder)}`)
  write(stores)
  const load = () => loadConfig({ file, environment: {} })
  return {
    folder,
    write,
    load,
    /** `paquebot blob …`: exit code and what it printed, as JSON. */
    async blob(...words: string[]) {
      const read = readBlobCommand([...words, '--json'])
      assert.ok(read)
      const printed: string[] = []
      const print = (line: string) => void printed.push(line)
      const deps = { config: load(), log: silentLog, print, tell: () => {}, signal }
      const code = await runBlob(deps, read.command)
      return { code, report: JSON.parse(printed.join('') || 'null') }
    },
    async upload(howMany: number) {
      const storage = await openStorage({ config: load(), log: silentLog, clock: systemClock })
      const limits = { quotaBytes: 1e9, graceMs: 1e9 }
      const uploads = openUploads({
        sql: storage.sql.for(),
        blobs: storage.blobs,
        clock: systemClock,
        log: silentLog,
        config: limits,
      })
      const caller = testCaller()
      const keys: string[] = []
      for (let at = 0; at < howMany; at++) {
        const source = (async function* () {
          yield randomBytes(5000)
        })()
        keys.push((await uploads.put(caller, { type: 'x/y', maxBytes: 10_000, source })).blobId.slice(1))
      }
      await storage.close()
      return keys
    },
    pathIn: (store: string, key: string) => join(folder, store, key.slice(0, 2), key),
  }
}

const two = `
[[blob_store]]
name = "old"
folder = "FOLDER/old"
[[blob_store]]
name = "new"
folder = "FOLDER/new"
`
const pair = `
[[blob_store]]
name = "left"
folder = "FOLDER/left"
[[blob_store]]
name = "right"
folder = "FOLDER/right"
[[blob_store]]
name = "both"
kind = "redundant"
stores = ["left", "right"]
`

test('blob: a store is drained, retired and taken out of the configuration, and everything is still there', async (t) => {
  const { blob, upload, write, folder } = site(t, two)
  await upload(20)
  const before = await blob('stores')
  assert.equal(before.code, 0)
  assert.deepEqual(
    before.report.stores.map((store: { name: string }) => store.name),
    ['old', 'new'],
  )
  const { usedBlobs } = before.report.stores[0]
  assert.ok(usedBlobs > 0 && usedBlobs < 20)
  assert.equal((await blob('retire', 'old')).code, 64, 'not before it was drained')
  const drained = await blob('drain', 'old')
  assert.deepEqual([drained.code, drained.report.moved, drained.report.failed], [0, usedBlobs, 0])
  assert.deepEqual((await blob('stores')).report.stores[0].state, 'draining')
  assert.equal((await blob('retire', 'old')).code, 0)
  assert.equal((await blob('stores')).report.stores[0].usedBlobs, 0)
  assert.equal((await blob('drain', 'new')).code, 64, 'no upload would find a place any more')
  write(two.slice(two.indexOf('[[blob_store]]\nname = "new"')))
  await rm(join(folder, 'old'), { recursive: true })
  const { code, report } = await blob('check', '--deep')
  assert.deepEqual([code, report.checked, report.missing], [0, 20, []])
})

test('blob: a store that is taken out of the configuration before it was drained is told, by name', async (t) => {
  const { blob, upload, write } = site(t, two)
  await upload(10)
  write(two.slice(two.indexOf('[[blob_store]]\nname = "new"')))
  const stores = await blob('stores')
  assert.deepEqual([stores.code, stores.report.notConfigured], [1, ['old']])
})

test('blob: check finds what is missing and damaged, repair mends it from the other copy, and check is content', async (t) => {
  const { blob, upload, pathIn } = site(t, pair)
  const keys = await upload(6)
  assert.equal((await blob('check', '--deep')).code, 0)
  const [gone, changed] = keys as [string, string]
  await rm(pathIn('left', gone))
  writeFileSync(pathIn('right', changed), randomBytes(5000))
  const shallow = await blob('check')
  assert.deepEqual([shallow.code, shallow.report.redundant[0].faulty], [1, 1], 'the changed one has its size')
  const deep = await blob('check', '--deep')
  assert.deepEqual([deep.code, deep.report.redundant[0].faulty, deep.report.redundant[0].mended], [1, 2, 0])
  const repaired = await blob('repair', '--deep')
  assert.deepEqual([repaired.code, repaired.report.redundant[0].mended], [0, 2])
  assert.equal((await blob('check', '--deep')).code, 0)
})

test('blob: what no copy is left of is told by its key, missing or damaged', async (t) => {
  const { blob, upload, pathIn } = site(t, '[[blob_store]]\nname = "one"\nfolder = "FOLDER/one"\n')
  const [gone, changed] = (await upload(3)) as [string, string]
  await rm(pathIn('one', gone))
  writeFileSync(pathIn('one', changed), randomBytes(5000))
  const { code, report } = await blob('repair', '--deep')
  assert.deepEqual([code, report.missing, report.damaged], [1, [gone], [changed]])
  assert.equal((await blob('drain', 'one')).code, 64, 'there is nowhere to move it')
})

test('blob: a folder that was there and has gone is not made anew, until somebody says so', async (t) => {
  const { blob, upload, folder } = site(t, pair)
  await upload(4)
  await rename(join(folder, 'left'), join(folder, 'away'))
  const check = await blob('check')
  assert.deepEqual([check.code, check.report.redundant[0].unread], [1, ['left']])
  assert.equal((await blob('make', 'left')).code, 0)
  assert.equal((await blob('repair')).report.redundant[0].mended, 4)
  assert.equal((await blob('check', '--deep')).code, 0)
})

test('blob: what is not understood is refused', () => {
  for (const words of [[], ['burn'], ['drain'], ['drain', '--json']]) assert.equal(readBlobCommand(words), null)
})
