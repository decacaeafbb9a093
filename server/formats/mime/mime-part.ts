// One node of a message's MIME tree, as JMAP tells it (RFC 8621 §4.1.4), whether it was made of the raw message
// (parse-message.ts) or of the server's BODYSTRUCTURE (body-structure.ts).

import { type HeaderField, latin1, lenientValue, unfold } from './header-fields.ts'
import { parseParameterized, splitParameterized } from './parameters.ts'
import { stripComments } from './structured-fields.ts'

export interface MimePart {
  /** IMAP section: `1.2`; '' for a multipart at the root. */
  readonly section: string
  /** Lower case, without parameters. Never `multipart/…` unless there are children. */
  readonly type: string
  readonly charset: string | null
  /** Lower case. */
  readonly disposition: string | null
  readonly name: string | null
  readonly cid: string | null
  readonly language: readonly string[] | null
  readonly location: string | null
  /** Of Content-Type, decoded: `format`, `delsp`, `report-type`, … */
  readonly parameters: ReadonlyMap<string, string>
  /** Content-Transfer-Encoding, lower case, '' when absent. */
  readonly encoding: string
  /** Octets as they stand in the message. */
  readonly encodedSize: number
  /** Null for a leaf; a multipart has at least one. */
  readonly children: readonly MimePart[] | null
  /** Null when only the structure is known. */
  readonly fields: readonly HeaderField[] | null
  /** The body as it stands in the message; null when only the structure is known. */
  readonly content: Uint8Array | null
}

/** What the header fields of a part say. */
export type PartDescription = Omit<MimePart, 'section' | 'encodedSize' | 'children' | 'fields' | 'content'> & {
  /** As written; null when there is none. */
  readonly boundary: string | null
}

const typePattern = /^([!#$%&'*+\-.0-9a-z^_`{|}~]+)\s*\/\s*([!#$%&'*+\-.0-9a-z^_`{|}~]+)/

/** RFC 2045 §5.2: without a Content-Type, or with one that cannot be read, a part is plain text in us-ascii. */
export function readType(value: string): string | null {
  const match = typePattern.exec(value.trim().toLowerCase())
  return match ? `${match[1]}/${match[2]}` : null
}

/** RFC 2045 §7: a Content-ID has the syntax of a message id. */
export function readContentId(value: string): string | null {
  const text = unfold(stripComments(value)).trim()
  const inside = /<([^<>]*)>/.exec(text)?.[1] ?? text
  const id = inside.replace(/\s+/g, '')
  return id === '' ? null : id
}

/** RFC 3282 §2. */
export function readLanguages(value: string): readonly string[] | null {
  const tags = unfold(stripComments(value))
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
  return tags.length > 0 ? tags : null
}

/** RFC 2557 §4: folding may stand anywhere in the URI. */
export function readLocation(value: string): string | null {
  const uri = unfold(value).replace(/\s+/g, '')
  return uri === '' ? null : uri
}

/** RFC 8621 §4.1.4 (name): the file name of the disposition, else the name of the type. */
export function readName(disposition: ReadonlyMap<string, string>, type: ReadonlyMap<string, string>): string | null {
  const name = disposition.get('filename') ?? type.get('name') ?? null
  // No control character may reach a file dialogue or a header of ours.
  const clean = name?.replace(/[\x00-\x1f\x7f]/g, '').normalize('NFC') ?? ''
  return clean === '' ? null : clean
}

export function readCharset(type: string, hasType: boolean, parameters: ReadonlyMap<string, string>): string | null {
  if (hasType && !type.startsWith('text/')) return null
  const charset = parameters.get('charset')?.trim() ?? ''
  return charset === '' ? 'us-ascii' : charset
}

export function readEncoding(value: string): string {
  return stripComments(value)
    .trim()
    .toLowerCase()
    .replace(/[;\s].*$/s, '')
    .replace(/^"|"$/g, '')
}

/** Of each MIME field the first counts, as Dovecot has it. */
export function describePart(fields: readonly HeaderField[], isInDigest: boolean): PartDescription {
  const first = (name: string) => fields.find((field) => field.name.toLowerCase() === name)
  const text = (name: string) => {
    const field = first(name)
    return field ? unfold(lenientValue(field.value)) : null
  }
  const contentType = text('content-type')
  const typed = contentType === null ? null : parseParameterized(contentType)
  const read = typed && readType(typed.value)
  // RFC 2046 §5.1.5: the default inside a digest.
  const type = read ?? (isInDigest && contentType === null ? 'message/rfc822' : 'text/plain')
  const parameters = typed?.parameters ?? new Map<string, string>()
  const disposition = parseParameterized(text('content-disposition') ?? '')
  const token = /^[^\s/]+/.exec(disposition.value)?.[0] ?? null
  const boundaryField = type.startsWith('multipart/') ? first('content-type') : undefined
  return {
    type,
    parameters,
    charset: readCharset(type, read !== null || type === 'message/rfc822', parameters),
    disposition: token,
    name: readName(disposition.parameters, parameters),
    cid: readContentId(text('content-id') ?? ''),
    language: readLanguages(text('content-language') ?? ''),
    location: readLocation(text('content-location') ?? ''),
    encoding: readEncoding(text('content-transfer-encoding') ?? ''),
    boundary: boundaryField ? readBoundary(boundaryField) : null,
  }
}

/** Octets, not text: a boundary is compared byte by byte. */
function readBoundary(field: HeaderField): string | null {
  const { raw } = splitParameterized(unfold(latin1(field.value)))
  const boundary = raw.find(([name]) => name === 'boundary')?.[1].trimEnd() ?? ''
  return boundary === '' ? null : boundary
}

/** All parts, depth first, the part itself included. */
export function* walkParts(part: MimePart): Generator<MimePart> {
  yield part
  for (const child of part.children ?? []) yield* walkParts(child)
}

/** A leaf by its section. */
export function findPart(root: MimePart, section: string): MimePart | null {
  for (const part of walkParts(root)) if (!part.children && part.section === section) return part
  return null
}
