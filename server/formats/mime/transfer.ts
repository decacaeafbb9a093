// Content-Transfer-Encoding undone: RFC 2045 §6, and uuencode as an encoding. Push decoders, so that a stream and a whole
// buffer go the same way; malformed input is passed over, told by `isProblem`, and never ends the decoding.

export interface TransferDecoder {
  push(chunk: Uint8Array): Uint8Array
  end(): Uint8Array
  /** Malformed input was met so far, or the encoding is unknown. */
  readonly isProblem: boolean
}

const nothing = new Uint8Array(0)

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const sextets = new Int8Array(256).fill(-1)
for (const [value, char] of [...alphabet].entries()) sextets[char.charCodeAt(0)] = value

/** RFC 2045 §6.8: what is not of the alphabet is skipped. Padding ends a quantum, so that joined base64 texts decode too. */
function base64Decoder(): TransferDecoder {
  let held = 0
  let count = 0
  let isProblem = false
  /** Takes back the characters of the quantum begun. */
  const heldText = () => {
    let text = ''
    for (; count > 0; count--) text += alphabet[(held >> (6 * (count - 1))) & 0x3f]
    held = 0
    return text
  }
  return {
    push(chunk) {
      // Nothing but the alphabet and line ends, as nearly all is: Node's own decoder, several times as fast.
      if (chunk.length > 256) {
        const text = asBuffer(chunk).toString('latin1')
        if (/^[A-Za-z0-9+/\r\n]*$/.test(text)) {
          const characters = heldText() + text.replace(/[\r\n]+/g, '')
          const whole = characters.length - (characters.length % 4)
          for (let at = whole; at < characters.length; at++) {
            held = (held << 6) | sextets[characters.charCodeAt(at)]!
            count++
          }
          return Buffer.from(characters.slice(0, whole), 'base64')
        }
      }
      const out = Buffer.allocUnsafe(Math.ceil(((chunk.length + count) * 3) / 4) + 3)
      let length = 0
      const flush = () => {
        if (count === 1) isProblem = true
        if (count >= 2) out[length++] = (held >> (count === 2 ? 4 : 10)) & 0xff
        if (count === 3) out[length++] = (held >> 2) & 0xff
        held = count = 0
      }
      for (let at = 0; at < chunk.length; at++) {
        const octet = chunk[at]!
        const value = sextets[octet]!
        if (value >= 0) {
          held = (held << 6) | value
          if (++count === 4) {
            out[length++] = (held >> 16) & 0xff
            out[length++] = (held >> 8) & 0xff
            out[length++] = held & 0xff
            held = count = 0
          }
        } else if (octet === 0x3d) flush()
        else if (octet > 0x20) isProblem = true
      }
      return out.subarray(0, length)
    },
    end() {
      if (count === 0) return nothing
      if (count === 1) isProblem = true
      const out = Buffer.from([(held >> (count === 2 ? 4 : 10)) & 0xff, (held >> 2) & 0xff])
      const rest = out.subarray(0, Math.max(0, count - 1))
      held = count = 0
      return rest
    },
    get isProblem() {
      return isProblem
    },
  }
}

const hexValue = (octet: number | undefined): number => {
  if (octet === undefined) return -1
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const upper = octet & 0xdf
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1
}

/** RFC 2045 §6.7, line by line: white space at a line's end goes (rule 3), a false escape stays as it stands. */
function quotedPrintableDecoder(): TransferDecoder {
  let carry: Buffer = Buffer.alloc(0)
  let isProblem = false
  const MAX_LINE = 64 * 1024

  const decodeLine = (line: Buffer, out: Buffer, from: number): number => {
    let length = from
    let end = line.length
    let newline = 0
    if (line[end - 1] === 0x0a) {
      newline = line[end - 2] === 0x0d ? 2 : 1
      end -= newline
      while (end > 0 && (line[end - 1] === 0x20 || line[end - 1] === 0x09)) end--
    }
    const isSoft = newline > 0 && line[end - 1] === 0x3d
    if (isSoft) end--
    for (let at = 0; at < end; at++) {
      const octet = line[at]!
      if (octet !== 0x3d) {
        out[length++] = octet
        continue
      }
      const high = hexValue(line[at + 1])
      const low = hexValue(line[at + 2])
      if (high >= 0 && low >= 0 && at + 2 < end) {
        out[length++] = high * 16 + low
        at += 2
      } else {
        isProblem = true
        out[length++] = octet
      }
    }
    if (newline > 0 && !isSoft) {
      if (newline === 2) out[length++] = 0x0d
      out[length++] = 0x0a
    }
    return length
  }

  return {
    push(chunk) {
      const bytes = carry.length > 0 ? Buffer.concat([carry, chunk]) : asBuffer(chunk)
      const out = Buffer.allocUnsafe(bytes.length)
      let length = 0
      let at = 0
      for (;;) {
        const newline = bytes.indexOf(0x0a, at)
        if (newline < 0) break
        length = decodeLine(bytes.subarray(at, newline + 1), out, length)
        at = newline + 1
      }
      // An endless line must not gather in memory: it is cut where no escape and no white space can be split.
      if (bytes.length - at > MAX_LINE) {
        let cut = bytes.length
        while (cut > at && [0x20, 0x09, 0x0d].includes(bytes[cut - 1]!)) cut--
        if (bytes[cut - 1] === 0x3d) cut -= 1
        else if (bytes[cut - 2] === 0x3d) cut -= 2
        if (cut > at) {
          length = decodeLine(bytes.subarray(at, cut), out, length)
          at = cut
        }
      }
      carry = Buffer.from(bytes.subarray(at))
      return out.subarray(0, length)
    },
    end() {
      let rest = carry
      carry = Buffer.alloc(0)
      let end = rest.length
      while (end > 0 && [0x20, 0x09, 0x0d].includes(rest[end - 1]!)) end--
      // A soft line break at the very end.
      if (rest[end - 1] === 0x3d) end--
      rest = rest.subarray(0, end)
      const out = Buffer.allocUnsafe(rest.length)
      return out.subarray(0, decodeLine(rest, out, 0))
    },
    get isProblem() {
      return isProblem
    },
  }
}

