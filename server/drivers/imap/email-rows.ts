// Rows of messages by id: flags and places from the index, headers, structure and preview from the server once and from the cache after.

import { toSet } from '#formats/imap/number-set.ts'
import type { FetchRow } from '#formats/imap/types.ts'
import { previewOf } from '#formats/mime/preview.ts'
import { type BodyNode, type EmailRow, listHeaderNames, type RowNeeds } from '#ports/mail-store.ts'
import type { AccountContext } from './context.ts'
import { fetchRows } from './engine/commands/fetch.ts'
import type { Connection } from './engine/types.ts'
import type { Freshness } from './freshness.ts'
import { inMailboxes } from './in-mailboxes.ts'
import { previewPart, previewText } from './preview-text.ts'
import type { Lru } from './row-cache.ts'
import { NONE, parseEmailId } from './tables.ts'

/** Octets of the text that a preview is made of where the server makes none. */
const PREVIEW_BYTES = 2048

interface Kept {
  readonly listHeaders: Uint8Array | null
  readonly structure: BodyNode | null
  readonly preview: string | null
}
export type RowCache = Lru<Kept>

export interface RowsDeps {
  readonly ctx: AccountContext
  readonly freshness: Freshness
  readonly cache: RowCache
}

/** The numbers of those messages that exist. An id that is not known yet may be of a mailbox not read yet: that is waited for. */
export async function findMessages(
  { ctx, freshness }: Pick<RowsDeps, 'ctx' | 'freshness'>,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  await freshness.check(signal)
  const found = lookUp(ctx, ids)
  if (found.size < new Set(ids).size) {
    // It may have come just now: a client may know of it from another node, or by another way.
    await freshness.confirm(signal)
    await freshness.complete(null, signal)
    return lookUp(ctx, ids)
  }
  return found
}

function lookUp(ctx: AccountContext, ids: readonly string[]): Map<string, number> {
  const { tables } = ctx.index
  const found = new Map<string, number>()
  for (const id of ids) {
    const words = parseEmailId(id)
    const message = words === null ? -1 : tables.findMessage(words)
    if (message >= 0 && tables.firstPlace[message] !== NONE) found.set(id, message)
  }
  return found
}

export async function rows(
  deps: RowsDeps,
  ids: readonly string[],
  need: RowNeeds,
  signal: AbortSignal,
): Promise<readonly EmailRow[]> {
  const found = await findMessages(deps, ids, signal)
  await fill(deps, found, need, signal)
  const result: EmailRow[] = []
  for (const [id, message] of found) {
    const row = rowOf(deps.ctx, message)
    if (row === null) continue
    const kept = deps.cache.get(id)
    if (isLacking(kept, need)) continue
    result.push({
      ...row,
      ...(need.listHeaders && kept?.listHeaders ? { listHeaders: kept.listHeaders } : {}),
      ...(need.structure && kept?.structure ? { structure: kept.structure } : {}),
      ...previewFor(kept, need),
    })
  }
  return result
}

function previewFor(kept: Kept | undefined, { preview }: RowNeeds): { readonly preview?: string } {
  if (preview === 'ifKnown') return kept?.preview == null ? {} : { preview: kept.preview }
  return preview ? { preview: kept?.preview ?? '' } : {}
}

/** Null when it is gone meanwhile. */
export function rowOf(ctx: AccountContext, message: number): EmailRow | null {
  const { tables, keywords, mailboxes, placesOf } = ctx.index
  const mailboxIds = new Set<string>()
  const words = new Set<string>()
  // Copies of one message have flags of their own in IMAP; a keyword on any is on the email.
  for (const place of placesOf(message)) {
    const mailbox = mailboxes[tables.mailboxAt[place] as number]
    if (mailbox) mailboxIds.add(mailbox.id)
    for (const keyword of keywords.keywords(tables.keywordsAt[place] as number)) words.add(keyword)
  }
  if (mailboxIds.size === 0) return null
  return {
    id: tables.idOf(message),
    threadId: tables.threadIdOf(tables.threadOf[message] as number),
    mailboxIds: [...mailboxIds],
    keywords: [...words].sort(),
    size: tables.sizeOf[message] as number,
    receivedAt: (tables.dateOf[message] as number) * 1000,
  }
}

