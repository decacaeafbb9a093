// A disk that is really full: a tmpfs of one megabyte. Needs root, as the other tests with real parts do.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { gather, stream } from '#ports/blob-store.contract.ts'
import { run } from '#testing/servers/process.ts'
import { openFsBlobStore } from './fs.ts'

const signal = AbortSignal.timeout(600_000)
const big = { maxBytes: 100_000_000, signal }

test('fs: a full disk is unavailable and told as such, nothing is kept, and what was there stays whole', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'paquebot-full-'))
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root])
  t.after(async () => {
    await run('umount', ['--lazy', root])
    rmSync(root, { recursive: true })
  })
  const store = await openFsBlobStore(root)
  const kept = new Map<string, Buffer>()
  const full = (error: unknown) => isFailure(error, 'unavailable') && error.detail.error === 'ENOSPC'
  await assert.rejects(store.put(stream(randomBytes(3_000_000)), big), full)
  // To the last octet, in odd sizes: a write that was cut short by the end of the disk must not pass for whole.
  await assert.rejects(async () => {
    for (;;) {
      const bytes = randomBytes(70_001)
      kept.set((await store.put(stream(bytes, bytes.length), big)).key, bytes)
    }
  }, full)
  assert.ok(kept.size > 5)
  assert.deepEqual(readdirSync(join(root, 'tmp')), [])
  for (const [key, bytes] of kept) assert.equal((await gather(await store.get(key, { signal }))).equals(bytes), true)
  const [first] = [...kept.keys()] as [string]
  await store.delete(first, signal)
  await store.put(stream(randomBytes(10_000)), big)
})
