// A blob store that seals what it is given and keeps it in another. Blobs are named by the SHA-256 of what they hold, the other store's
// by that of the sealed bytes: which is which stands in the plugin's values, the same on every node. The name is written after the
// bytes are durable and before the upload is acknowledged; what a node that died left without a name is tidied.
//
// What the other store and its backups see is size and time. The database knows hashes of the contents: whoever has that and a guess
// can confirm the guess.

import { createHash, randomBytes } from 'node:crypto'
import type { BlobStore, Host, Plugin } from 'paquebot/plugin-api'
import { chunkBytes, Damaged, headerBytes, type Key, open, openedSize, readHeader, seal, sealedSize } from './seal.ts'

const plugin: Plugin = async (host) => {
  const keys = parseKeys(host, await host.readFile(host.settings.key_file as string))
  return { provide: { blobStore: async (inner) => sealedStore(host, inner, keys) } }
}

function parseKeys(host: Host, file: Uint8Array): readonly Key[] {
  const lines = Buffer.from(file).toString('utf8').split('\n')
  const keys = lines.flatMap((raw, at): Key[] => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return []
    const match = /^([A-Za-z0-9-]{1,32}):([A-Za-z0-9+/]{43}=)$/.exec(line)
    if (!match) throw host.failure('badInput', `key_file, line ${at + 1}: not id:base64 of 32 octets`)
    return [{ id: match[1]!, bytes: Buffer.from(match[2]!, 'base64') }]
  })
  if (keys.length === 0) throw host.failure('badInput', 'key_file: no key in it')
  return keys
}

const nameOf = (key: string) => `blob-${key}`
const keyPattern = /^[0-9a-f]{64}$/

/** Where a blob lies in the other store, and how long it is when it is opened. */
interface Place {
  readonly innerKey: string
  readonly size: number
}
const parsePlace = (value: string): Place => {
  const [innerKey = '', size = ''] = value.split(' ')
  return { innerKey, size: Number(size) }
}

function sealedStore(host: Host, inner: BlobStore, keys: readonly Key[]): BlobStore {
  const { values } = host

  async function find(key: string): Promise<{ readonly value: string; readonly place: Place } | null> {
    if (!keyPattern.test(key)) return null
    const value = await values.get(nameOf(key))
    return value === null ? null : { value, place: parsePlace(value) }
  }

  async function isWhole({ innerKey, size }: Place, signal: AbortSignal): Promise<boolean> {
    return (await inner.stat(innerKey, signal))?.size === sealedSize(size)
  }

  /** Gives these bytes the name; where others have it and are there, these are not needed. */
  async function name(key: string, place: Place, signal: AbortSignal): Promise<void> {
    const wanted = `${place.innerKey} ${place.size}`
    for (;;) {
      const before = await find(key)
      if (before && (await isWhole(before.place, signal))) {
        await inner.delete(place.innerKey, signal)
        return
      }
      if (await values.swap(nameOf(key), before?.value ?? null, wanted)) return
    }
  }

  const damaged = (key: string, error: unknown) =>
    error instanceof Damaged
      ? host.failure('blobMissing', `The file cannot be read whole.`, new Error(`${key}: ${error.message}`))
      : error

  return {
    async put(source, { maxBytes, signal }) {
      const hash = createHash('sha256')
      let size = 0
      async function* counted() {
        for await (const chunk of source) {
          size += chunk.length
          if (size > maxBytes) throw host.failure('tooLarge')
          hash.update(chunk)
          yield chunk
        }
      }
      const sealed = seal(counted(), keys[0]!, randomBytes(16))
      const stored = await inner.put(sealed, { maxBytes: sealedSize(maxBytes), signal })
      const key = hash.digest('hex')
      await name(key, { innerKey: stored.key, size }, signal)
      return { key, size }
    },

    async get(key, { range, signal }) {
      const found = await find(key)
      if (!found) throw host.failure('notFound')
      const { innerKey } = found.place
      const stat = await inner.stat(innerKey, signal)
      if (!stat) throw host.failure('notFound')
      const size = openedSize(stat.size)
      if (size === null || size !== found.place.size) throw damaged(key, new Damaged('another size'))
      const start = range?.start ?? 0
      const end = Math.min(range?.end ?? size, size)
      if (range && start >= end) return empty()
      const first = Math.floor(start / chunkBytes)
      const count = Math.max(1, Math.ceil(end / chunkBytes)) - first
      const header = await gather(await inner.get(innerKey, { range: { start: 0, end: headerBytes }, signal }))
      const sealedChunk = sealedSize(chunkBytes) - headerBytes
      const from = headerBytes + first * sealedChunk
      const to = Math.min(stat.size, from + count * sealedChunk)
      try {
        readHeader(header, keys)
      } catch (error) {
        throw damaged(key, error)
      }
      const body = await inner.get(innerKey, { range: { start: from, end: to }, signal })
      const opened = open(body, header, keys, { size, first, count })
      return checked(opened, { skip: start - first * chunkBytes, length: end - start, hash: range ? null : key })
    },

    async stat(key, signal) {
      const found = await find(key)
      if (!found || !(await inner.stat(found.place.innerKey, signal))) return null
      return { size: found.place.size }
    },

    async delete(key, signal) {
      const found = await find(key)
      // The name first: bytes without one are tidied, a name without bytes would be a promise.
      if (!found) return
      // Asked first: where the bytes are out of reach, nothing is deleted.
      await inner.stat(found.place.innerKey, signal)
      if (!(await values.swap(nameOf(key), found.value, null))) return
      // From here on it is deleted, whatever becomes of the bytes.
      await inner
        .delete(found.place.innerKey, signal)
        .catch((error: unknown) => host.log.warn('blob.leftToTidy', { key: found.place.innerKey, error }))
    },

    async *list(signal, prefix = '') {
      // The names are here, the bytes may be away: then there is nothing to list.
      await inner.stat('0'.repeat(64), signal)
      for await (const { name, value, writtenAt } of values.list(nameOf(prefix))) {
        signal.throwIfAborted()
        yield { key: name.slice(nameOf('').length), size: parsePlace(value).size, modifiedAt: writtenAt }
      }
    },

    async tidy(before, signal) {
      let count = await inner.tidy(before, signal)
      // The old bytes first, the names afterwards: what has no name then never had one, or lost it.
      const old = new Set<string>()
      for await (const { key, modifiedAt } of inner.list(signal)) if (modifiedAt < before) old.add(key)
      for await (const { value } of values.list(nameOf(''))) old.delete(parsePlace(value).innerKey)
      for (const key of old) {
        await inner.delete(key, signal)
        count++
      }
      return count
    },

    async close() {},
  }

  async function* checked(
    chunks: AsyncIterable<Uint8Array>,
    { skip, length, hash }: { readonly skip: number; readonly length: number; readonly hash: string | null },
  ): AsyncGenerator<Uint8Array> {
    const whole = hash === null ? null : createHash('sha256')
    let toSkip = skip
    let left = length
    try {
      for await (const chunk of chunks) {
        whole?.update(chunk)
        const part = chunk.subarray(toSkip, toSkip + left)
        toSkip = Math.max(0, toSkip - chunk.length)
        left -= part.length
        if (part.length > 0) yield part
      }
      // A name that somebody led to another blob: every tag is right, and it is not what was asked for.
      if (whole && whole.digest('hex') !== hash) throw new Damaged('another blob')
    } catch (error) {
      throw damaged(hash ?? 'a part', error)
    }
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(body))
}

export default plugin
