import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { type BlobStoreUnderTest, blobStoreContract, stream } from '#ports/blob-store.contract.ts'
import { openFsBlobStore } from './fs.ts'

/** A folder store with ways to hurt it; also what the redundant driver's test is made of. */
export async function openHurtableFs(): Promise<BlobStoreUnderTest & { readonly root: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-blob-'))
  const root = join(folder, 'store')
  const pathOf = (key: string) => join(root, key.slice(0, 2), key)
  return {
    root,
    store: await openFsBlobStore(root),
    breakIt: () => rename(root, `${root}.away`),
    mendIt: () => rename(`${root}.away`, root),
    async flip(key) {
      const bytes = await readFile(pathOf(key))
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
      await writeFile(pathOf(key), bytes)
    },
    cut: (key) => truncate(pathOf(key), 1000),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

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
