// The index of one account: the tables, and for each mailbox its places in order of UID, how far it is true, and what left it.
//
// What has left is kept as tombstones with the MODSEQ by which it was known to be gone, so that changes can tell a move from an expunge.
// Mailboxes without MODSEQ (RFC 7162 §3.1.2.2) count changes with a number of our own, which means nothing on another node.

import { grown } from './grow.ts'
import { createKeywordSets, type KeywordSets } from './keywords.ts'
import { createTables, type IdWords, NONE, type Tables } from './tables.ts'

const MAX_TOMBSTONES = 20_000

export interface Tombstone {
  readonly message: number
  readonly uid: number
  readonly modseq: bigint
}

/** What lies in a mailbox, kept as the index changes: never counted over. */
export interface Tally {
  /** Messages; copies of one in the same mailbox are one. */
  emails: number
  /** RFC 8621 §2: those with neither $seen nor $draft on any of their copies, wherever they lie. */
  unread: number
  /** As STATUS counts: copies without \Seen. */
  unseen: number
}

export interface IndexedMailbox {
  readonly number: number
  readonly id: string
  uidValidity: number
  /** True up to here: every message below uidNext, every change up to modseq, is in the index. */
  uidNext: number
  modseq: bigint
  hasModseq: boolean
  /** All messages are in; before that only what somebody looked at. */
  isComplete: boolean
  places: Uint32Array
  count: number
  readonly tally: Tally
  tombstones: Tombstone[]
  /** Tombstones are complete from this MODSEQ on. */
  historyFrom: bigint
  /** For servers without MODSEQ: when all flags were last compared, ms. */
  comparedAt: number
}

export interface NewRow {
  readonly uid: number
  readonly id: IdWords
  readonly threadKey: bigint
  /** Seconds since 1970. */
  readonly date: number
  readonly size: number
  readonly modseq: bigint
  readonly flags: readonly string[]
}

export interface AccountIndex {
  readonly tables: Tables
  readonly keywords: KeywordSets
  readonly mailboxes: readonly IndexedMailbox[]
  /** Grows with each change to what queries may see. */
  generation: number
  mailbox(id: string): IndexedMailbox | null
  addMailbox(id: string): IndexedMailbox
  /** It was deleted: all that was in it left it. Kept among `mailboxes` for what it lost. */
  dropMailbox(mailbox: IndexedMailbox): void
  /** Forgets what is known of it, as after a change of UIDVALIDITY. */
  reset(mailbox: IndexedMailbox, uidValidity: number): void
  put(mailbox: IndexedMailbox, row: NewRow): void
  /** False when the UID is not known. */
  setFlags(mailbox: IndexedMailbox, uid: number, flags: readonly string[], modseq: bigint): boolean
  remove(mailbox: IndexedMailbox, uid: number, modseq: bigint): boolean
  /** The place, or NONE. */
  find(mailbox: IndexedMailbox, uid: number): number
  /** The UIDs we have from first to last. */
  uidsIn(mailbox: IndexedMailbox, first: number, last: number): number[]
  placesOf(message: number): readonly number[]
  readonly byteLength: number
}