function isLacking(kept: Kept | undefined, need: RowNeeds): boolean {
  return (
    (need.listHeaders === true && !kept?.listHeaders) ||
    (need.structure === true && !kept?.structure) ||
    (need.preview === true && (kept?.preview ?? null) === null)
  )
}

async function fill(
  deps: RowsDeps,
  wanted: ReadonlyMap<string, number>,
  need: RowNeeds,
  signal: AbortSignal,
): Promise<void> {
  const lacking = function* () {
    for (const [id, message] of wanted) if (isLacking(deps.cache.get(id), need)) yield [message, id] as const
  }
  await inMailboxes(deps.ctx, lacking(), signal, (connection, uids) => fetchKept(deps, connection, uids, need, signal))
}

async function fetchKept(
  { cache }: RowsDeps,
  connection: Connection,
  uids: ReadonlyMap<number, string>,
  need: RowNeeds,
  signal: AbortSignal,
): Promise<void> {
  const keep = (id: string, fresh: Partial<Kept>) => {
    const before = cache.get(id)
    const kept: Kept = {
      listHeaders: fresh.listHeaders ?? before?.listHeaders ?? null,
      structure: fresh.structure ?? before?.structure ?? null,
      preview: fresh.preview ?? before?.preview ?? null,
    }
    cache.set(id, kept, sizeOf(kept))
  }
  const serverPreview = need.preview === true && connection.features.preview
  const structure = need.structure === true || (need.preview === true && !serverPreview)
  const withoutPreview = new Map<number, { readonly id: string; readonly structure: BodyNode | null }>()
  const set = toSet([...uids.keys()])
  await fetchRows(
    connection,
    {
      uids: set,
      items: {
        ...(need.listHeaders ? { headers: listHeaderNames } : {}),
        ...(structure ? { structure } : {}),
        ...(serverPreview ? { preview: true } : {}),
      },
    },
    (row: FetchRow) => {
      const id = uids.get(row.uid)
      if (id === undefined) return
      const preview = row.preview === null || row.preview === '' ? null : previewOf(row.preview, 'text/plain')
      // Copied: the engine's buffer is the whole response.
      const listHeaders = row.headers === null ? null : Uint8Array.from(row.headers)
      keep(id, { listHeaders, structure: row.structure, preview })
      if (need.preview && preview === null) withoutPreview.set(row.uid, { id, structure: row.structure })
    },
    signal,
  )
  if (withoutPreview.size === 0) return
  if (serverPreview && !structure) {
    await fetchRows(
      connection,
      { uids: toSet([...withoutPreview.keys()]), items: { structure: true } },
      (row) => {
        const one = withoutPreview.get(row.uid)
        if (one) withoutPreview.set(row.uid, { id: one.id, structure: row.structure })
      },
      signal,
    )
  }
  const bySection = new Map<string, Map<number, { id: string; part: BodyNode }>>()
  for (const [uid, one] of withoutPreview) {
    const part = one.structure === null ? null : previewPart(one.structure)
    if (part === null) keep(one.id, { preview: '' })
    else {
      const group = bySection.get(part.section) ?? new Map<number, { id: string; part: BodyNode }>()
      bySection.set(part.section, group.set(uid, { id: one.id, part }))
    }
  }
  await Promise.all(
    [...bySection].map(([section, group]) =>
      fetchRows(
        connection,
        { uids: toSet([...group.keys()]), items: { sections: [section], sectionBytes: PREVIEW_BYTES } },
        (row) => {
          const one = group.get(row.uid)
          const octets = row.sections === null ? null : ([...row.sections.values()][0] ?? null)
          if (one) keep(one.id, { preview: octets === null ? '' : previewText(octets, one.part) })
        },
        signal,
      ),
    ),
  )
}

function sizeOf(kept: Kept): number {
  const nodes = (node: BodyNode): number => 400 + node.children.reduce((sum, child) => sum + nodes(child), 0)
  return (
    200 +
    // Who reads them keeps what he made of them, for as long as they are kept here: some three times as much.
    (kept.listHeaders?.length ?? 0) * 4 +
    (kept.preview?.length ?? 0) * 2 +
    (kept.structure ? nodes(kept.structure) : 0)
  )
}
