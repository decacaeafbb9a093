// One response to one value (RFC 9051 §7). What it does not know becomes `other`: extensions may say what they like.

import type { Cursor } from './cursor.ts'
import { decodeMailboxName } from './mailbox-name.ts'
import { parseSet } from './number-set.ts'
import { parseFetch, parseFlags } from './parse-fetch.ts'
import { parseList, parseMetadata, parseNamespaces, parseQuota, parseStatus } from './parse-mailbox.ts'
import { parseEsearch, parseNumbers, parseThreads } from './parse-search.ts'
import type {
  EsearchRow,
  FetchRow,
  ListRow,
  MetadataRow,
  Modseq,
  Namespaces,
  NumberSet,
  QuotaRow,
  ResponseCode,
  StatusRow,
  ThreadNode,
} from './types.ts'

export type Condition = 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH'

export type Untagged =
  | {
      readonly kind: 'condition'
      readonly status: Condition
      readonly code: ResponseCode | null
      readonly text: string
    }
  | { readonly kind: 'fetch'; readonly row: FetchRow }
  | { readonly kind: 'exists'; readonly count: number }
  | { readonly kind: 'recent'; readonly count: number }
  | { readonly kind: 'expunge'; readonly seq: number }
  | { readonly kind: 'vanished'; readonly isEarlier: boolean; readonly uids: NumberSet }
  | { readonly kind: 'flags'; readonly flags: readonly string[] }
  | { readonly kind: 'capability'; readonly names: readonly string[] }
  | { readonly kind: 'enabled'; readonly names: readonly string[] }
  | { readonly kind: 'list' | 'lsub'; readonly row: ListRow }
  | { readonly kind: 'status'; readonly row: StatusRow }
  | { readonly kind: 'search' | 'sort'; readonly numbers: Uint32Array; readonly modseq: Modseq | null }
  | { readonly kind: 'esearch'; readonly row: EsearchRow }
  | { readonly kind: 'thread'; readonly threads: readonly ThreadNode[] }
  | { readonly kind: 'namespace'; readonly namespaces: Namespaces }
  | { readonly kind: 'quota'; readonly row: QuotaRow }
  | { readonly kind: 'quotaRoot'; readonly mailbox: string; readonly roots: readonly string[] }
  | { readonly kind: 'acl'; readonly mailbox: string; readonly rights: ReadonlyMap<string, string> }
  | { readonly kind: 'myRights'; readonly mailbox: string; readonly rights: string }
  | { readonly kind: 'metadata'; readonly row: MetadataRow }
  | { readonly kind: 'id'; readonly fields: ReadonlyMap<string, string> }
  | { readonly kind: 'other'; readonly name: string; readonly text: string }

export type Response =
  | Untagged
  | { readonly kind: 'continue'; readonly text: string }
  | {
      readonly kind: 'tagged'
      readonly tag: string
      readonly status: 'OK' | 'NO' | 'BAD'
      readonly code: ResponseCode | null
      readonly text: string
    }

/** The cursor stands at the beginning of a response; `isUtf8`: mailbox names are UTF-8 (after ENABLE UTF8=ACCEPT). */
export function parseResponse(cursor: Cursor, isUtf8: boolean): Response {
  const first = cursor.peek()
  if (first === 43) {
    cursor.pos++
    if (cursor.peek() === 32) cursor.pos++
    return { kind: 'continue', text: cursor.rest() }
  }
  if (first === 42) {
    cursor.pos++
    cursor.space()
    return parseUntagged(cursor, isUtf8)
  }
  const tag = cursor.atom()
  cursor.space()
  const status = cursor.atom().toUpperCase()
  if (status !== 'OK' && status !== 'NO' && status !== 'BAD') return cursor.fail('expected OK, NO or BAD')
  return { kind: 'tagged', tag, status, ...parseText(cursor) }
}

