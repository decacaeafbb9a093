import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { openKeyRing } from '#core/seal.ts'
import { openImages } from './index.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(40, 7)])
const caller = (account: string) => ({ account, signal: new AbortController().signal })

const key = (id: string) => ({ id, key: Buffer.alloc(32, id.charCodeAt(0)) })

function open(chunks: readonly Uint8Array[], keys = [key('k1')]) {
  const fetched: string[] = []
  const state = { abandoned: false }
  const images = openImages({
    ring: openKeyRing(keys),
    fetch: {
      async get(url) {
        fetched.push(url)
        async function* body() {
          try {
            yield* chunks
          } finally {
            state.abandoned = true
          }
        }
        return body()
      },
    },
  })
  return { images, fetched, state }
}

const url = 'https://example.com/a.png'

test('an image signed for an account is loaded for it, byte for byte, however it was cut', async () => {
  const { images } = open([png.subarray(0, 3), png.subarray(3, 9), png.subarray(9)])
  const [signature] = images.sign(caller('a'), [url])
  const image = await images.load(caller('a'), url, signature!)
  assert.equal(image.type, 'image/png')
  assert.deepEqual(Buffer.concat(await Array.fromAsync(image.body)), png)
})

test('a signature holds for its account and its URL alone', async () => {
  const { images, fetched } = open([png])
  const [signature] = images.sign(caller('a'), [url])
  for (const [account, address, given] of [
    ['b', url, signature],
    ['a', `${url}?`, signature],
    ['a', url, ''],
    ['a', url, `${signature}x`],
    ['a', url, 'ä'.repeat(20)],
  ] as const) {
    await assert.rejects(images.load(caller(account), address, given!), { code: 'forbidden' })
  }
  assert.deepEqual(fetched, [])
})

test('while the keys are rotated, each node takes what the others signed', async () => {
  const before = open([png], [key('k1'), key('n2')])
  const after = open([png], [key('n2'), key('k1')])
  for (const [signer, loader] of [
    [before, after],
    [after, before],
  ] as const) {
    const [signature] = signer.images.sign(caller('a'), [url])
    assert.equal((await loader.images.load(caller('a'), url, signature as string)).type, 'image/png')
  }
})

test('what is no raster image is refused and its connection let go', async () => {
  for (const bytes of [
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '<html><script>',
    '',
    'GIF8',
    '%PDF-1.7',
    'RIFFxxxxWAVE',
  ]) {
    const { images, state } = open([Buffer.from(bytes)])
    const [signature] = images.sign(caller('a'), [url])
    await assert.rejects(
      images.load(caller('a'), url, signature!),
      (error) => error instanceof Failure && error.code === 'unsupported',
    )
    assert.equal(state.abandoned, true)
  }
})

test('the type told is that of the bytes', async () => {
  const { images } = open([Buffer.from('GIF89a.............')])
  const [signature] = images.sign(caller('a'), [url])
  assert.equal((await images.load(caller('a'), url, signature!)).type, 'image/gif')
})
