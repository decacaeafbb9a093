// RFC 2047 encoded words, decoded where the RFC allows them to stand and nowhere else; and encoded for what we write.

import { decodeCharset, isKnownCharset } from './charset.ts'

interface EncodedWord {
  readonly charset: string
  readonly bytes: Uint8Array
}

/** RFC 2047 §2, with the language of RFC 2231 §5. No white space inside, or it is none. */
const encodedWord = /^=\?([^\s?*()<>@,;:"/[\]=]+)(?:\*[^\s?]*)?\?([bq])\?([^\s?]*)\?=$/i

function parseEncodedWord(token: string): EncodedWord | null {
  if (!token.startsWith('=?') || !token.endsWith('?=')) return null
  const match = encodedWord.exec(token)
  if (!match) return null
  const [, charset = '', encoding = '', text = ''] = match
  // RFC 8621 §4.1.2.2: only a known charset is decoded.
  if (!isKnownCharset(charset)) return null
  return { charset: charset.toLowerCase(), bytes: /b/i.test(encoding) ? Buffer.from(text, 'base64') : decodeQ(text) }
}

function decodeQ(text: string): Uint8Array {
  const bytes = Buffer.alloc(Buffer.byteLength(text))
  let length = 0
  const source = Buffer.from(text)
  for (let i = 0; i < source.length; i++) {
    const octet = source[i]!
    const hex = octet === 0x3d ? source.toString('latin1', i + 1, i + 3) : ''
    if (hex.length === 2 && /^[0-9a-f]{2}$/i.test(hex)) {
      bytes[length++] = Number.parseInt(hex, 16)
      i += 2
    } else bytes[length++] = octet === 0x5f ? 0x20 : octet
  }
  return bytes.subarray(0, length)
}

/** RFC 8621 §4.1.2.2: NULs and control characters that came encoded are dropped. */
function dropControls(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, '')
}

/** Each word begins anew in these (RFC 2047 §3): joined, they would show the escapes between. */
const stateful = /^(iso-2022|hz|utf-7)/

/**
 * Decodes the words of unstructured text or of one comment or phrase: each encoded word must stand between white space or at
 * an end (RFC 2047 §5), and white space between two of them vanishes (§6.2). Linear in the length.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text
  let out = ''
  let pending: EncodedWord[] = []
  let gap = ''
  const flush = () => {
    if (pending.length === 0) return
    // Neighbours in one charset are joined first: many senders cut inside a character.
    out += dropControls(decodeCharset(Buffer.concat(pending.map((word) => word.bytes)), pending[0]!.charset).text)
    pending = []
  }
  for (const token of text.split(/([ \t\r\n]+)/)) {
    if (token === '') continue
    if (/^[ \t\r\n]/.test(token)) {
      gap = token
      continue
    }
    const word = parseEncodedWord(token)
    if (word) {
      if (pending.length === 0) out += gap
      else if (pending[0]!.charset !== word.charset || stateful.test(word.charset)) flush()
      pending.push(word)
    } else {
      flush()
      out += gap + token
    }
    gap = ''
  }
  flush()
  return out + gap
}

/** RFC 2047 §2: at most 75 characters a word; 45 octets in base64 make 60, with room for the frame. */
const MAX_WORD_OCTETS = 45

/** UTF-8 text as encoded words, cut between characters, joined by single spaces (which the reader drops). */
export function encodeWords(text: string): string {
  const words: string[] = []
  let chunk = ''
  let octets = 0
  for (const character of text) {
    const size = Buffer.byteLength(character)
    if (octets + size > MAX_WORD_OCTETS) {
      words.push(chunk)
      chunk = ''
      octets = 0
    }
    chunk += character
    octets += size
  }
  if (chunk !== '') words.push(chunk)
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ')
}
