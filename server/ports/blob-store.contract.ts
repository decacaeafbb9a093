// What every BlobStore owes, as a suite that each driver's test calls with a store of its own and ways to hurt it.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import type { BlobStore, StoredBlob } from './blob-store.ts'

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
      await assert.rejects(store.delete(key, signal), unavailable)
      await assert.rejects(keysOf(store), unavailable)
      await assert.rejects(store.tidy(Date.now(), signal), unavailable)
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

  withStore('what a writer left that died is tidied, and nothing else', async ({ store, breakIt, mendIt }) => {
    const bytes = randomBytes(2000)
    const { key } = await store.put(stream(bytes), big)
    async function* breaking() {
      for (let at = 0; at < 20; at++) {
        yield randomBytes(100_000)
        if (at === 15) await breakIt()
      }
    }
    await assert.rejects(store.put(breaking(), big))
    await mendIt()
    await store.tidy(Date.now() + 60_000, signal)
    assert.equal(await store.tidy(Date.now() + 60_000, signal), 0)
    assert.deepEqual(await keysOf(store), [key])
    assert.equal((await get(store, key)).equals(bytes), true)
  })

  withStore('a writer that is at it is left alone by a tidying that looks for older ones', async ({ store }) => {
    const bytes = randomBytes(1_200_000)
    async function* tidied() {
      for await (const chunk of stream(bytes, 400_000)) {
        yield chunk
        await store.tidy(Date.now() - 60_000, signal)
      }
    }
    const { key } = await store.put(tidied(), big)
    assert.equal((await get(store, key)).equals(bytes), true)
  })

  withStore(
    'a place that breaks while a blob is read gives all of it or an error, never a part as the whole',
    async ({ store, breakIt, mendIt }) => {
      const bytes = randomBytes(3_000_001)
      const { key } = await store.put(stream(bytes), big)
      for (const range of [undefined, { start: 10, end: 2_900_000 }]) {
        const body = (await store.get(key, { range, signal }))[Symbol.asyncIterator]()
        const first = await body.next()
        assert.equal(first.done, false)
        await breakIt()
        const rest = { [Symbol.asyncIterator]: () => body }
        const outcome = await gather(rest).catch((error: unknown) => error)
        await mendIt()
        const wanted = range ? bytes.subarray(range.start, range.end) : bytes
        if (outcome instanceof Buffer)
          assert.equal(Buffer.concat([first.value as Uint8Array, outcome]).equals(wanted), true)
        else assert.ok(isFailure(outcome, 'unavailable', 'blobMissing'), String(outcome))
        assert.equal((await get(store, key, range)).equals(wanted), true)
      }
    },
  )

  withStore(
    'of many writes during which the place breaks and comes back, each acknowledged one is there, whole',
    async ({ store, breakIt, mendIt }) => {
      const blobs = Array.from({ length: 24 }, (_, at) => randomBytes(at % 3 === 0 ? 700_000 : 5_000))
      const acknowledged: StoredBlob[] = []
      const outcomes: unknown[] = []
      const worker = async (first: number) => {
        for (let at = first; at < blobs.length; at += 4) {
          const bytes = blobs[at] as Buffer
          await store.put(stream(bytes), big).then(
            (stored) => acknowledged.push(stored),
            (error) => outcomes.push(error),
          )
          if (at === 9) await breakIt()
          if (at === 17) await mendIt()
        }
      }
      await Promise.all([0, 1, 2, 3].map(worker))
      for (const error of outcomes) assert.ok(isFailure(error, 'unavailable'), String(error))
      assert.ok(acknowledged.length > 0)
      const whole = new Map(blobs.map((bytes) => [keyOf(bytes), bytes]))
      for (const { key } of acknowledged)
        assert.equal((await get(store, key)).equals(whole.get(key) as Buffer), true, key)
      for (const key of await keysOf(store)) assert.ok(whole.has(key), 'nothing that was not sent whole')
    },
  )

  withStore('a listing by prefix is the part of the whole one, and tells the sizes', async ({ store }) => {
    const sizes = new Map<string, number>()
    for (let size = 1; size <= 12; size++) sizes.set((await store.put(stream(randomBytes(size)), big)).key, size)
    const keys = await keysOf(store)
    assert.deepEqual(keys, [...sizes.keys()].sort())
    for (const length of [1, 2, 3, 64]) {
      const prefix = (keys[0] as string).slice(0, length)
      const listed = await Array.fromAsync(store.list(signal, prefix))
      assert.deepEqual(
        listed.map(({ key }) => key).sort(),
        keys.filter((key) => key.startsWith(prefix)),
      )
      for (const { key, size, modifiedAt } of listed) {
        assert.equal(size, sizes.get(key))
        assert.ok(Math.abs(modifiedAt - Date.now()) < 600_000)
      }
    }
  })
}
