// State strings: where each mailbox stood, in so few octets that any node can read them back from the string alone (RFC 8620 §1.6.2 wants
// them opaque). Too long ones are kept by their hash in the MailStateStore.

import { Failure } from '#core/errors.ts'
import type { AccountContext } from './context.ts'
import { hash128 } from './hash.ts'

const INLINE_CHARS = 1024
const VERSION = 1

export interface VectorEntry {
  readonly uidValidity: number
  readonly uidNext: number
  readonly modseq: bigint
  /** Of an answer that stopped at maxChanges: what has this MODSEQ and a UID up to here was told. 0: all of that MODSEQ was. */
  readonly cursorUid: number
}

export interface Vector {
  /** 0 where every number is the server's; else the node whose own counts are in it. */
  readonly epoch: number
  /** By the first 64 bits of the mailbox id. */
  readonly entries: ReadonlyMap<bigint, VectorEntry>
}

export function vectorKey(mailboxId: string): bigint {
  return Buffer.from(mailboxId.slice(1), 'base64url').readBigUInt64LE(0)
}

export function encodeVector(vector: Vector): Buffer {
  const octets: number[] = [VERSION]
  const number = (value: bigint) => {
    let rest = value
    for (; rest > 0x7fn; rest >>= 7n) octets.push(Number(rest & 0x7fn) | 0x80)
    octets.push(Number(rest))
  }
  number(BigInt(vector.epoch))
  const sorted = [...vector.entries].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [key, entry] of sorted) {
    for (let byte = 0n; byte < 8n; byte++) octets.push(Number((key >> (byte * 8n)) & 0xffn))
    number(BigInt(entry.uidValidity))
    number(BigInt(entry.uidNext))
    number(entry.modseq)
    number(BigInt(entry.cursorUid))
  }
  return Buffer.from(octets)
}

/** Throws cannotCalculateChanges for what was never ours. */
export function decodeVector(octets: Buffer): Vector {
  let at = 0
  const octet = (): number => {
    const value = octets[at++]
    if (value === undefined) throw new Failure('cannotCalculateChanges', { state: 'damaged' })
    return value
  }
  const number = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      if (shift > 63n) throw new Failure('cannotCalculateChanges', { state: 'damaged' })
      const next = octet()
      value |= BigInt(next & 0x7f) << shift
      if (next < 0x80) return value
    }
  }
  if (octet() !== VERSION) throw new Failure('cannotCalculateChanges', { state: 'other version' })
  const epoch = Number(number())
  const entries = new Map<bigint, VectorEntry>()
  while (at < octets.length) {
    let key = 0n
    for (let byte = 0n; byte < 8n; byte++) key |= BigInt(octet()) << (byte * 8n)
    const uidValidity = Number(number())
    const uidNext = Number(number())
    const modseq = number()
    entries.set(key, { uidValidity, uidNext, modseq, cursorUid: Number(number()) })
  }
  return { epoch, entries }
}

/** The octets as a state string; `kind` is one letter that tells whose state it is. */
export async function stateString(ctx: AccountContext, kind: 'e' | 'm', octets: Buffer): Promise<string> {
  const text = octets.toString('base64url')
  if (text.length <= INLINE_CHARS) return `${kind}${text}`
  const key = hash128(text).toString('base64url')
  // Kept before it is told: whoever presents it finds it, on any node.
  if (!ctx.keptStates.has(key)) {
    await ctx.deps.state.put(ctx.account, 'state', new Map([[key, text]]))
    ctx.keptStates.add(key)
    if (ctx.keptStates.size > 1000) ctx.keptStates.clear()
  }
  return `${kind}.${key}`
}

export async function stateOctets(ctx: AccountContext, kind: 'e' | 'm', state: string): Promise<Buffer> {
  if (!state.startsWith(kind)) throw new Failure('cannotCalculateChanges', { state: 'not ours' })
  const text = state.slice(1)
  if (!text.startsWith('.')) return Buffer.from(text, 'base64url')
  const kept = (await ctx.deps.state.get(ctx.account, 'state', [text.slice(1)])).get(text.slice(1))
  if (kept === undefined) throw new Failure('cannotCalculateChanges', { state: 'forgotten' })
  return Buffer.from(kept, 'base64url')
}
