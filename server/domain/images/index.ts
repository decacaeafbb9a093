// Pictures that a message refers to on the web, fetched for its reader so that the sender does not see him. Two rules:
// a URL is fetched only for the account that it was signed for, so that nobody can make a signed-in person's browser use us as
// a relay; and only bytes that are a raster image come back, whatever the far end calls them. The signature is an HMAC over
// account and URL with a key of the cluster: any node checks what another signed, and nothing is stored.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { KeyRing } from '#core/seal.ts'
import type { RemoteFetch } from '#ports/remote-fetch.ts'
import { imageType, sniffedBytes } from './image-type.ts'

export interface ImagesDeps {
  readonly fetch: Pick<RemoteFetch, 'get'>
  /** Any node checks what another signed, with whichever key of the ring. */
  readonly ring: Pick<KeyRing, 'sign' | 'verify'>
}

export interface RemoteImage {
  readonly type: string
  readonly body: AsyncIterable<Uint8Array>
}

export interface Images {
  /** One signature for each URL, in order. Says nothing of whether the URL may be fetched. */
  sign(caller: Pick<Caller, 'account'>, urls: readonly string[]): readonly string[]
  /** `forbidden` for a wrong signature; what RemoteFetch throws; `unsupported` for what is no image. */
  load(caller: Pick<Caller, 'account' | 'signal'>, url: string, signature: string): Promise<RemoteImage>
}

const accept = 'image/avif,image/webp,image/png,image/jpeg,image/gif,image/bmp'

const purpose = 'image-url'
// The account id holds no NUL (RFC 8620 §1.2), so that no other pair gives the same octets.
const signed = (account: string, url: string) => `${account}\0${url}`

export function openImages({ fetch, ring }: ImagesDeps): Images {
  return {
    sign: (caller, urls) => urls.map((url) => ring.sign(purpose, signed(caller.account, url))),

    async load(caller, url, signature) {
      if (!ring.verify(purpose, signed(caller.account, url), signature)) {
        throw new Failure('forbidden', { reason: 'image signature' })
      }
      return await sniffed(await fetch.get(url, accept, caller.signal))
    },
  }
}

/** Reads as far as the type shows, then gives back the whole. */
async function sniffed(body: AsyncIterable<Uint8Array>): Promise<RemoteImage> {
  const rest = body[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.byteLength < sniffedBytes) {
    const next = await rest.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  const type = imageType(head)
  if (!type) {
    await rest.return?.()
    throw new Failure('unsupported', { reason: 'no raster image' })
  }
  return { type, body: joined(head, rest) }
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
