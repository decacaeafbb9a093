// One EmailBodyPart of an Email to be created: RFC 8621 §4.6. Faults are gathered by path.

import { readType } from '#formats/mime/mime-part.ts'
import { parseParameterized } from '#formats/mime/parameters.ts'
import type { HeaderToWrite } from '#formats/mime/write-header.ts'
import { readHeaders } from './email-header-reader.ts'
import { defaultBodyProperties } from './email-properties.ts'

type Fields = Readonly<Record<string, unknown>>

export interface DraftPart {
  /** Where it stands in the object, ending in `/`; '' for one that we made. */
  readonly path: string
  readonly type: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
  readonly charset: string | null
  readonly disposition: string | null
  readonly name: string | null
  readonly cid: string | null
  readonly language: readonly string[] | null
  readonly location: string | null
  readonly headers: readonly HeaderToWrite[]
  /** Lower-case header field to the property that gave it. */
  readonly fields: ReadonlyMap<string, string>
  readonly partId: string | null
  readonly blobId: string | null
  readonly children: readonly DraftPart[] | null
}

export interface PartRules {
  readonly values: ReadonlyMap<string, string>
  /** The type that it must have, or null; also what it is without a type. */
  readonly type: string | null
  /** What it has without a disposition. */
  readonly disposition: string | null
}

/** RFC 2045 §5.1: token. */
const token = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,100}$/
const printable = /^[^\x00-\x1f\x7f]*$/
const maxDepth = 50

/** A list of at most one (textBody, htmlBody) or any number (attachments) of parts. */
export function readPartList(object: Fields, name: string, rules: PartRules, wrong: string[]): readonly DraftPart[] {
  const list = Object.hasOwn(object, name) ? object[name] : null
  if (list === null || list === undefined) return []
  const isWrong = !Array.isArray(list) || (rules.type !== null && list.length !== 1)
  if (isWrong) {
    wrong.push(name)
    return []
  }
  return (list as readonly unknown[]).map((part, index) => readBodyPart(part, `${name}/${index}/`, rules, wrong))
}

const properties = new Set([...defaultBodyProperties, 'subParts'])

export function readBodyPart(value: unknown, path: string, rules: PartRules, wrong: string[], depth = 0): DraftPart {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject || depth > maxDepth) wrong.push(path.slice(0, -1))
  const object = isObject && depth <= maxDepth ? (value as Fields) : {}
  for (const name of Object.keys(object)) {
    // RFC 8621 §4.6: «The "headers" property MUST NOT be given».
    if (!properties.has(name) && !name.startsWith('header:')) wrong.push(path + name)
  }
  const reader = openReader(object, path, wrong)
  const read = readHeaders(
    object,
    // «The Content-Transfer-Encoding header field MUST NOT be given».
    { hasNamed: false, isRefused: (field) => field === 'content-transfer-encoding', path },
    wrong,
  )
  const typed = readContentType(object, read, path, rules, wrong)
  refuseTwice(object, read.fields, path, wrong)
  const part = {
    path,
    ...typed,
    charset: reader('charset', isToken),
    disposition: reader('disposition', isToken)?.toLowerCase() ?? dispositionOf(read.fields, rules),
    name: reader('name', (text) => printable.test(text)),
    cid: reader('cid', (text) => /^[^\s<>\x00-\x1f\x7f]+$/.test(text)),
    language: readLanguages(object, path, wrong),
    location: reader('location', (text) => /^[^\s\x00-\x1f\x7f]+$/.test(text) && text.isWellFormed()),
    headers: read.headers.filter((header) => header.name.toLowerCase() !== 'content-type'),
    fields: read.fields,
  }
  if (typed.type.startsWith('multipart/')) {
    return { ...part, charset: null, ...readMultipart(object, path, rules, wrong, depth) }
  }
  return { ...part, children: null, ...readContent(object, path, rules, wrong) }
}

const isToken = (text: string) => token.test(text)

/** The filename of a Content-Disposition that was given whole is in it. */
function dispositionOf(fields: ReadonlyMap<string, string>, rules: PartRules): string | null {
  return fields.has('content-disposition') ? null : rules.disposition
}

function openReader(object: Fields, path: string, wrong: string[]) {
  return (name: string, isFine: (text: string) => boolean): string | null => {
    const value = Object.hasOwn(object, name) ? object[name] : null
    if (value === null || value === undefined) return null
    if (typeof value === 'string' && isFine(value)) return value
    wrong.push(path + name)
    return null
  }
}

