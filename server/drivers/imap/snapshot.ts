// The index as bytes, so that another node (or this one, later) starts warm: columns one after another, compressed, with a hash over all. A
// snapshot that is damaged, of another version or of another way to make ids is none. What it holds is old by nature: the next sync
// brings it up to date, and its tombstones make changes answerable from before.

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { type AccountIndex, createAccountIndex, type IndexedMailbox, type Tombstone } from './account-index.ts'
import type { IdTier } from './context.ts'
import { createKeywordSets } from './keywords.ts'
import { createTables } from './tables.ts'

const MAGIC = 'PQIX0001'
const HASH_OCTETS = 32
/** More than an index of ten million messages: a bound on what a damaged header can make us allocate. */
const MAX_OCTETS = 1024 * 1024 * 1024

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

interface Head {
  readonly tier: IdTier
  readonly messages: number
  readonly places: number
  readonly tombstones: number
  readonly keywords: readonly (readonly string[])[]
  readonly mailboxes: readonly {
    readonly id: string
    readonly uidValidity: number
    readonly uidNext: number
    readonly modseq: string
    readonly historyFrom: string
    readonly count: number
    readonly tombstones: number
  }[]
}

/** Only mailboxes that are whole and counted by the server (MODSEQ): of others the numbers mean nothing elsewhere. Null: nothing worth it. */
export async function writeSnapshot(index: AccountIndex, tier: IdTier): Promise<Uint8Array | null> {
  const { tables } = index
  const kept = index.mailboxes.filter(
    (mailbox) => mailbox.isComplete && mailbox.hasModseq && index.mailbox(mailbox.id) === mailbox,
  )
  const places = kept.reduce((sum, mailbox) => sum + mailbox.count, 0)
  if (places === 0) return null
  const tombstones = kept.flatMap((mailbox) => mailbox.tombstones)
  // Messages are renumbered: those that are gone and in no tombstone stay behind.
  const numbers = new Map<number, number>()
  const number = (message: number) => {
    const known = numbers.get(message)
    if (known !== undefined) return known
    numbers.set(message, numbers.size)
    return numbers.size - 1
  }
  const placeMessage = new Uint32Array(places)
  const uid = new Uint32Array(places)
  const keywordSet = new Uint32Array(places)
  const modseq = new BigUint64Array(places)
  let at = 0
  for (const mailbox of kept) {
    for (let position = 0; position < mailbox.count; position++) {
      const place = mailbox.places[position] as number
      placeMessage[at] = number(tables.messageAt[place] as number)
      uid[at] = tables.uidAt[place] as number
      keywordSet[at] = tables.keywordsAt[place] as number
      modseq[at++] = tables.modseqAt[place] as bigint
    }
  }
  const tombMessage = Uint32Array.from(tombstones, (one) => number(one.message))
  const tombUid = Uint32Array.from(tombstones, (one) => one.uid)
  const tombModseq = BigUint64Array.from(tombstones, (one) => one.modseq)
  const messages = [...numbers.keys()]
  const allIds = tables.ids()
  const ids = new Uint32Array(messages.length * 4)
  messages.forEach((message, position) => {
    ids.set(allIds.subarray(message * 4, message * 4 + 4), position * 4)
  })
  const threads = BigUint64Array.from(
    messages,
    (message) => tables.threadKeys[tables.threadOf[message] as number] as bigint,
  )
  const dates = Uint32Array.from(messages, (message) => tables.dateOf[message] as number)
  const sizes = Uint32Array.from(messages, (message) => tables.sizeOf[message] as number)
  const attachment = Uint8Array.from(messages, (message) => tables.attachment[message] as number)
  const head: Head = {
    tier,
    messages: messages.length,
    places,
    tombstones: tombstones.length,
    keywords: index.keywords.all(),
    mailboxes: kept.map((mailbox) => ({
      id: mailbox.id,
      uidValidity: mailbox.uidValidity,
      uidNext: mailbox.uidNext,
      modseq: `${mailbox.modseq}`,
      historyFrom: `${mailbox.historyFrom}`,
      count: mailbox.count,
      tombstones: mailbox.tombstones.length,
    })),
  }
  const json = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  const columns = [threads, modseq, tombModseq, ids, dates, sizes, placeMessage, uid, keywordSet, tombMessage, tombUid]
  const body = Buffer.concat([length, json, ...columns.map(octetsOf), attachment])
  const packed = await compress(body, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
  const hash = createHash('sha256').update(packed).digest()
  return Buffer.concat([Buffer.from(MAGIC), hash, packed])
}

/** Null when it cannot be used. */
export async function readSnapshot(snapshot: Uint8Array, tier: IdTier): Promise<AccountIndex | null> {
  const bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength)
  const packed = bytes.subarray(MAGIC.length + HASH_OCTETS)
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return null
  const hash = createHash('sha256').update(packed).digest()
  if (!hash.equals(bytes.subarray(MAGIC.length, MAGIC.length + HASH_OCTETS))) return null
  try {
    const body = await decompress(packed, { maxOutputLength: MAX_OCTETS })
    const jsonLength = body.readUInt32LE(0)
    const head = JSON.parse(body.toString('utf8', 4, 4 + jsonLength)) as Head
    return head.tier === tier ? restore(head, body.subarray(4 + jsonLength)) : null
  } catch {
    // Our own hash over bytes that we cannot read: written by a version with a fault. It is only a cache.
    return null
  }
}

