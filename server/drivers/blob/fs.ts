// Blobs as files, local or on NFS: `ab/abcdef…`. A blob is written to `tmp/`, synced, renamed into place and its folder synced, so
// that a name is either absent or whole, whatever dies when. The root is marked: an empty mount point is a broken place, not an empty store.

import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import * as fsPromises from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '#core/errors.ts'
import type { BlobRange, BlobStore } from '#ports/blob-store.ts'

/** The calls that this driver makes, so that a test can have a disk that fails. */
export type Files = Pick<typeof fsPromises, 'mkdir' | 'open' | 'opendir' | 'rename' | 'rm' | 'stat' | 'writeFile'>
type FileHandle = fsPromises.FileHandle

export interface FsBlobOptions {
  /** True where the folder may be made and marked: at first use. Else a folder without the mark is a broken place. */
  readonly mayMake?: boolean
  readonly files?: Files
}

const readChunkBytes = 128 * 1024
const keyPattern = /^[0-9a-f]{64}$/
const mark = 'paquebot-blobs'
/** nfs(5): a handle whose file was replaced or removed on the server by another client; the name has to be looked up again. */
const staleAttempts = 3

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
const isAbsent = (error: unknown) => codeOf(error) === 'ENOENT'

export async function openFsBlobStore(root: string, options: FsBlobOptions = {}): Promise<BlobStore> {
  const { mayMake = true, files = fsPromises } = options
  const pathOf = (key: string) => join(root, key.slice(0, 2), key)

  function unavailable(error: unknown, detail: Record<string, unknown> = {}): Failure {
    // ENOSPC, EDQUOT, EIO, ESTALE, EROFS: the code says it to the operator.
    return error instanceof Failure
      ? error
      : new Failure('unavailable', { root, error: codeOf(error), ...detail }, error)
  }

  async function unlessStale<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (codeOf(error) !== 'ESTALE' || attempt >= staleAttempts) throw error
      }
    }
  }

  async function guard(): Promise<void> {
    try {
      await unlessStale(() => files.stat(join(root, mark)))
    } catch (error) {
      throw unavailable(error, { reason: 'not mounted, or not a folder of blobs' })
    }
  }

  async function look(key: string): Promise<{ readonly size: number; readonly modifiedAt: number } | null> {
    if (!keyPattern.test(key)) return null
    try {
      const { size, mtimeMs } = await unlessStale(() => files.stat(pathOf(key)))
      return { size, modifiedAt: mtimeMs }
    } catch (error) {
      if (!isAbsent(error)) throw unavailable(error, { key })
      await guard()
      return null
    }
  }

  async function syncFolder(folder: string): Promise<void> {
    const handle = await files.open(folder, constants.O_RDONLY)
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
      // write(2) may take less than it was given, without an error: on a disk that is filling up it does.
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, at, chunk.length - at).catch((error) => {
          throw unavailable(error)
        })
        at += bytesWritten
      }
    }
    return { key: hash.digest('hex'), size }
  }

  /** Synced and closed: NFS tells at the one or the other that the disk is full. */
  async function finish(file: FileHandle): Promise<void> {
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async function place(temporary: string, key: string): Promise<void> {
    const folder = dirname(pathOf(key))
    // One level only: making the root anew where a mount has gone would hide the loss.
    const isNew = await files.mkdir(folder, { mode: 0o700 }).then(
      () => true,
      (error) => {
        if (codeOf(error) === 'EEXIST') return false
        throw error
      },
    )
    if (isNew) await syncFolder(root)
    // Always renamed, even over an equal file: the copy that stays is the one just synced, and damage is mended by it.
    await files.rename(temporary, pathOf(key))
    await syncFolder(folder)
  }

  function openToRead(key: string): Promise<FileHandle> {
    return unlessStale(() => files.open(pathOf(key), 'r')).catch((error) => {
      throw isAbsent(error)
        ? new Failure('blobMissing', { root, key, reason: 'gone' }, error)
        : unavailable(error, { key })
    })
  }

  async function* read(
    key: string,
    { start, end }: BlobRange,
    isWhole: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const hash = isWhole ? createHash('sha256') : null
    let file = await openToRead(key)
    let at = start
    let stale = 0
    try {
      while (at < end) {
        signal.throwIfAborted()
        const buffer = Buffer.allocUnsafe(Math.min(readChunkBytes, end - at))
        let bytesRead: number
        try {
          bytesRead = (await file.read(buffer, 0, buffer.length, at)).bytesRead
        } catch (error) {
          if (codeOf(error) !== 'ESTALE' || ++stale >= staleAttempts) throw unavailable(error, { key })
          // Written again by another node: the same bytes under the same name.
          await file.close().catch(() => {})
          file = await openToRead(key)
          continue
        }
        if (bytesRead === 0) throw new Failure('blobMissing', { root, key, reason: 'short' })
        const chunk = buffer.subarray(0, bytesRead)
        hash?.update(chunk)
        at += bytesRead
        yield chunk
      }
      if (hash && hash.digest('hex') !== key) throw new Failure('blobMissing', { root, key, reason: 'hash' })
    } finally {
      await file.close().catch(() => {})
    }
  }

  if (mayMake) {
    await files.mkdir(join(root, 'tmp'), { recursive: true, mode: 0o700 })
    await files.writeFile(join(root, mark), 'This folder holds blobs of Paquebot.\n', { flag: 'a' })
  }

  return {
    async put(source, { maxBytes, signal }) {
      await guard()
      const temporary = join(root, 'tmp', randomUUID())
      let file: FileHandle
      try {
        file = await files.open(temporary, 'wx', 0o600)
      } catch (error) {
        throw unavailable(error)
      }
      try {
        const stored = await writeAll(source, file, maxBytes, signal).catch(async (error) => {
          await file.close().catch(() => {})
          throw error
        })
        try {
          await finish(file)
          await place(temporary, stored.key)
        } catch (error) {
          throw unavailable(error, { key: stored.key })
        }
        return stored
      } catch (error) {
        await files.rm(temporary, { force: true }).catch(() => {}) // Else tidy's.
        throw error
      }
    },

    async get(key, { range, signal }) {
      // Only looked at here, opened when it is read: a reader that never begins leaves no file open.
      const found = await look(key)
      if (!found) throw new Failure('notFound', { key })
      return read(key, range ?? { start: 0, end: found.size }, !range, signal)
    },

    async stat(key) {
      const found = await look(key)
      return found && { size: found.size }
    },

    async delete(key) {
      if (!keyPattern.test(key)) return
      await guard()
      await files.rm(pathOf(key), { force: true }).catch((error) => {
        throw unavailable(error, { key })
      })
    },

    async *list(signal, prefix = '') {
      await guard()
      try {
        for await (const folder of await files.opendir(root)) {
          if (!/^[0-9a-f]{2}$/.test(folder.name) || folder.name.slice(0, prefix.length) !== prefix.slice(0, 2)) continue
          for await (const entry of await files.opendir(join(root, folder.name))) {
            signal.throwIfAborted()
            // Not `.nfs…`: what NFS keeps of a file that was removed while somebody read it.
            if (!keyPattern.test(entry.name) || !entry.name.startsWith(prefix)) continue
            const found = await look(entry.name)
            if (found) yield { key: entry.name, size: found.size, modifiedAt: found.modifiedAt }
          }
        }
      } catch (error) {
        signal.throwIfAborted()
        throw unavailable(error)
      }
    },

    async tidy(before, signal) {
      await guard()
      let removed = 0
      for await (const { name } of await files.opendir(join(root, 'tmp'))) {
        signal.throwIfAborted()
        const path = join(root, 'tmp', name)
        const found = await files.stat(path).catch(() => null)
        if (!found || found.mtimeMs >= before) continue
        await files.rm(path, { force: true })
        removed++
      }
      return removed
    },

    async close() {},
  }
}
