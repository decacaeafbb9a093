// The columns of an account's index: messages (an id each), the places where they lie (mailbox and UID), and threads.
//
// Numbers of messages and threads are never used again, so that result lists and tombstones may hold them; a message without a place
// is gone, and comes back under its number when it is seen elsewhere (a move). Places are reused. No IMAP and no promise here.

import { createHashTable, grown } from './grow.ts'

export const NONE = 0xffffffff

/** 128 bits, as four words. */
export type IdWords = Uint32Array

export interface Tables {
  messageCount: number
  readonly ids: () => Uint32Array
  /** By message: thread, seconds since 1970, octets, first place (NONE: gone), next message in the thread, 0 unknown / 1 no / 2 yes. */
  threadOf: Uint32Array
  dateOf: Uint32Array
  sizeOf: Uint32Array
  firstPlace: Uint32Array
  nextInThread: Uint32Array
  attachment: Uint8Array
  /** By place: message, mailbox number, UID, MODSEQ, keyword set, next place of the message. */
  placeCount: number
  messageAt: Uint32Array
  mailboxAt: Uint16Array
  uidAt: Uint32Array
  modseqAt: BigUint64Array
  keywordsAt: Uint32Array
  nextPlace: Uint32Array
  /** By thread: its 64 bits, first message. */
  threadCount: number
  threadKeys: BigUint64Array
  firstInThread: Uint32Array
  findMessage(id: IdWords): number
  findThread(key: bigint): number
  addMessage(id: IdWords, threadKey: bigint, date: number, size: number): number
  addPlace(message: number, mailbox: number, uid: number, modseq: bigint, keywords: number): number
  removePlace(place: number): void
  idOf(message: number): string
  threadIdOf(thread: number): string
  readonly byteLength: number
}

