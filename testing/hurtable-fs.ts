// A folder of blobs with ways to hurt it, for the contract suite and for the redundant driver that is made of two.

import { mkdtempSync } from 'node:fs'
import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFsBlobStore } from '#drivers/blob/fs.ts'
import type { BlobStoreUnderTest } from '#ports/blob-store.contract.ts'

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
