// What our own STORE did, put into the index from its answer alone: no FETCH where nothing else can have happened meanwhile.
//
// RFC 7162 §3.1.3: whatever changes in a mailbox takes a MODSEQ of its own, above all before it. So if those told for our commands are
// the very next ones after what the index knew, nobody came between. Where they are not, where one was not told, or where a command had
// more than one flag (of which a server may have kept only some), this says false and the changes are fetched.

import type { IndexedMailbox } from './account-index.ts'
import type { AccountContext } from './context.ts'
import { flagOf, keywordOf } from './keywords.ts'
import { statusFrom } from './sync-mailbox.ts'
import { NONE } from './tables.ts'

export interface OwnStore {
  readonly mode: 'add' | 'remove'
  readonly flags: readonly string[]
  readonly uids: readonly number[]
  /** As the server told them. */
  readonly modseqs: ReadonlyMap<number, bigint>
}

/** False: nothing was done. */
export function takeOwnFlags(
  ctx: Pick<AccountContext, 'index' | 'tree'>,
  indexed: IndexedMailbox,
  stores: readonly OwnStore[],
): boolean {
  const { tables, keywords } = ctx.index
  const told = new Map<number, { readonly flags: readonly string[]; readonly modseq: bigint }>()
  for (const { mode, flags, uids, modseqs } of stores) {
    const [flag] = flags
    if (flag === undefined || flags.length > 1) return false
    for (const uid of uids) {
      const modseq = modseqs.get(uid)
      const place = ctx.index.find(indexed, uid)
      if (modseq === undefined || place === NONE || told.has(uid)) return false
      const others = keywords
        .keywords(tables.keywordsAt[place] as number)
        .filter((keyword) => keyword !== keywordOf(flag))
        .map(flagOf)
      told.set(uid, { modseq, flags: mode === 'add' ? [...others, flag] : others })
    }
  }
  const modseqs = [...new Set([...told.values()].map(({ modseq }) => modseq))].sort((a, b) => (a < b ? -1 : 1))
  if (modseqs.length === 0 || modseqs.some((modseq, at) => modseq !== indexed.modseq + BigInt(at + 1))) return false
  for (const [uid, { flags, modseq }] of told) ctx.index.setFlags(indexed, uid, flags, modseq)
  indexed.modseq = modseqs.at(-1) as bigint
  const mailbox = ctx.tree.byId.get(indexed.id)
  if (mailbox) mailbox.status = statusFrom(mailbox, indexed)
  return true
}
