// What every BlobStore owes, as a suite that each driver's test calls with a store of its own and ways to hurt it.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import type { BlobStore } from './blob-store.ts'

export interface BlobStoreUnderTest {
  readonly store: BlobStore
  /** Makes the place unreachable, and reachable again: a disk pulled, a server down. */
  readonly breakIt: () => Promise<void>
  readonly mendIt: () => Promise<void>
  /** Flips an octet, or cuts the end off, of every copy of that blob. */
  readonly flip: (key: string) => Promise<void>
  readonly cut: (key: string) => Promise<void>
  readonly close: () => Promise<void>
}

const signal = AbortSignal.timeout(600_000)
const big = { maxBytes: 100_000_000, signal }

export async function* stream(bytes: Uint8Array, chunk = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
}

export async function gather(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk))
  return Buffer.concat(chunks)
}

const keyOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function keysOf(store: BlobStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(signal)) keys.push(key)
  return keys.sort()
}

export function blobStoreContract(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  const withStore = (what: string, work: (under: BlobStoreUnderTest) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const under = await open()
      try {
        await work(under)
      } finally {
        await under.close()
      }
    })
  const get = async (store: BlobStore, key: string, range?: { start: number; end: number }) =>
    gather(await store.get(key, { range, signal }))

  for (const size of [0, 1, 65_536, 3_000_001]) {
    withStore(`${size} octets come back as they went in, under their hash`, async ({ store }) => {
      const bytes = randomBytes(size)
      assert.deepEqual(await store.put(stream(bytes), big), { key: keyOf(bytes), size })
      assert.deepEqual(await store.stat(keyOf(bytes), signal), { size })
      assert.equal((await get(store, keyOf(bytes))).equals(bytes), true)
    })
  }

  withStore('a range is exactly those octets, at every edge', async ({ store }) => {
    const bytes = randomBytes(200_000)
    const { key } = await store.put(stream(bytes), big)
    for (const [start, end] of [
      [0, 1],
      [0, 200_000],
      [199_999, 200_000],
      [65_535, 131_073],
      [7, 7],
    ] as const) {
      assert.equal((await get(store, key, { start, end })).equals(bytes.subarray(start, end)), true, `${start}–${end}`)
    }
  })

  withStore('the same bytes twice, at the same time, are one blob', async ({ store }) => {
    const bytes = randomBytes(500_000)
    await Promise.all(Array.from({ length: 5 }, () => store.put(stream(bytes), big)))
    assert.deepEqual(await keysOf(store), [keyOf(bytes)])
    assert.equal((await get(store, keyOf(bytes))).equals(bytes), true)
  })

  withStore('the limit holds at its edge, and nothing stays of what is over it', async ({ store }) => {
    const bytes = randomBytes(1000)
    await store.put(stream(bytes), { maxBytes: 1000, signal })
    await assert.rejects(store.put(stream(randomBytes(1001)), { maxBytes: 1000, signal }), (error) =>
      isFailure(error, 'tooLarge'),
    )
    assert.deepEqual(await keysOf(store), [keyOf(bytes)])
  })

  withStore('a source that fails half-way is told as its own error, and nothing stays', async ({ store }) => {
    async function* failing() {
      yield randomBytes(100_000)
      throw new Error('the client went away')
    }
    await assert.rejects(store.put(failing(), big), /the client went away/)
    assert.deepEqual(await keysOf(store), [])
  })

  withStore('an aborted upload leaves nothing', async ({ store }) => {
    const abort = new AbortController()
    async function* endless() {
      for (let at = 0; ; at++) {
        if (at === 3) abort.abort()
        yield randomBytes(10_000)
      }
    }
    await assert.rejects(store.put(endless(), { maxBytes: 100_000_000, signal: abort.signal }))
    assert.deepEqual(await keysOf(store), [])
  })

  withStore('what is not there is not found, and deleting it is no error', async ({ store }) => {
    const key = keyOf(randomBytes(8))
    assert.equal(await store.stat(key, signal), null)
    await assert.rejects(get(store, key), (error) => isFailure(error, 'notFound'))
    await store.delete(key, signal)
    const { key: kept } = await store.put(stream(randomBytes(10)), big)
    await store.delete(kept, signal)
    assert.equal(await store.stat(kept, signal), null)
    assert.deepEqual(await keysOf(store), [])
  })

  withStore('a key that is no hash reaches no file', async ({ store }) => {
    for (const key of ['../../etc/passwd', 'ab', 'A'.repeat(64), '']) {
      await assert.rejects(get(store, key), (error) => isFailure(error, 'notFound'))
      assert.equal(await store.stat(key, signal), null)
    }
  })

  withStore('a changed octet or a missing end is never handed out as whole', async ({ store, flip, cut }) => {
    for (const hurt of [flip, cut]) {
      const { key } = await store.put(stream(randomBytes(300_000)), big)
      await hurt(key)
      await assert.rejects(get(store, key), (error) => isFailure(error, 'blobMissing'))
    }
  })

  withStore(
    'a broken place is unavailable, never «not found», and serves again once mended',
    async ({ store, breakIt, mendIt }) => {
      const bytes = randomBytes(70_000)
      const { key } = await store.put(stream(bytes), big)
      const unavailable = (error: unknown) => isFailure(error, 'unavailable')
      await breakIt()
      await assert.rejects(get(store, key), unavailable)
      await assert.rejects(store.stat(key, signal), unavailable)
      await assert.rejects(store.put(stream(randomBytes(10)), big), unavailable)
      await mendIt()
      assert.equal((await get(store, key)).equals(bytes), true)
      await store.put(stream(randomBytes(10)), big)
    },
  )

  withStore(
    'a place that breaks during a write gives an error, not an acknowledgement',
    async ({ store, breakIt, mendIt }) => {
      async function* breaking() {
        yield randomBytes(100_000)
        await breakIt()
        yield randomBytes(100_000)
      }
      await assert.rejects(store.put(breaking(), big), (error) => isFailure(error, 'unavailable'))
      await mendIt()
      assert.deepEqual(await keysOf(store), [])
    },
  )
}