function parseUntagged(cursor: Cursor, isUtf8: boolean): Untagged {
  const first = cursor.peek()
  if (first >= 48 && first <= 57) return parseNumbered(cursor)
  const name = cursor.atom().toUpperCase()
  const mailbox = () => decodeMailboxName(cursor.astringBytes(), isUtf8)
  switch (name) {
    case 'OK':
    case 'NO':
    case 'BAD':
    case 'BYE':
    case 'PREAUTH':
      return { kind: 'condition', status: name, ...parseText(cursor) }
    case 'CAPABILITY':
      return { kind: 'capability', names: words(cursor) }
    case 'ENABLED':
      return { kind: 'enabled', names: words(cursor) }
    case 'FLAGS':
      cursor.space()
      return { kind: 'flags', flags: parseFlags(cursor) }
    case 'LIST':
    case 'XLIST':
    case 'LSUB':
      cursor.space()
      return { kind: name === 'LSUB' ? 'lsub' : 'list', row: parseList(cursor, isUtf8) }
    case 'STATUS':
      cursor.space()
      return { kind: 'status', row: parseStatus(cursor, isUtf8) }
    case 'SEARCH':
    case 'SORT':
      return { kind: name === 'SEARCH' ? 'search' : 'sort', ...parseNumbers(cursor) }
    case 'ESEARCH':
      return { kind: 'esearch', row: parseEsearch(cursor) }
    case 'THREAD':
      return { kind: 'thread', threads: parseThreads(cursor) }
    case 'VANISHED': {
      cursor.space()
      const isEarlier = cursor.peek() === 40
      if (isEarlier) {
        cursor.skip()
        cursor.space()
      }
      return { kind: 'vanished', isEarlier, uids: parseSet(cursor.atom()) }
    }
    case 'NAMESPACE':
      cursor.space()
      return { kind: 'namespace', namespaces: parseNamespaces(cursor, isUtf8) }
    case 'QUOTA':
      cursor.space()
      return { kind: 'quota', row: parseQuota(cursor) }
    case 'QUOTAROOT': {
      cursor.space()
      const of = mailbox()
      return { kind: 'quotaRoot', mailbox: of, roots: rest(cursor, () => cursor.astring()) }
    }
    case 'ACL': {
      cursor.space()
      const of = mailbox()
      const flat = rest(cursor, () => cursor.astring())
      const rights = new Map<string, string>()
      for (let i = 0; i + 1 < flat.length; i += 2) rights.set(flat[i] as string, flat[i + 1] as string)
      return { kind: 'acl', mailbox: of, rights }
    }
    case 'MYRIGHTS': {
      cursor.space()
      const of = mailbox()
      cursor.space()
      return { kind: 'myRights', mailbox: of, rights: cursor.astring() }
    }
    case 'METADATA':
      cursor.space()
      return { kind: 'metadata', row: parseMetadata(cursor, isUtf8) }
    case 'ID':
      cursor.space()
      return { kind: 'id', fields: parseIdFields(cursor) }
    default:
      if (cursor.peek() === 32) cursor.pos++
      return { kind: 'other', name, text: cursor.rest() }
  }
}

function parseNumbered(cursor: Cursor): Untagged {
  const number = cursor.number()
  cursor.space()
  // FETCH by far the most often: told by its first letter and length.
  const { bytes, pos } = cursor
  if (((bytes[pos] as number) & 0xdf) === 70 && bytes[pos + 5] === 32) {
    cursor.pos += 6
    return { kind: 'fetch', row: parseFetch(cursor, number) }
  }
  const name = cursor.atom().toUpperCase()
  switch (name) {
    case 'EXISTS':
      return { kind: 'exists', count: number }
    case 'EXPUNGE':
      return { kind: 'expunge', seq: number }
    case 'RECENT':
      return { kind: 'recent', count: number }
    case 'UIDFETCH': // RFC 9586 §3.3
      cursor.space()
      return { kind: 'fetch', row: { ...parseFetch(cursor, 0), uid: number } }
    default:
      if (cursor.peek() === 32) cursor.pos++
      return { kind: 'other', name, text: cursor.rest() }
  }
}

/** resp-text: an optional code in brackets, then words for people. */
function parseText(cursor: Cursor): { code: ResponseCode | null; text: string } {
  while (cursor.peek() === 32) cursor.pos++
  if (cursor.peek() !== 91) return { code: null, text: cursor.rest() }
  const line = cursor.bytes
  let at = cursor.pos + 1
  let isQuoted = false
  for (; at < cursor.end; at++) {
    const octet = line[at]
    if (isQuoted && octet === 92) at++
    else if (octet === 34) isQuoted = !isQuoted
    else if (octet === 93 && !isQuoted) break
  }
  // quirk: `* OK [something without an end`: it is text
  if (at >= cursor.end) return { code: null, text: cursor.rest() }
  const inner = line.toString('latin1', cursor.pos + 1, at)
  cursor.pos = at + 1
  if (cursor.peek() === 32) cursor.pos++
  const space = inner.indexOf(' ')
  const code =
    space === -1
      ? { name: inner.toUpperCase(), text: '' }
      : { name: inner.slice(0, space).toUpperCase(), text: inner.slice(space + 1) }
  return { code, text: cursor.rest() }
}

function words(cursor: Cursor): string[] {
  return cursor
    .rest()
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => word.toUpperCase())
}

function rest(cursor: Cursor, read: () => string): string[] {
  const out: string[] = []
  while (!cursor.atEnd()) {
    cursor.space()
    if (!cursor.atEnd()) out.push(read())
  }
  return out
}

/** RFC 2971 §3.2: a list of pairs, or NIL. */
function parseIdFields(cursor: Cursor): Map<string, string> {
  const flat = cursor.peek() === 40 ? (cursor.strings() ?? []) : []
  const fields = new Map<string, string>()
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set((flat[i] as string).toLowerCase(), flat[i + 1] as string)
  return fields
}
