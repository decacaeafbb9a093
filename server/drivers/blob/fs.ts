// Blobs as files, local or on NFS: `ab/abcdef…`. A blob is written to `tmp/`, synced, renamed into place and its folder synced, so
// that a name is either absent or whole, whatever dies when. The root is marked: an empty mount point is a broken place, not an empty store.

import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, opendir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '#core/errors.ts'
import type { BlobRange, BlobStore } from '#ports/blob-store.ts'

const readChunkBytes = 128 * 1024
const keyPattern = /^[0-9a-f]{64}$/
const mark = 'paquebot-blobs'

function unavailable(error: unknown, detail: Record<string, unknown>): Failure {
  return error instanceof Failure ? error : new Failure('unavailable', detail, error)
}

const isAbsent = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** Makes the folder at first use. */
export async function openFsBlobStore(root: string): Promise<BlobStore> {
  const pathOf = (key: string) => join(root, key.slice(0, 2), key)

  async function guard(): Promise<void> {
    try {
      await stat(join(root, mark))
    } catch (error) {
      throw new Failure('unavailable', { root }, error)
    }
  }

  async function look(key: string): Promise<{ readonly size: number } | null> {
    if (!keyPattern.test(key)) return null
    try {
      return { size: (await stat(pathOf(key))).size }
    } catch (error) {
      if (!isAbsent(error)) throw unavailable(error, { root, key })
      await guard()
      return null
    }
  }

  async function syncFolder(folder: string): Promise<void> {
    const handle = await open(folder, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async function writeAll(source: AsyncIterable<Uint8Array>, file: FileHandle, maxBytes: number, signal: AbortSignal) {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of source) {
      signal.throwIfAborted()
      size += chunk.length
      if (size > maxBytes) throw new Failure('tooLarge', { maxBytes })
      hash.update(chunk)
      await file.writev([chunk]).catch((error) => {
        throw unavailable(error, { root })
      })
    }
    return { key: hash.digest('hex'), size }
  }

  async function* read(
    key: string,
    { start, end }: BlobRange,
    isWhole: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const hash = isWhole ? createHash('sha256') : null
    const file = await open(pathOf(key), 'r').catch((error) => {
      throw isAbsent(error)
        ? new Failure('blobMissing', { root, key, reason: 'gone' }, error)
        : unavailable(error, { root, key })
    })
    let at = start
    try {
      while (at < end) {
        signal.throwIfAborted()
        const buffer = Buffer.allocUnsafe(Math.min(readChunkBytes, end - at))
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at).catch((error) => {
          throw unavailable(error, { root, key })
        })
        if (bytesRead === 0) throw new Failure('blobMissing', { root, key, reason: 'short' })
        const chunk = buffer.subarray(0, bytesRead)
        hash?.update(chunk)
        at += bytesRead
        yield chunk
      }
      if (hash && hash.digest('hex') !== key) throw new Failure('blobMissing', { root, key, reason: 'hash' })
    } finally {
      await file.close()
    }
  }

  await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o700 })
  await writeFile(join(root, mark), 'This folder holds blobs of Paquebot.\n', { flag: 'a' })

  return {
    async put(source, { maxBytes, signal }) {
      await guard()
      const temporary = join(root, 'tmp', randomUUID())
      let file: FileHandle
      try {
        file = await open(temporary, 'wx', 0o600)
      } catch (error) {
        throw unavailable(error, { root })
      }
      try {
        const stored = await writeAll(source, file, maxBytes, signal).finally(() =>
          file.sync().finally(() => file.close()),
        )
        const path = pathOf(stored.key)
        // One level only: making the root anew where a mount has gone would hide the loss.
        await mkdir(dirname(path), { mode: 0o700 }).catch((error) => {
          if (error.code !== 'EEXIST') throw error
        })
        // Always renamed, even over an equal file: the copy that stays is the one just synced, and damage is mended by it.
        await rename(temporary, path)
        await syncFolder(dirname(path))
        return stored
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {})
        if (error instanceof Error && 'syscall' in error) throw unavailable(error, { root })
        throw error
      }
    },

    async get(key, { range, signal }) {
      // Only looked at here, opened when it is read: a reader that never begins leaves no file open.
      const found = await look(key)
      if (!found) throw new Failure('notFound', { key })
      return read(key, range ?? { start: 0, end: found.size }, !range, signal)
    },

    stat: (key) => look(key),

    async delete(key) {
      if (!keyPattern.test(key)) return
      await rm(pathOf(key), { force: true }).catch((error) => {
        throw unavailable(error, { root, key })
      })
    },

    async *list(signal) {
      await guard()
      for await (const folder of await opendir(root)) {
        if (!/^[0-9a-f]{2}$/.test(folder.name)) continue
        for await (const entry of await opendir(join(root, folder.name))) {
          signal.throwIfAborted()
          if (!keyPattern.test(entry.name)) continue
          const found = await stat(join(root, folder.name, entry.name)).catch(() => null)
          if (found) yield { key: entry.name, size: found.size, modifiedAt: found.mtimeMs }
        }
      }
    },

    async close() {},
  }
}
