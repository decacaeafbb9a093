// Responses about mailboxes: LIST, STATUS, NAMESPACE, QUOTA, METADATA.

import type { Cursor } from './cursor.ts'
import { decodeMailboxName } from './mailbox-name.ts'
import type { ListRow, MetadataRow, Modseq, NamespaceRow, Namespaces, QuotaRow, StatusRow } from './types.ts'

const OPEN = 40

/** RFC 9051 §7.3.1. */
export function parseList(cursor: Cursor, isUtf8: boolean): ListRow {
  const attributes: string[] = []
  cursor.list(() => attributes.push(cursor.atom().toLowerCase()))
  cursor.space()
  const delimiter = cursor.nstring()
  cursor.space()
  const name = decodeMailboxName(cursor.astringBytes(), isUtf8)
  let oldName: string | null = null
  if (!cursor.atEnd()) {
    cursor.space()
    if (cursor.peek() === OPEN) {
      cursor.list(() => {
        const tag = cursor.astring().toUpperCase()
        cursor.space()
        if (tag === 'OLDNAME' && cursor.peek() === OPEN)
          cursor.list(() => (oldName = decodeMailboxName(cursor.astringBytes(), isUtf8)))
        else cursor.skip()
      })
    }
  }
  return { name, delimiter: delimiter === '' ? null : delimiter, attributes, oldName }
}

/** RFC 9051 §7.3.4, 7162 §3.1.2.1, 8438, 8474 §4.3. */
export function parseStatus(cursor: Cursor, isUtf8: boolean): StatusRow {
  const mailbox = decodeMailboxName(cursor.astringBytes(), isUtf8)
  const numbers = new Map<string, number>()
  let highestModseq: Modseq | null = null
  let mailboxId: string | null = null
  cursor.space()
  cursor.list(() => {
    const name = cursor.atom().toUpperCase()
    cursor.space()
    if (name === 'HIGHESTMODSEQ') highestModseq = cursor.bigint()
    else if (name === 'MAILBOXID') cursor.list(() => (mailboxId = cursor.atom()))
    else if (cursor.peek() >= 48 && cursor.peek() <= 57) numbers.set(name, cursor.number())
    else cursor.skip()
  })
  return {
    mailbox,
    messages: numbers.get('MESSAGES') ?? null,
    uidNext: numbers.get('UIDNEXT') ?? null,
    uidValidity: numbers.get('UIDVALIDITY') ?? null,
    unseen: numbers.get('UNSEEN') ?? null,
    // RFC 7162 §3.1.2.1: 0 says that the mailbox keeps none.
    highestModseq: highestModseq === 0n ? null : highestModseq,
    size: numbers.get('SIZE') ?? null,
    mailboxId,
  }
}

/** RFC 2342 §5. */
export function parseNamespaces(cursor: Cursor, isUtf8: boolean): Namespaces {
  const read = () => {
    const rows: NamespaceRow[] = []
    if (cursor.peek() !== OPEN) cursor.nbytes()
    else {
      cursor.list(() =>
        cursor.list(() => {
          const bytes = cursor.astringBytes()
          cursor.space()
          const delimiter = cursor.nstring()
          // The empty prefix is no mailbox name.
          rows.push({ prefix: bytes.length === 0 ? '' : decodeMailboxName(bytes, isUtf8), delimiter })
          while (cursor.peek() === 32) {
            cursor.pos++
            if (cursor.peek() !== 41) cursor.skip() // Namespace_Response_Extensions
          }
        }),
      )
    }
    return rows
  }
  const personal = read()
  cursor.space()
  const others = read()
  cursor.space()
  return { personal, others, shared: read() }
}

/** RFC 9208 §5.1. */
export function parseQuota(cursor: Cursor): QuotaRow {
  const root = cursor.astring()
  const resources: { name: string; used: number; limit: number }[] = []
  // quirk(courier): a root without limits has no list at all.
  if (cursor.atEnd()) return { root, resources }
  cursor.space()
  cursor.list(() => {
    const name = cursor.atom().toUpperCase()
    cursor.space()
    const used = cursor.number()
    cursor.space()
    resources.push({ name, used, limit: cursor.number() })
  })
  return { root, resources }
}

/** RFC 5464 §4.4.1: with values; §4.4.2: names alone, which are entries that changed. */
export function parseMetadata(cursor: Cursor, isUtf8: boolean): MetadataRow {
  const bytes = cursor.astringBytes()
  const mailbox = bytes.length === 0 ? '' : decodeMailboxName(bytes, isUtf8)
  const entries = new Map<string, string | null>()
  cursor.space()
  if (cursor.peek() === OPEN) {
    cursor.list(() => {
      const name = cursor.astring().toLowerCase()
      cursor.space()
      entries.set(name, cursor.nstring())
    })
  } else {
    while (!cursor.atEnd()) {
      entries.set(cursor.astring().toLowerCase(), null)
      if (!cursor.atEnd()) cursor.space()
    }
  }
  return { mailbox, entries }
}