export function createTables(): Tables {
  let ids = new Uint32Array(0)
  let freePlace = NONE
  const messages = createHashTable((message) => ids[message * 4] as number)
  const threads = createHashTable((thread) => Number(tables.threadKeys[thread]! & 0xffffffffn))
  const scratch = Buffer.alloc(16)

  const addThread = (key: bigint): number => {
    const thread = tables.threadCount++
    tables.threadKeys = grown(tables.threadKeys, tables.threadCount)
    tables.firstInThread = grown(tables.firstInThread, tables.threadCount)
    tables.threadKeys[thread] = key
    tables.firstInThread[thread] = NONE
    threads.add(Number(key & 0xffffffffn), thread)
    return thread
  }

  const tables: Tables = {
    messageCount: 0,
    ids: () => ids,
    threadOf: new Uint32Array(0),
    dateOf: new Uint32Array(0),
    sizeOf: new Uint32Array(0),
    firstPlace: new Uint32Array(0),
    nextInThread: new Uint32Array(0),
    attachment: new Uint8Array(0),
    placeCount: 0,
    messageAt: new Uint32Array(0),
    mailboxAt: new Uint16Array(0),
    uidAt: new Uint32Array(0),
    modseqAt: new BigUint64Array(0),
    keywordsAt: new Uint32Array(0),
    nextPlace: new Uint32Array(0),
    threadCount: 0,
    threadKeys: new BigUint64Array(0),
    firstInThread: new Uint32Array(0),

    findMessage: (id) =>
      messages.find(id[0] as number, (message) => {
        const at = message * 4
        return ids[at] === id[0] && ids[at + 1] === id[1] && ids[at + 2] === id[2] && ids[at + 3] === id[3]
      }),

    findThread: (key) => threads.find(Number(key & 0xffffffffn), (thread) => tables.threadKeys[thread] === key),

    addMessage(id, threadKey, date, size) {
      const message = tables.messageCount++
      const length = tables.messageCount
      ids = grown(ids, length * 4)
      tables.threadOf = grown(tables.threadOf, length)
      tables.dateOf = grown(tables.dateOf, length)
      tables.sizeOf = grown(tables.sizeOf, length)
      tables.firstPlace = grown(tables.firstPlace, length)
      tables.nextInThread = grown(tables.nextInThread, length)
      tables.attachment = grown(tables.attachment, length)
      ids.set(id, message * 4)
      const found = tables.findThread(threadKey)
      const thread = found >= 0 ? found : addThread(threadKey)
      tables.threadOf[message] = thread
      tables.nextInThread[message] = tables.firstInThread[thread] as number
      tables.firstInThread[thread] = message
      tables.dateOf[message] = date
      tables.sizeOf[message] = size
      tables.firstPlace[message] = NONE
      messages.add(id[0] as number, message)
      return message
    },

    addPlace(message, mailbox, uid, modseq, keywords) {
      let place = freePlace
      if (place !== NONE) freePlace = tables.nextPlace[place] as number
      else {
        place = tables.placeCount++
        const length = tables.placeCount
        tables.messageAt = grown(tables.messageAt, length)
        tables.mailboxAt = grown(tables.mailboxAt, length)
        tables.uidAt = grown(tables.uidAt, length)
        tables.modseqAt = grown(tables.modseqAt, length)
        tables.keywordsAt = grown(tables.keywordsAt, length)
        tables.nextPlace = grown(tables.nextPlace, length)
      }
      tables.messageAt[place] = message
      tables.mailboxAt[place] = mailbox
      tables.uidAt[place] = uid
      tables.modseqAt[place] = modseq
      tables.keywordsAt[place] = keywords
      tables.nextPlace[place] = tables.firstPlace[message] as number
      tables.firstPlace[message] = place
      return place
    },

    removePlace(place) {
      const message = tables.messageAt[place] as number
      const next = tables.nextPlace[place] as number
      let at = tables.firstPlace[message] as number
      if (at === place) tables.firstPlace[message] = next
      else {
        while (tables.nextPlace[at] !== place) at = tables.nextPlace[at] as number
        tables.nextPlace[at] = next
      }
      tables.messageAt[place] = NONE
      tables.nextPlace[place] = freePlace
      freePlace = place
    },

    // RFC 8620 §1.2: an id should begin with a letter.
    idOf(message) {
      for (let word = 0; word < 4; word++) scratch.writeUInt32LE(ids[message * 4 + word] as number, word * 4)
      return `E${scratch.toString('base64url')}`
    },
    threadIdOf(thread) {
      scratch.writeBigUInt64LE(tables.threadKeys[thread] as bigint, 0)
      return `T${scratch.toString('base64url', 0, 8)}`
    },

    get byteLength() {
      const columns = [
        ids,
        tables.threadOf,
        tables.dateOf,
        tables.sizeOf,
        tables.firstPlace,
        tables.nextInThread,
        tables.attachment,
        tables.messageAt,
        tables.mailboxAt,
        tables.uidAt,
        tables.modseqAt,
        tables.keywordsAt,
        tables.nextPlace,
        tables.threadKeys,
        tables.firstInThread,
      ]
      return messages.byteLength + threads.byteLength + columns.reduce((sum, column) => sum + column.byteLength, 0)
    },
  }
  return tables
}

/** The words of an id's 16 octets. */
export function idWords(octets: Buffer): IdWords {
  return Uint32Array.of(octets.readUInt32LE(0), octets.readUInt32LE(4), octets.readUInt32LE(8), octets.readUInt32LE(12))
}

/** Null when it is not an id of ours. */
export function parseEmailId(id: string): IdWords | null {
  if (!/^E[A-Za-z0-9_-]{22}$/.test(id)) return null
  return idWords(Buffer.from(id.slice(1), 'base64url'))
}

export function parseThreadId(id: string): bigint | null {
  if (!/^T[A-Za-z0-9_-]{11}$/.test(id)) return null
  return Buffer.from(id.slice(1), 'base64url').readBigUInt64LE(0)
}