/** The type by `type`, or by `header:Content-Type` whole, whose parameters (`method`, `format`) are kept. */
function readContentType(
  object: Fields,
  { fields, headers }: { readonly fields: ReadonlyMap<string, string>; readonly headers: readonly HeaderToWrite[] },
  path: string,
  rules: PartRules,
  wrong: string[],
): Pick<DraftPart, 'type' | 'parameters'> {
  const fallback = rules.type ?? 'text/plain'
  const property = fields.get('content-type')
  if (property !== undefined) {
    const header = headers.find((candidate) => candidate.name.toLowerCase() === 'content-type')
    const whole = parseParameterized(typeof header?.value === 'string' ? header.value : '')
    const type = readType(whole.value)
    // A multipart is made of its parts, with a boundary of ours.
    if (!type || type.startsWith('multipart/')) wrong.push(path + property)
    const made = ['charset', 'boundary', 'name']
    return {
      type: type ?? fallback,
      parameters: [...whole.parameters].filter(([name]) => token.test(name) && !made.includes(name)),
    }
  }
  const value = Object.hasOwn(object, 'type') ? object.type : null
  if (value === null || value === undefined) return { type: fallback, parameters: [] }
  const text = typeof value === 'string' ? value.trim().toLowerCase() : ''
  const type = readType(text)
  if (type === null || type !== text || (rules.type !== null && type !== rules.type)) {
    wrong.push(`${path}type`)
    return { type: fallback, parameters: [] }
  }
  return { type, parameters: [] }
}

/** One field by two properties. */
function refuseTwice(object: Fields, fields: ReadonlyMap<string, string>, path: string, wrong: string[]): void {
  const makers: readonly (readonly [field: string, properties: readonly string[]])[] = [
    ['content-type', ['type', 'charset']],
    ['content-disposition', ['disposition', 'name']],
    ['content-id', ['cid']],
    ['content-language', ['language']],
    ['content-location', ['location']],
  ]
  for (const [field, names] of makers) {
    const property = fields.get(field)
    if (property !== undefined && names.some((name) => (object[name] ?? null) !== null)) wrong.push(path + property)
  }
}

function readLanguages(object: Fields, path: string, wrong: string[]): readonly string[] | null {
  const value = object.language ?? null
  if (value === null) return null
  // RFC 3282 §2: a list of language tags.
  const isFine =
    Array.isArray(value) && value.every((tag) => typeof tag === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(tag))
  if (isFine) return value as readonly string[]
  wrong.push(`${path}language`)
  return null
}

function readMultipart(object: Fields, path: string, rules: PartRules, wrong: string[], depth: number) {
  for (const name of ['partId', 'blobId', 'charset']) if ((object[name] ?? null) !== null) wrong.push(path + name)
  const subParts = object.subParts ?? null
  if (!Array.isArray(subParts) || subParts.length === 0) {
    wrong.push(`${path}subParts`)
    return { partId: null, blobId: null, children: [] }
  }
  const children = subParts.map((part: unknown, index) =>
    readBodyPart(part, `${path}subParts/${index}/`, { ...rules, type: null, disposition: null }, wrong, depth + 1),
  )
  return { partId: null, blobId: null, children }
}

function readContent(object: Fields, path: string, { values }: PartRules, wrong: string[]) {
  const subParts = object.subParts ?? null
  if (subParts !== null && !(Array.isArray(subParts) && subParts.length === 0)) wrong.push(`${path}subParts`)
  const [partId, blobId] = [object.partId ?? null, object.blobId ?? null]
  const none = { partId: null, blobId: null }
  // RFC 8621 §4.6: «The client may specify a partId OR a blobId, but not both».
  if (partId !== null && blobId !== null) {
    wrong.push(`${path}partId`, `${path}blobId`)
    return none
  }
  if (blobId !== null) {
    // «size» beside a blobId «is ignored by the server (the size is actually calculated from the blob content itself)».
    if (typeof blobId === 'string') return { partId: null, blobId }
    wrong.push(`${path}blobId`)
    return none
  }
  // «If a partId is given, this partId MUST be present in the bodyValues property»; charset and size MUST be left out.
  if (typeof partId !== 'string' || !values.has(partId)) wrong.push(`${path}partId`)
  for (const name of ['charset', 'size']) if ((object[name] ?? null) !== null) wrong.push(path + name)
  return typeof partId === 'string' ? { partId, blobId: null } : none
}
