// Uploads: bytes that somebody sent us, for a draft, a submission, a template or a script.
//
// The blob store holds bytes by their SHA-256; here stands who has them and what refers to them. A row is made after the bytes are
// durable, and the upload is acknowledged only once the bytes are seen to be there with the row standing: from then on
// no collection takes them. What is missing or short is `blobMissing`, never an empty body.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { BlobRange, BlobStore } from '#ports/blob-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { BlobId } from '#shared/ids.ts'
import { collect, collectOrphans } from './collect.ts'
import { findUpload, prolong, putUpload, removeUpload, replaceReferences, takeBlob, unboundBytes } from './store.ts'
import type { UploadTables } from './tables.ts'
import type { UploadedBlob, Uploads } from './types.ts'

export { knownBlobs } from './known-blobs.ts'
export type { UploadTables } from './tables.ts'
export type { OpenBlob, UploadedBlob, Uploads } from './types.ts'

export interface UploadsConfig {
  /** Octets of one account that nothing refers to. */
  readonly quotaBytes: number
  /** How long an upload lives that nothing refers to. */
  readonly graceMs: number
}

export interface UploadsDeps {
  readonly sql: Sql<UploadTables>
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Log
  readonly config: UploadsConfig
  /** Looks at bytes that have arrived whole, before anybody may use them; what it throws refuses them. */
  readonly inspect?: (caller: Caller, upload: ArrivedUpload) => Promise<void>
}

export interface ArrivedUpload {
  readonly blobId: BlobId
  readonly type: string
  readonly size: number
  open(): Promise<AsyncIterable<Uint8Array>>
}

/** While another node removes the same bytes: milliseconds, unless it died doing so. */
const takeAttempts = 10
const takeWaitMs = 100

export function openUploads(deps: UploadsDeps): Uploads {
  const { sql, blobs, clock, config } = deps

  async function take(caller: Caller, stored: { key: string; size: number }, type: string): Promise<UploadedBlob> {
    const now = clock.now()
    const expiresAt = now + config.graceMs
    const row = { account: caller.account, blob: stored.key, type, size: stored.size, expires_at: expiresAt }
    for (let attempt = 1; ; attempt++) {
      try {
        const taken = await sql.write(caller, async (tx) => {
          if (!(await takeBlob(tx, stored.key, now))) return false
          await putUpload(tx, row)
          return true
        })
        if (taken) break
        if (attempt >= takeAttempts) throw new Failure('unavailable', { blob: stored.key, reason: 'is being removed' })
      } catch (error) {
        // Two uploads of the same bytes at once: the other one made the row.
        if (!isFailure(error, 'conflict') || attempt >= takeAttempts) throw error
      }
      await sleep(takeWaitMs, undefined, { signal: caller.signal })
    }
    // A removal may have ended between the bytes and the row. With the row standing none can begin.
    const found = await blobs.stat(stored.key, caller.signal)
    if (found?.size !== stored.size) {
      await sql.write(caller, (tx) => removeUpload(tx, caller.account, stored.key))
      throw new Failure('unavailable', { blob: stored.key, reason: 'was removed while it was uploaded' })
    }
    return { blobId: blobIdOf(stored.key), size: stored.size, type, expiresAt }
  }

  async function find(caller: Caller, blobId: BlobId) {
    const key = keyOf(blobId)
    return key === null ? undefined : findUpload(sql.readFresh(), caller.account, key)
  }

  async function read(caller: Caller, blob: string, range?: BlobRange): Promise<AsyncIterable<Uint8Array>> {
    try {
      return await blobs.get(blob, { ...(range && { range }), signal: caller.signal })
    } catch (error) {
      throw isFailure(error, 'notFound') ? new Failure('blobMissing', { blobId: blobIdOf(blob) }, error) : error
    }
  }

  /** The store compares the hash of a whole reading. */
  async function readWhole(caller: Caller, blob: string): Promise<number> {
    let size = 0
    for await (const chunk of await read(caller, blob)) size += chunk.length
    return size
  }

  return {
    async put(caller, { type, maxBytes, source }) {
      const used = await unboundBytes(sql.readFresh(), caller.account)
      if (used >= config.quotaBytes) throw new Failure('overQuota', { used })
      const room = config.quotaBytes - used
      const options = { maxBytes: Math.min(maxBytes, room), signal: caller.signal }
      const stored = await blobs.put(source, options).catch((error: unknown) => {
        if (!isFailure(error, 'tooLarge')) throw error
        throw room < maxBytes ? new Failure('overQuota', { used }, error) : new Failure('tooLarge', { maxBytes }, error)
      })
      // Without a row they are nobody's, and are collected like those of a node that died.
      const open = () => blobs.get(stored.key, { signal: caller.signal })
      await deps.inspect?.(caller, { blobId: blobIdOf(stored.key), type, size: stored.size, open })
      return take(caller, stored, type)
    },

    async open(caller, blobId, range) {
      const row = await find(caller, blobId)
      if (!row) throw new Failure('notFound', { blobId })
      return { size: Number(row.size), type: row.type, body: await read(caller, row.blob, range) }
    },

    async stat(caller, blobId) {
      const row = await find(caller, blobId)
      return row ? { blobId, size: Number(row.size), type: row.type, expiresAt: Number(row.expires_at) } : null
    },

    async prove(caller, blobIds) {
      for (const blobId of blobIds) {
        const row = await find(caller, blobId)
        if (!row) throw new Failure('blobMissing', { blobId, notFound: [blobId] })
        // Once more: damage is found at the end of a reading, and by then has been mended where there is a second copy.
        const size = await readWhole(caller, row.blob)
          .catch((error) => {
            if (!isFailure(error, 'blobMissing')) throw error
            return readWhole(caller, row.blob)
          })
          .catch((error) => {
            throw isFailure(error, 'blobMissing')
              ? new Failure('blobMissing', { blobId, notFound: [blobId] }, error)
              : error
          })
        if (size !== Number(row.size)) throw new Failure('blobMissing', { blobId, notFound: [blobId], size })
      }
    },

    async bind(caller, owner, blobIds) {
      const keys = [...new Set(blobIds)].map((blobId) => ({ blobId, key: keyOf(blobId) })).sort(byKey)
      await sql.write(caller, async (tx) => {
        for (const { blobId, key } of keys) {
          // Prolonged as well as referred to: the row's lock keeps it from a collection that has just read that nothing refers to it.
          const isThere = key !== null && (await prolong(tx, caller.account, key, clock.now() + config.graceMs))
          if (!isThere) throw new Failure('blobMissing', { blobId, notFound: [blobId] })
        }
        const blobKeys = keys.map(({ key }) => key!)
        await replaceReferences(tx, caller.account, owner, blobKeys)
      })
    },

    async collect(now) {
      const { uploads } = await collect(deps, now, new AbortController().signal)
      return uploads
    },

    collectOrphans: (now, signal) => collectOrphans(deps, now, signal),
  }
}

const byKey = (a: { blobId: string }, b: { blobId: string }) => (a.blobId < b.blobId ? -1 : 1)

const blobIdOf = (key: string): BlobId => `b${key}`

function keyOf(blobId: BlobId): string | null {
  return /^b[0-9a-f]{64}$/.test(blobId) ? blobId.slice(1) : null
}
