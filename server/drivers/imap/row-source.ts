// From FETCH rows to index rows: which items name a message on this server, and the ids made of them.

import { Failure } from '#core/errors.ts'
import type { FetchRow } from '#formats/imap/types.ts'
import type { NewRow } from './account-index.ts'
import type { AccountContext, IdTier } from './context.ts'
import { probeGuid } from './engine/commands/fetch.ts'
import type { Connection, FetchItems } from './engine/types.ts'
import { hash64, hash128 } from './hash.ts'
import { idWords, parseEmailId } from './tables.ts'
import { threadKey } from './thread-key.ts'

const THREAD_HEADERS = ['References', 'In-Reply-To', 'Message-ID'] as const

/** Pins the way ids are made at the first sight of a server, for the account and all nodes. Needs a selected mailbox. */
export async function pinTier(ctx: AccountContext, connection: Connection): Promise<IdTier> {
  if (ctx.tier !== null) return ctx.tier
  const best: IdTier = connection.features.objectId
    ? 'objectid'
    : connection.features.gmail
      ? 'gmail'
      : (await probeGuid(connection))
        ? 'guid'
        : 'uid'
  const pinned = (await ctx.deps.state.putFirst(ctx.account, 'pin', 'ids', best)) as IdTier
  const stillThere =
    pinned === best ||
    pinned === 'uid' ||
    (pinned === 'objectid' && connection.features.objectId) ||
    (pinned === 'gmail' && connection.features.gmail) ||
    (pinned === 'guid' && (await probeGuid(connection)))
  if (!stillThere) {
    // Another kind of server under the same name: ids made of what it cannot say would never be found again.
    ctx.deps.log.warn('mail.ids.repinned', { account: ctx.account, from: pinned, to: best })
    await ctx.deps.state.put(ctx.account, 'pin', new Map([['ids', best]]))
    ctx.tier = best
  } else ctx.tier = pinned
  return ctx.tier
}

/** All that an index row is made of. */
export function rowItems(tier: IdTier, hasModseq: boolean): FetchItems {
  return {
    flags: true,
    internalDate: true,
    size: true,
    ...(hasModseq ? { modseq: true } : {}),
    ...(tier === 'objectid' ? { objectId: true } : {}),
    ...(tier === 'gmail' ? { gmail: true } : { headers: THREAD_HEADERS }),
    ...(tier === 'guid' ? { guid: true } : {}),
  }
}

/** The name that a place gives to a message where the server has none for it: what aliases are kept under. */
export function placeKey(mailboxId: string, uidValidity: number, uid: number): string {
  return hash128(`${mailboxId} ${uidValidity} ${uid}`).toString('base64url')
}

export function rowMaker(
  tier: IdTier,
  mailbox: { readonly id: string; readonly uidValidity: number },
  aliases: ReadonlyMap<string, string>,
): (row: FetchRow, modseq: bigint) => NewRow {
  return (row, modseq) => {
    const id = idWords(idOctets(tier, row, mailbox, aliases))
    const key =
      tier === 'objectid' && row.threadId !== null
        ? hash64(row.threadId)
        : tier === 'gmail' && row.gmThreadId !== null
          ? BigInt(row.gmThreadId)
          : row.headers === null
            ? null
            : threadKey(row.headers)
    return {
      uid: row.uid,
      id,
      // A message that answers nothing and has no name of its own is a thread by itself.
      threadKey: key ?? (BigInt(id[0] as number) << 32n) | BigInt(id[1] as number),
      date: Math.max(0, Math.floor((row.internalDate ?? 0) / 1000)),
      size: row.size ?? 0,
      modseq: row.modseq ?? modseq,
      flags: row.flags ?? [],
    }
  }
}

function idOctets(
  tier: IdTier,
  row: FetchRow,
  mailbox: { readonly id: string; readonly uidValidity: number },
  aliases: ReadonlyMap<string, string>,
): Buffer {
  const name =
    tier === 'objectid' ? row.emailId : tier === 'gmail' ? row.gmMessageId : tier === 'guid' ? row.guid : null
  if (name !== null) return hash128(`${tier} ${name}`)
  if (tier !== 'uid') throw new Failure('unavailable', { server: `no ${tier} for a message`, uid: row.uid })
  const key = placeKey(mailbox.id, mailbox.uidValidity, row.uid)
  const alias = aliases.get(key)
  return Buffer.from(alias !== undefined && parseEmailId(alias) ? alias.slice(1) : key, 'base64url')
}
