// What changes messages: flags, copies, moves, expunges (RFC 9051 §6.4, 6851, 4315, 7162). None of it is ever repeated unasked.

import { Failure } from '#core/errors.ts'
import { expandRanges, mergeSets, parseRanges, parseSet, setHas, toSet } from '#formats/imap/number-set.ts'
import type { Untagged } from '#formats/imap/parse-response.ts'
import type { Part } from '#formats/imap/serialize.ts'
import type { Modseq, NumberSet, ResponseCode } from '#formats/imap/types.ts'
import type { Command, Commands, Connection, CopiedUids, StoreRequest, StoreResult } from '../types.ts'
import { runAll } from './run-all.ts'
import { searchMessages } from './search.ts'

export const storeFlags: Commands['storeFlags'] = async (connection, request) => {
  const results = await runAll(request.uids, (piece) => connection.run(storeCommand(request, piece)))
  return {
    modified: mergeSets(...results.map((result) => result.modified)),
    modseqs: new Map(results.flatMap((result) => [...result.modseqs])),
  }
}

function storeCommand(request: StoreRequest, uids: NumberSet): Command<StoreResult> {
  const parts: Part[] = ['UID STORE', { set: uids }]
  if (request.unchangedSince !== undefined) parts.push(`(UNCHANGEDSINCE ${request.unchangedSince})`)
  const sign = request.mode === 'add' ? '+' : request.mode === 'remove' ? '-' : ''
  parts.push(`${sign}FLAGS.SILENT`, { flags: request.flags })
  return {
    name: 'UID STORE',
    parts,
    effect: 'change',
    yields: { kind: 'fetch', uids },
    start: () => {
      const modseqs = new Map<number, Modseq>()
      return {
        untagged(response) {
          // RFC 7162 §3.1.3: UID and MODSEQ are told despite .SILENT; a row with FLAGS is somebody else's change as well.
          if (response.kind !== 'fetch' || !setHas(uids, response.row.uid)) return false
          if (response.row.modseq !== null) modseqs.set(response.row.uid, response.row.modseq)
          return response.row.flags === null
        },
        done: ({ code }) => ({
          modified: code?.name === 'MODIFIED' ? parseSet(code.text) : [],
          modseqs,
        }),
      }
    },
  }
}

export const copyMessages: Commands['copyMessages'] = async (connection, uids, to) =>
  joined(await runAll(uids, (piece) => connection.run(copyCommand('UID COPY', piece, to))))

export const moveMessages: Commands['moveMessages'] = async (connection, uids, to) => {
  if (connection.features.move) {
    const copied = joined(await runAll(uids, (piece) => connection.run(copyCommand('UID MOVE', piece, to))))
    return { copied, by: 'move' }
  }
  // RFC 6851 §3.3: what MOVE stands for. Cut in the middle, a copy is left behind: never a message lost.
  const copied = await copyMessages(connection, uids, to)
  await expungeMessages(connection, uids)
  return { copied, by: 'copy-expunge' }
}

function copyCommand(name: 'UID COPY' | 'UID MOVE', uids: NumberSet, to: string): Command<CopiedUids | null> {
  return {
    name,
    parts: [name, { set: uids }, { mailbox: to }],
    effect: 'change',
    start: () => {
      let code: ResponseCode | null = null
      return {
        untagged(response: Untagged) {
          // RFC 6851 §4.3: MOVE tells it in an untagged OK, before the expunges.
          if (response.kind !== 'condition' || response.code?.name !== 'COPYUID') return false
          code = response.code
          return true
        },
        done: (reply) => parseCopied(reply.code?.name === 'COPYUID' ? reply.code : code),
      }
    },
  }
}

/** RFC 4315 §3: `COPYUID 38505 304,319:320 3956:3958`, pairs in order. */
function parseCopied(code: ResponseCode | null): CopiedUids | null {
  if (code === null) return null
  const [uidValidity, from, to] = code.text.split(' ')
  if (!uidValidity || !from || !to) return null
  const pairs = {
    uidValidity: Number(uidValidity),
    from: expandRanges(parseRanges(from)),
    to: expandRanges(parseRanges(to)),
  }
  return pairs.from.length === pairs.to.length ? pairs : null
}

function joined(pieces: readonly (CopiedUids | null)[]): CopiedUids | null {
  const told = pieces.filter((piece) => piece !== null)
  const [first] = told
  if (!first) return null
  return {
    uidValidity: first.uidValidity,
    from: Uint32Array.from(told.flatMap((piece) => [...piece.from])),
    to: Uint32Array.from(told.flatMap((piece) => [...piece.to])),
  }
}

/** For good, exactly these. */
export const expungeMessages: Commands['expungeMessages'] = async (connection, uids) => {
  if (uids.length === 0) return
  await storeFlags(connection, { uids, mode: 'add', flags: ['\\Deleted'] })
  if (connection.features.uidPlus) {
    await runAll(uids, (piece) => connection.run(expungeCommand(['UID EXPUNGE', { set: piece }])))
    return
  }
  await expungeSparing(connection, uids)
}

/**
 * EXPUNGE takes all that is \Deleted, other people's too (RFC 9051 §6.4.3): these lose the flag first and get it back after. Cut in
 * between, they are undeleted, which harms nobody.
 */
async function expungeSparing(connection: Connection, uids: NumberSet): Promise<void> {
  if (!connection.selected) throw new Failure('internal', { reason: 'no mailbox is selected' })
  const deleted = await searchMessages(connection, { criteria: 'DELETED' })
  const spared = toSet(deleted.uids.filter((uid) => !setHas(uids, uid)))
  if (spared.length > 0) await storeFlags(connection, { uids: spared, mode: 'remove', flags: ['\\Deleted'] })
  try {
    await connection.run(expungeCommand(['EXPUNGE']))
  } finally {
    if (spared.length > 0) await storeFlags(connection, { uids: spared, mode: 'add', flags: ['\\Deleted'] })
  }
}

function expungeCommand(parts: readonly Part[]): Command<void> {
  // EXPUNGE answers by sequence number: alone on the line, so that no number of ours is moved under us.
  return { name: 'EXPUNGE', parts, effect: 'change', usesSequence: true, start: () => ({ done() {} }) }
}
