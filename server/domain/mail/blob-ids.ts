// Names of bytes that lie in mail: `m` + email id is a raw message, `p` + email id + `_` + section one of its parts, decoded; `q` + upload
// + `_` + section a part of an uploaded message. Sections have `-` for `.`, which no Id may hold; `-f0` after one is the first file inside
// that part (formats/mime/contained-files.ts). `b…` is domain/uploads' own.

import type { BlobId, EmailId } from '#shared/ids.ts'

export type BlobAddress =
  | { readonly kind: 'message'; readonly emailId: EmailId }
  | { readonly kind: 'part'; readonly emailId: EmailId; readonly section: string }
  | { readonly kind: 'upload'; readonly blobId: BlobId }
  | { readonly kind: 'uploadPart'; readonly blobId: BlobId; readonly section: string }

export const messageBlobId = (emailId: EmailId): BlobId => `m${emailId}`

const sectionText = (section: string) => section.replaceAll('.', '-')

export const partBlobId = (emailId: EmailId, section: string): BlobId => `p${emailId}_${sectionText(section)}`

/** The id of a part of the message that `blobId` names, or null where parts of it cannot be named. */
export function partOfBlob(blobId: BlobId, section: string): BlobId | null {
  const address = parseBlobId(blobId)
  switch (address?.kind) {
    case 'message':
      return partBlobId(address.emailId, section)
    case 'upload':
      return `q${blobId.slice(1)}_${sectionText(section)}`
    case 'part':
    case 'uploadPart':
      // The parser numbers the inside of an embedded message below the part that holds it.
      return `${blobId.slice(0, blobId.lastIndexOf('_'))}_${sectionText(section)}`
    default:
      return null
  }
}

export function parseBlobId(blobId: BlobId): BlobAddress | null {
  const rest = blobId.slice(1)
  const split = /^(.+)_(\d+(?:-\d+)*(?:-f\d+)?)$/.exec(rest)
  const section = split?.[2]?.replaceAll('-', '.') ?? ''
  switch (blobId[0]) {
    case 'm':
      return rest === '' ? null : { kind: 'message', emailId: rest }
    case 'p':
      return split ? { kind: 'part', emailId: split[1]!, section } : null
    case 'b':
      return { kind: 'upload', blobId }
    case 'q':
      return split ? { kind: 'uploadPart', blobId: `b${split[1]}`, section } : null
    default:
      return null
  }
}