export function createAccountIndex(
  tables: Tables = createTables(),
  keywords: KeywordSets = createKeywordSets(),
  start: readonly IndexedMailbox[] = [],
): AccountIndex {
  const mailboxes: IndexedMailbox[] = [...start]
  const byId = new Map(start.map((mailbox) => [mailbox.id, mailbox]))

  /** First position whose UID is not below. */
  const position = (mailbox: IndexedMailbox, uid: number): number => {
    const { places } = mailbox
    let low = 0
    let high = mailbox.count
    if (high > 0 && (tables.uidAt[places[high - 1] as number] as number) < uid) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((tables.uidAt[places[middle] as number] as number) < uid) low = middle + 1
      else high = middle
    }
    return low
  }
  const find = (mailbox: IndexedMailbox, uid: number): number => {
    const at = position(mailbox, uid)
    if (at === mailbox.count) return NONE
    const place = mailbox.places[at] as number
    return tables.uidAt[place] === uid ? place : NONE
  }
  /** Adds what the message counts for in each mailbox that it lies in, or takes it away: before and after each change to its places. */
  const tally = (message: number, sign: 1 | -1) => {
    const { firstPlace, nextPlace, keywordsAt, mailboxAt } = tables
    const seen = keywords.having('$seen')
    const draft = keywords.having('$draft')
    const first = firstPlace[message] as number
    let isUnread = true
    for (let at = first; at !== NONE; at = nextPlace[at] as number) {
      const set = keywordsAt[at] as number
      if (seen[set] === 1 || draft[set] === 1) isUnread = false
    }
    for (let at = first; at !== NONE; at = nextPlace[at] as number) {
      const number = mailboxAt[at] as number
      const { tally: counts } = mailboxes[number] as IndexedMailbox
      if (seen[keywordsAt[at] as number] === 0) counts.unseen += sign
      let before = first
      while (before !== at && mailboxAt[before] !== number) before = nextPlace[before] as number
      if (before !== at) continue
      counts.emails += sign
      if (isUnread) counts.unread += sign
    }
  }
  const removePlace = (place: number) => {
    const message = tables.messageAt[place] as number
    tally(message, -1)
    tables.removePlace(place)
    tally(message, 1)
  }
  const setKeywords = (place: number, keywordSet: number, modseq: bigint) => {
    if (tables.keywordsAt[place] !== keywordSet) {
      const message = tables.messageAt[place] as number
      tally(message, -1)
      tables.keywordsAt[place] = keywordSet
      tally(message, 1)
      index.generation++
    }
    if (modseq > (tables.modseqAt[place] as bigint)) tables.modseqAt[place] = modseq
  }
  for (let message = 0; message < tables.messageCount; message++) tally(message, 1)

  const empty = (mailbox: IndexedMailbox) => {
    for (let at = 0; at < mailbox.count; at++) removePlace(mailbox.places[at] as number)
    mailbox.places = new Uint32Array(0)
    mailbox.count = 0
    mailbox.tombstones = []
    mailbox.isComplete = false
    index.generation++
  }

  const index: AccountIndex = {
    tables,
    keywords,
    mailboxes,
    generation: 1,
    mailbox: (id) => byId.get(id) ?? null,
    addMailbox(id) {
      const mailbox: IndexedMailbox = {
        number: mailboxes.length,
        id,
        uidValidity: 0,
        uidNext: 1,
        modseq: 0n,
        hasModseq: false,
        isComplete: false,
        places: new Uint32Array(0),
        count: 0,
        tally: { emails: 0, unread: 0, unseen: 0 },
        tombstones: [],
        historyFrom: 0n,
        comparedAt: 0,
      }
      mailboxes.push(mailbox)
      byId.set(id, mailbox)
      return mailbox
    },
    dropMailbox(mailbox) {
      const wasComplete = mailbox.isComplete
      const modseq = mailbox.modseq + 1n
      for (const uid of index.uidsIn(mailbox, 1, NONE)) index.remove(mailbox, uid, modseq)
      mailbox.modseq = modseq
      if (!wasComplete) mailbox.historyFrom = modseq
      byId.delete(mailbox.id)
      index.generation++
    },
    reset(mailbox, uidValidity) {
      empty(mailbox)
      mailbox.uidValidity = uidValidity
      mailbox.uidNext = 1
      mailbox.modseq = 0n
      mailbox.historyFrom = 0n
      mailbox.comparedAt = 0
    },
    put(mailbox, row) {
      const found = find(mailbox, row.uid)
      const keywordSet = keywords.intern(row.flags)
      if (found !== NONE) {
        setKeywords(found, keywordSet, row.modseq)
        return
      }
      index.generation++
      const known = tables.findMessage(row.id)
      const message = known >= 0 ? known : tables.addMessage(row.id, row.threadKey, row.date, row.size)
      const at = position(mailbox, row.uid)
      tally(message, -1)
      const place = tables.addPlace(message, mailbox.number, row.uid, row.modseq, keywordSet)
      tally(message, 1)
      mailbox.places = grown(mailbox.places, mailbox.count + 1)
      if (at < mailbox.count) mailbox.places.copyWithin(at + 1, at, mailbox.count)
      mailbox.places[at] = place
      mailbox.count++
    },
    setFlags(mailbox, uid, flags, modseq) {
      const place = find(mailbox, uid)
      if (place === NONE) return false
      setKeywords(place, keywords.intern(flags), modseq)
      return true
    },
    remove(mailbox, uid, modseq) {
      const at = position(mailbox, uid)
      const place = at < mailbox.count ? (mailbox.places[at] as number) : NONE
      if (place === NONE || tables.uidAt[place] !== uid) return false
      mailbox.places.copyWithin(at, at + 1, mailbox.count)
      mailbox.count--
      mailbox.tombstones.push({ message: tables.messageAt[place] as number, uid, modseq })
      if (mailbox.tombstones.length > MAX_TOMBSTONES) {
        const dropped = mailbox.tombstones.splice(0, MAX_TOMBSTONES / 2)
        mailbox.historyFrom = dropped.reduce(
          // biome-ignore lint/complexity/useMathMinMax: Math.max takes no bigint
          (most, one) => (one.modseq > most ? one.modseq : most),
          mailbox.historyFrom,
        )
      }
      removePlace(place)
      index.generation++
      return true
    },
    find,
    uidsIn(mailbox, first, last) {
      const uids: number[] = []
      for (let at = position(mailbox, first); at < mailbox.count; at++) {
        const uid = tables.uidAt[mailbox.places[at] as number] as number
        if (uid > last) break
        uids.push(uid)
      }
      return uids
    },
    placesOf(message) {
      const places: number[] = []
      for (let at = tables.firstPlace[message] as number; at !== NONE; at = tables.nextPlace[at] as number) {
        places.push(at)
      }
      return places
    },
    get byteLength() {
      const own = mailboxes.reduce((sum, one) => sum + one.places.byteLength + one.tombstones.length * 64, 0)
      return tables.byteLength + own
    },
  }
  return index
}
