// Files inside a part that MIME knows nothing of: those of a winmail.dat (TNEF, MS-OXTNEF §2) and those uuencoded in plain text.
// Bounded and without recursion; what is broken ends the list, and never throws. The part itself stays as it is.

import { decodeCharset } from './charset.ts'
import { latin1 } from './header-fields.ts'
import { decodeUuLine } from './transfer.ts'

export interface ContainedFile {
  readonly name: string
  /** Media type as told inside, else application/octet-stream. */
  readonly type: string
  readonly bytes: Uint8Array
}

const MAX_FILES = 200

/** Whether a part may hold files; reading them is then worth its bytes. */
export function mayContainFiles(part: { readonly type: string; readonly name: string | null }): boolean {
  return (
    /^application\/(ms-tnef|vnd\.ms-tnef)$/.test(part.type) ||
    /^winmail\.dat$/i.test(part.name ?? '') ||
    part.type === 'text/plain'
  )
}

export function containedFiles(bytes: Uint8Array, type: string): readonly ContainedFile[] {
  return type === 'text/plain' ? uuencodedFiles(bytes) : tnefFiles(bytes)
}

function uuencodedFiles(bytes: Uint8Array): readonly ContainedFile[] {
  const files: ContainedFile[] = []
  let name: string | null = null
  let lines: Buffer[] = []
  if (!/^begin [0-7]{3,4} \S/m.test(latin1(bytes))) return files
  for (const line of latin1(bytes).split(/\r?\n/)) {
    const begin = /^begin [0-7]{3,4} (\S.{0,254})$/.exec(line)
    if (begin && name === null) {
      name = begin[1]!
      lines = []
    } else if (name !== null && /^end\s*$/.test(line)) {
      const decoded = decodeCharset(Buffer.from(name, 'latin1'), null).text
      files.push({ name: cleanName(decoded), type: 'application/octet-stream', bytes: Buffer.concat(lines) })
      name = null
      if (files.length >= MAX_FILES) break
    } else if (name !== null) lines.push(decodeUuLine(line))
  }
  return files
}

const cleanName = (name: string) => name.replace(/[\x00-\x1f\x7f/\\]/g, '').trim() || 'file'

const SIGNATURE = 0x223e9f78
/** MS-OXTNEF §2.1.3.3: attribute ids. */
const RENDER_DATA = 0x9002
const TITLE = 0x8010
const DATA = 0x800f
const PROPERTIES = 0x9005
const CODE_PAGE = 0x9007
/** MS-OXPROPS. */
const LONG_FILENAME = 0x3707
const MIME_TAG = 0x370e

function tnefFiles(bytes: Uint8Array): readonly ContainedFile[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < 6 || buffer.readUInt32LE(0) !== SIGNATURE) return []
  const files: { name: string; type: string; bytes: Uint8Array | null }[] = []
  let charset = 'windows-1252'
  let at = 6
  // level (1), attribute (4: id and type), length (4), data, checksum (2)
  while (at + 9 <= buffer.length && files.length <= MAX_FILES) {
    const id = buffer.readUInt16LE(at + 1)
    const length = buffer.readUInt32LE(at + 5)
    const data = buffer.subarray(at + 9, at + 9 + length)
    if (data.length < length) break
    const file = files.at(-1)
    if (id === CODE_PAGE && length >= 4) charset = `windows-${data.readUInt32LE(0)}`
    else if (id === RENDER_DATA) files.push({ name: '', type: '', bytes: null })
    else if (file && id === TITLE) file.name ||= text(data, charset)
    else if (file && id === DATA) file.bytes = data
    else if (file && id === PROPERTIES) {
      const properties = readProperties(data, charset)
      file.name = properties.get(LONG_FILENAME) ?? file.name
      file.type = properties.get(MIME_TAG) ?? ''
    }
    at += 9 + length + 2
  }
  return files.flatMap((file) =>
    file.bytes ? [{ name: cleanName(file.name), type: cleanType(file.type), bytes: file.bytes }] : [],
  )
}

const cleanType = (type: string) =>
  /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type) ? type.toLowerCase() : 'application/octet-stream'

const text = (data: Buffer, charset: string) => decodeCharset(data, charset).text.replace(/\0.*$/s, '')

/** Octets of a value of fixed size (MS-OXCDATA §2.11.1), padded to four; 0 for those with a length of their own, null for unknown. */
const valueSizes: Readonly<Record<number, number>> = {
  2: 4,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  10: 4,
  11: 4,
  20: 8,
  64: 8,
  72: 16,
  13: 0,
  30: 0,
  31: 0,
  258: 0,
}
const STRING8 = 30
const UNICODE = 31
const MULTIPLE = 0x1000

/** The text properties of a list of MAPI properties (MS-OXTNEF §2.1.3.4), up to the first thing that is not understood. */
function readProperties(data: Buffer, charset: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  let at = 4
  const u32 = () => {
    if (at + 4 > data.length) return Number.NaN
    at += 4
    return data.readUInt32LE(at - 4)
  }
  for (let left = data.length >= 4 ? Math.min(data.readUInt32LE(0), 1000) : 0; left > 0; left--) {
    if (at + 4 > data.length) break
    const type = data.readUInt16LE(at)
    const id = data.readUInt16LE(at + 2)
    at += 4
    if (id >= 0x8000) {
      at += 16
      const isNamed = u32() === 1
      const size = u32()
      if (isNamed) at += padded(size)
    }
    const kind = type & ~MULTIPLE
    const size = valueSizes[kind]
    if (size === undefined || Number.isNaN(at)) break
    const count = size === 0 || (type & MULTIPLE) !== 0 ? u32() : 1
    if (!(count <= 1000)) break
    for (let index = 0; index < count; index++) {
      const length = size === 0 ? u32() : size
      if (!(at + length <= data.length)) return found
      const value = data.subarray(at, at + length)
      if (kind === UNICODE) found.set(id, text(value, 'utf-16le'))
      else if (kind === STRING8) found.set(id, text(value, charset))
      at += padded(length)
    }
  }
  return found
}

const padded = (size: number) => Math.ceil(size / 4) * 4
