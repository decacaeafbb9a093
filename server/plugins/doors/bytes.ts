// The hooks around bytes: uploads, downloads, pictures from the web. What has arrived is looked at inside domain/uploads (`inspect`),
// before it has an id that works.

import type { Images } from '#domain/images/index.ts'
import type { MailBlobs } from '#domain/mail/index.ts'
import type { Uploads } from '#domain/uploads/index.ts'
import type { Hooks } from '#ports/hooks.ts'
import { withHooks } from './listening.ts'

export function uploadsWithHooks(uploads: Uploads, hooks: Hooks): Uploads {
  return withHooks(hooks, uploads, [
    {
      on: ['upload.begin'],
      put: {
        async put(caller, upload) {
          const { type, maxBytes } = await hooks.ask(
            'upload.begin',
            { type: upload.type, maxBytes: upload.maxBytes },
            caller,
          )
          // A plugin may lower the limit, never lift it.
          return uploads.put(caller, { ...upload, type, maxBytes: Math.min(maxBytes, upload.maxBytes) })
        },
      },
    },
  ])
}

/** For what goes to clients; what a message is made of is not a download. */
export function blobsWithHooks<Blobs extends Pick<MailBlobs, 'open'>>(blobs: Blobs, hooks: Hooks): Blobs {
  if (!hooks.listens('blob.download')) return blobs
  return {
    ...blobs,
    async open(...[caller, blobId, range]: Parameters<MailBlobs['open']>) {
      await hooks.ask('blob.download', { blobId }, caller)
      return blobs.open(caller, blobId, range)
    },
  }
}

export function imagesWithHooks(images: Images, hooks: Hooks): Images {
  return withHooks(hooks, images, [
    {
      on: ['image.load'],
      put: {
        async load(caller, url, signature) {
          await hooks.ask('image.load', { url }, personOf(caller))
          return images.load(caller, url, signature)
        },
      },
    },
  ])
}

type ImageCaller = Parameters<Images['load']>[0]

/** The proxy's caller is an account and a signal; more is not needed, nor there. */
function personOf({ account, signal }: ImageCaller) {
  return {
    account,
    address: '',
    credential: { kind: 'password', username: '', password: '' } as const,
    session: null,
    position: null,
    signal,
    requestId: 'image',
  }
}
