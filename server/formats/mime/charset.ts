// Octets in a named charset as text. Never throws: what cannot be decoded becomes U+FFFD, and the caller is told.
// WHATWG's TextDecoder comes first, since browsers agree with it; iconv-lite knows what it leaves out (UTF-7, IBM code pages).

import iconv from 'iconv-lite'

export interface DecodedText {
  readonly text: string
  /** Malformed octets were met, or the charset is unknown (RFC 8621 §4.1.4: isEncodingProblem). */
  readonly isProblem: boolean
}

type Decoder = (bytes: Uint8Array) => DecodedText

/** Names that mean «us-ascii, or the sender did not know». */
const ascii =
  /^(us-?ascii|ascii|ansi_x3\.4-19(68|86)|iso-ir-6|iso_?646\.(irv:1991|us)|iso646-us|cp367|ibm367|csascii|us)$/
const decoders = new Map<string, Decoder | null>()
const MAX_REMEMBERED = 200

function makeDecoder(label: string): Decoder | null {
  // UTF-16 without an end named is big-endian unless a BOM says otherwise (RFC 2781 §4.3); WHATWG says little.
  if (label !== 'utf-16' && label !== 'utf-7') {
    try {
      const strict = new TextDecoder(label, { fatal: true })
      const lenient = new TextDecoder(label)
      return (bytes) => {
        try {
          return { text: strict.decode(bytes), isProblem: false }
        } catch {
          return { text: lenient.decode(bytes), isProblem: true }
        }
      }
    } catch {
      // Not one of WHATWG's.
    }
  }
  const name = label === 'utf-16' ? 'utf-16be' : label
  if (!iconv.encodingExists(name) || /^(base64|hex|binary|ucs2internal)$/.test(label)) return null
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const littleEndian = label === 'utf-16' && buffer[0] === 0xff && buffer[1] === 0xfe
    const text = iconv.decode(buffer, littleEndian ? 'utf-16le' : name)
    return { text, isProblem: text.includes('\ufffd') }
  }
}

function findDecoder(label: string): Decoder | null {
  const known = decoders.get(label)
  if (known !== undefined) return known
  const decoder = makeDecoder(label)
  // Labels come from messages: what is remembered is bounded.
  if (decoders.size < MAX_REMEMBERED) decoders.set(label, decoder)
  return decoder
}

function normalise(charset: string): string {
  return charset
    .trim()
    .toLowerCase()
    .replace(/^["']+|["']+$/g, '')
    .replace(/^x-(?=(utf|iso|windows|cp)-?\d)/, '')
    .replace(/^unicode-1-1-utf-(7|8)$/, 'utf-$1')
    .replace(/^utf([78])$/, 'utf-$1')
    .replace(/^cp-?(125\d|874)$/, 'windows-$1')
}

/** Whether text in this charset can be decoded. */
export function isKnownCharset(charset: string): boolean {
  const label = normalise(charset)
  return ascii.test(label) || findDecoder(label) !== null
}

/** Octets of unknown origin: UTF-8 where they are valid UTF-8, else windows-1252. `isProblem` is true in the latter case. */
export function guessText(bytes: Uint8Array): DecodedText {
  const utf8 = findDecoder('utf-8')?.(bytes)
  if (utf8 && !utf8.isProblem) return utf8
  return { text: findDecoder('windows-1252')?.(bytes).text ?? '', isProblem: true }
}

/** Null stands for the implicit charset of MIME, us-ascii (RFC 2045 §5.2), in which 8-bit octets are guessed. */
export function decodeCharset(bytes: Uint8Array, charset: string | null): DecodedText {
  const label = normalise(charset ?? '')
  if (label === '' || ascii.test(label)) return guessText(bytes)
  const decoder = findDecoder(label)
  if (decoder) return decoder(bytes)
  return { text: guessText(bytes).text, isProblem: true }
}