/** `begin`, lines, `end`: only what stands between is data. */
function uuDecoder(): TransferDecoder {
  let carry = ''
  let state: 'before' | 'inside' | 'after' = 'before'
  let isProblem = false
  const decodeLines = (lines: readonly string[]): Uint8Array => {
    const out: Buffer[] = []
    for (const raw of lines) {
      const line = raw.replace(/\r$/, '')
      if (state === 'before') {
        if (/^begin(-base64)? [0-7]{3,4} /.test(line)) state = 'inside'
      } else if (state === 'inside') {
        if (/^end\s*$/.test(line)) state = 'after'
        else out.push(decodeUuLine(line))
      }
    }
    return Buffer.concat(out)
  }
  return {
    push(chunk) {
      const lines = (carry + asBuffer(chunk).toString('latin1')).split('\n')
      carry = lines.pop() ?? ''
      // A data line has at most 61 characters.
      if (carry.length > 1024) {
        carry = ''
        isProblem = true
      }
      return decodeLines(lines)
    },
    end() {
      const rest = decodeLines([carry])
      carry = ''
      if (state !== 'after') isProblem = true
      return rest
    },
    get isProblem() {
      return isProblem
    },
  }
}

/** One line of uuencoded data (POSIX uuencode): its first character tells how many octets it holds. */
export function decodeUuLine(line: string): Buffer {
  const value = (at: number) => ((at < line.length ? line.charCodeAt(at) : 0x20) - 0x20) & 0x3f
  const size = line === '' ? 0 : value(0)
  const out = Buffer.alloc(size)
  for (let at = 1, length = 0; length < size; at += 4) {
    const group = (value(at) << 18) | (value(at + 1) << 12) | (value(at + 2) << 6) | value(at + 3)
    out[length++] = (group >> 16) & 0xff
    if (length < size) out[length++] = (group >> 8) & 0xff
    if (length < size) out[length++] = group & 0xff
  }
  return out
}

function identityDecoder(isProblem: boolean): TransferDecoder {
  return { push: (chunk) => chunk, end: () => nothing, isProblem }
}

/** RFC 2045 §6.4: content in an unknown encoding stays as it is. */
export function openTransferDecoder(encoding: string): TransferDecoder {
  switch (encoding) {
    case 'base64':
      return base64Decoder()
    case 'quoted-printable':
      return quotedPrintableDecoder()
    case 'x-uuencode':
    case 'x-uue':
    case 'uuencode':
      return uuDecoder()
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return identityDecoder(false)
    default:
      return identityDecoder(true)
  }
}

export interface DecodedTransfer {
  readonly bytes: Uint8Array
  readonly isProblem: boolean
}

export function decodeTransfer(bytes: Uint8Array, encoding: string): DecodedTransfer {
  const decoder = openTransferDecoder(encoding)
  const head = decoder.push(bytes)
  const tail = decoder.end()
  return { bytes: tail.length > 0 ? Buffer.concat([head, tail]) : head, isProblem: decoder.isProblem }
}

export async function* decodeTransferStream(
  source: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  const decoder = openTransferDecoder(encoding)
  for await (const chunk of source) {
    const bytes = decoder.push(chunk)
    if (bytes.length > 0) yield bytes
  }
  const rest = decoder.end()
  if (rest.length > 0) yield rest
}
