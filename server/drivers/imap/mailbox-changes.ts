// Mailbox/changes (RFC 8621 §2.2) by comparing: the state says of each mailbox what it was and what it held, in 24 octets.

import { Failure } from '#core/errors.ts'
import type { MailboxChanges } from '#ports/mail-store.ts'
import type { AccountContext } from './context.ts'
import { hash128 } from './hash.ts'
import type { TreeMailbox } from './mailbox-tree.ts'
import { stateOctets, stateString } from './vector.ts'

const ENTRY_OCTETS = 24

/** By id: four octets of what it is, four of what it holds. */
type Shape = Map<string, { readonly what: number; readonly counts: number }>

export async function mailboxStateOf(ctx: AccountContext): Promise<string> {
  return await stateString(ctx, 'm', encode(shapeOf(ctx)))
}

export async function mailboxChanges(
  ctx: AccountContext,
  sinceState: string,
  maxChanges: number | null,
): Promise<MailboxChanges> {
  const before = decode(await stateOctets(ctx, 'm', sinceState))
  const now = shapeOf(ctx)
  const created = [...now.keys()].filter((id) => !before.has(id))
  const destroyed = [...before.keys()].filter((id) => !now.has(id))
  const updated = [...now].flatMap(([id, shape]) => {
    const was = before.get(id)
    return was && (was.what !== shape.what || was.counts !== shape.counts) ? [id] : []
  })
  const all = [...created, ...updated, ...destroyed]
  const taken = new Set(maxChanges === null ? all : all.slice(0, maxChanges))
  const isTaken = (id: string) => taken.has(id)
  // Between the two states stands any in which some of the changes are told and the others are not.
  const shape: Shape = new Map(before)
  for (const id of taken) {
    const after = now.get(id)
    if (after) shape.set(id, after)
    else shape.delete(id)
  }
  const hasMore = taken.size < all.length
  return {
    newState: await stateString(ctx, 'm', encode(hasMore ? shape : now)),
    hasMore,
    created: created.filter(isTaken),
    updated: updated.filter(isTaken),
    destroyed: destroyed.filter(isTaken),
    countsOnly: updated.filter(isTaken).every((id) => before.get(id)?.what === now.get(id)?.what),
  }
}

function shapeOf(ctx: AccountContext): Shape {
  return new Map(
    [...ctx.tree.byId.values()].map((mailbox) => [
      mailbox.id,
      { what: hash32(identity(mailbox)), counts: hash32(contents(ctx, mailbox)) },
    ]),
  )
}

function identity({ name, parentId, role, isSubscribed, rights }: TreeMailbox): string {
  return JSON.stringify([name, parentId, role, isSubscribed, Object.values(rights)])
}

/** Of STATUS alone, so that nodes with and without the index say the same. UIDNEXT tells an exchange of one message for another. */
function contents(_ctx: AccountContext, { status }: TreeMailbox): string {
  return status === null ? '' : [status.messages, status.unseen, status.uidNext, status.uidValidity].join(' ')
}

function hash32(text: string): number {
  return hash128(text).readUInt32LE(0)
}

function encode(shape: Shape): Buffer {
  const octets = Buffer.alloc(shape.size * ENTRY_OCTETS)
  let at = 0
  for (const id of [...shape.keys()].sort()) {
    const { what, counts } = shape.get(id) as { what: number; counts: number }
    octets.write(id.slice(1), at, 16, 'base64url')
    octets.writeUInt32LE(what, at + 16)
    octets.writeUInt32LE(counts, at + 20)
    at += ENTRY_OCTETS
  }
  return octets
}

function decode(octets: Buffer): Shape {
  if (octets.length % ENTRY_OCTETS !== 0) throw new Failure('cannotCalculateChanges', { state: 'damaged' })
  const shape: Shape = new Map()
  for (let at = 0; at < octets.length; at += ENTRY_OCTETS) {
    const id = `M${octets.toString('base64url', at, at + 16)}`
    shape.set(id, { what: octets.readUInt32LE(at + 16), counts: octets.readUInt32LE(at + 20) })
  }
  return shape
}
