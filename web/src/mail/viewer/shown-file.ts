// What can be shown of an attachment, by its type, or by its name's ending where the type says nothing. A stranger chose both: they decide
// which of our views opens it, and no view runs anything.

import type { MessagePart } from '../read/load-message.ts'

/** `drawing`: SVG, shown as a picture alone. `other`: offered as a download. */
export type FileKind = 'picture' | 'drawing' | 'pdf' | 'text' | 'audio' | 'video' | 'other'

export interface ShownFile {
  /** Of the part: no two in a message are one. */
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly charset: string | null
  readonly url: string
  readonly kind: FileKind
}

/** Text is shown up to a limit of its own (text-view.tsx); sound and film are streamed. */
const maxBytes: Partial<Record<FileKind, number>> = { picture: 50_000_000, drawing: 2_000_000, pdf: 100_000_000 }

export function isTooLarge({ kind, size }: Pick<ShownFile, 'kind' | 'size'>): boolean {
  return size > (maxBytes[kind] ?? Number.POSITIVE_INFINITY)
}

const kinds: readonly (readonly [RegExp, FileKind])[] = [
  [/^image\/(?:png|jpe?g|pjpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)$/, 'picture'],
  [/^image\/svg\+xml$/, 'drawing'],
  [/^application\/(?:x-)?pdf$/, 'pdf'],
  [/^text\/|^application\/(?:json|xml|javascript|x-sh|x-yaml|yaml|sql|toml)$|^application\/.+\+(?:json|xml)$/, 'text'],
  [/^audio\//, 'audio'],
  [/^video\//, 'video'],
]

/** Types that programs give when they do not know. */
const isUnknown = /^(?:application\/(?:octet-stream|x-download|download|force-download|binary|unknown)|)$/

const byEnding: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  xml: 'application/xml',
  html: 'text/html',
  ics: 'text/calendar',
  vcf: 'text/vcard',
  patch: 'text/x-diff',
  diff: 'text/x-diff',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
}

export function lookAt({ type, name }: Pick<MessagePart, 'type' | 'name'>): Pick<ShownFile, 'type' | 'kind'> {
  const told = type.toLowerCase()
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1]?.toLowerCase() ?? ''
  const meant = isUnknown.test(told) && Object.hasOwn(byEnding, ending) ? byEnding[ending]! : told
  return { type: meant, kind: kinds.find(([pattern]) => pattern.test(meant))?.[1] ?? 'other' }
}
