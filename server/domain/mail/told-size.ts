// Which part's size after decoding the mail server is asked for, and when its answer is believed. A size must be that of the download,
// to the octet; servers err. So the encoded size must bear out the answer, and all else is counted by decoding.

import { type MimePart, walkParts } from '#formats/mime/mime-part.ts'

/**
 * A smaller part is counted as fast as it is asked for; and in so many octets the numbers of lines differ so much by their length that no
 * size bears out two.
 */
const minAskedBytes = 64 * 1024

/** Line lengths that are written: RFC 2045 §6.8 allows up to 76. */
const lineLengths = [76, 72, 64, 60]

export function isEncoded(part: MimePart): boolean {
  return /^(base64|quoted-printable|x-uuencode|x-uue|uuencode)$/.test(part.encoding)
}

/**
 * The one part that is worth asking for: base64 in even lines, and more than all the other encoded parts together, as the server may
 * decode all for an answer (Dovecot). Null when there is none.
 */
export function partToAskFor(root: MimePart): MimePart | null {
  const encoded: MimePart[] = []
  for (const part of walkParts(root)) {
    if (!part.children && (isEncoded(part) || mayHoldParts(part))) encoded.push(part)
  }
  // quirk(dovecot 2.3): BINARY.SIZE is short by what the next encoded part shrinks by, even one inside an embedded message.
  const last = encoded.pop()
  if (last?.encoding !== 'base64' || mayHoldParts(last) || last.encodedSize < minAskedBytes) return null
  const others = encoded.reduce((sum, part) => sum + part.encodedSize, 0)
  return others < last.encodedSize && charactersIn(last.encodedSize).length > 0 ? last : null
}

const mayHoldParts = (part: MimePart) => part.type.startsWith('message/')

/** Whether clean base64 of so many octets, in even lines, takes up just the encoded size. */
export function isBorneOut(encodedSize: number, decodedSize: number): boolean {
  return charactersIn(encodedSize).includes(Math.ceil(decodedSize / 3) * 4)
}

/** How many characters of base64 there may be in so many octets of even lines, the last of which may lack its line end. */
function charactersIn(encodedSize: number): readonly number[] {
  return lineLengths.flatMap((length) => {
    const lines = Math.floor(encodedSize / (length + 2))
    const rest = encodedSize % (length + 2)
    return [rest, rest - 2]
      .filter((last) => last >= 0 && last <= length && last % 4 === 0)
      .map((last) => lines * length + last)
  })
}
