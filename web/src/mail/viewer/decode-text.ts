// The octets of a text file as text: by its byte order mark, by the charset that its part names, else as UTF-8 where it is that, and as
// windows-1252, which reads anything, where it is not.

const marks: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
]

/** @param isCut whether the octets are a beginning alone: its last character may be broken */
export function decodeText(bytes: Uint8Array, charset: string | null, isCut: boolean): string {
  const mark = marks.find(([octets]) => octets.every((octet, at) => bytes[at] === octet))?.[1]
  const told = charset?.trim().toLowerCase() ?? ''
  // US-ASCII is what a part without a charset is called (RFC 2045 §5.2), and what programs claim of anything.
  const known = mark ?? (/^(?:|us-ascii|ascii|unknown-8bit|x-unknown|binary)$/.test(told) ? null : told)
  const decoder = (known && decoderOf(known)) || null
  if (decoder) return decoder.decode(bytes, { stream: isCut })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

function decoderOf(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label)
  } catch {
    return null
  }
}
