// What an image is by its first bytes. Raster formats alone: SVG is a document, and runs scripts where it is opened.

const magics: readonly (readonly [type: string, offset: number, bytes: string])[] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF87a'],
  ['image/gif', 0, 'GIF89a'],
  ['image/bmp', 0, 'BM'],
  ['image/avif', 4, 'ftypavif'],
  ['image/avif', 4, 'ftypavis'],
]

/** As many bytes as `imageType` needs to see. */
export const sniffedBytes = 16

/** The media type, or null when the bytes are no image that we show. */
export function imageType(head: Uint8Array): string | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, sniffedBytes)).toString('latin1')
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'image/webp'
  return magics.find(([, offset, bytes]) => text.startsWith(bytes, offset))?.[0] ?? null
}
