import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { blobStoreContract, stream } from '#ports/blob-store.contract.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'

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