function restore(head: Head, body: Buffer): AccountIndex {
  let at = 0
  const take = (octets: number): ArrayBuffer => {
    if (at + octets > body.length) throw new RangeError('snapshot ends early')
    const copy = new ArrayBuffer(octets)
    new Uint8Array(copy).set(body.subarray(at, at + octets))
    at += octets
    return copy
  }
  const { messages, places, tombstones } = head
  const threads = new BigUint64Array(take(messages * 8))
  const modseq = new BigUint64Array(take(places * 8))
  const tombModseq = new BigUint64Array(take(tombstones * 8))
  const ids = new Uint32Array(take(messages * 16))
  const dates = new Uint32Array(take(messages * 4))
  const sizes = new Uint32Array(take(messages * 4))
  const placeMessage = new Uint32Array(take(places * 4))
  const uid = new Uint32Array(take(places * 4))
  const keywordSet = new Uint32Array(take(places * 4))
  const tombMessage = new Uint32Array(take(tombstones * 4))
  const tombUid = new Uint32Array(take(tombstones * 4))
  const attachment = new Uint8Array(take(messages))

  const tables = createTables()
  for (let message = 0; message < messages; message++) {
    const id = ids.subarray(message * 4, message * 4 + 4)
    tables.addMessage(id, threads[message] as bigint, dates[message] as number, sizes[message] as number)
    tables.attachment[message] = attachment[message] as number
  }
  let place = 0
  let tomb = 0
  const mailboxes = head.mailboxes.map((mailbox, number): IndexedMailbox => {
    const own = new Uint32Array(mailbox.count)
    for (let position = 0; position < mailbox.count; position++, place++) {
      const message = placeMessage[place] as number
      if (message >= messages) throw new RangeError('snapshot names a message that it has not')
      const [uidHere, modseqHere, set] = [uid[place] as number, modseq[place] as bigint, keywordSet[place] as number]
      own[position] = tables.addPlace(message, number, uidHere, modseqHere, set)
    }
    const lost: Tombstone[] = []
    for (let count = 0; count < mailbox.tombstones; count++, tomb++) {
      const message = tombMessage[tomb] ?? messages
      if (message >= messages) throw new RangeError('snapshot names a message that it has not')
      lost.push({ message, uid: tombUid[tomb] as number, modseq: tombModseq[tomb] as bigint })
    }
    return {
      number,
      id: mailbox.id,
      uidValidity: mailbox.uidValidity,
      uidNext: mailbox.uidNext,
      modseq: BigInt(mailbox.modseq),
      hasModseq: true,
      isComplete: true,
      places: own,
      count: mailbox.count,
      tally: { emails: 0, unread: 0, unseen: 0 },
      tombstones: lost,
      historyFrom: BigInt(mailbox.historyFrom),
      comparedAt: 0,
    }
  })
  return createAccountIndex(tables, createKeywordSets(head.keywords), mailboxes)
}

function octetsOf(column: Uint32Array | BigUint64Array): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength)
}
