// Bytes by their id, wherever they lie: messages and their parts, uploads (both by domain/mail's blobs), and where a message's bytes
// are found (RFC 9404 §4.3).

import type { Blobs } from '#fronts/jmap/blobs.ts'
import type { Domains } from './domains.ts'

export function openBlobs({ mail }: Pick<Domains, 'mail'>): Blobs {
  return {
    stat: (caller, blobId) => mail.blobs.stat(caller, blobId),
    open: (caller, blobId, range) => mail.blobs.open(caller, blobId, range),
    lookup: (caller, blobIds, typeNames) => mail.blobs.lookup(caller, blobIds, typeNames),
  }
}
