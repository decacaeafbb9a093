// FETCH: rows as they come, bodies as streams (RFC 9051 §6.4.5, 3516, 7162, 8474, 8970).

import { Failure } from '#core/errors.ts'
import { mergeSets, setHas } from '#formats/imap/number-set.ts'
import type { Part } from '#formats/imap/serialize.ts'
import type { FetchRow, NumberSet } from '#formats/imap/types.ts'
import { BodyReader } from '../body-reader.ts'
import type { BodyStream, Command, Commands, Connection, FetchItems, FetchRequest } from '../types.ts'
import { runAll } from './run-all.ts'

/** Of a body that is left, so much is read on and dropped; more ends the connection, which is cheaper. */
const MAX_DRAINED_BYTES = 1024 * 1024

export const fetchRows: Commands['fetchRows'] = async (connection, request, onRow, signal) => {
  const run = (over: '1:*' | NumberSet, isUid: boolean) =>
    connection.run(fetchCommand(connection, request, over, isUid, onRow), signal)
  if (request.seqs !== undefined) {
    if (request.seqs.length === 0) return { vanished: [] }
    return { vanished: await run(request.seqs, false) }
  }
  const uids = request.uids ?? '1:*'
  if (uids === '1:*') return { vanished: await run(uids, true) }
  return { vanished: mergeSets(...(await runAll(uids, (piece) => run(piece, true)))) }
}

function fetchCommand(
  connection: Connection,
  request: FetchRequest,
  over: '1:*' | NumberSet,
  isUid: boolean,
  onRow: (row: FetchRow) => void,
): Command<NumberSet> {
  const { items, changedSince } = request
  const parts: Part[] = [isUid ? 'UID FETCH' : 'FETCH', { set: over }, itemList(items)]
  if (changedSince !== undefined) {
    // RFC 7162 §3.2.6: VANISHED only with UID FETCH and QRESYNC enabled.
    const vanished = request.vanished && isUid && connection.features.qresync ? ' VANISHED' : ''
    parts.push(`(CHANGEDSINCE ${changedSince}${vanished})`)
  }
  const isWhole = wholeness(items)
  return {
    name: isUid ? 'UID FETCH' : 'FETCH',
    parts,
    effect: 'read',
    usesSequence: !isUid,
    yields: { kind: 'fetch', uids: request.vanished ? '1:*' : over },
    start: () => {
      let vanished: NumberSet = []
      let isLost = false
      return {
        untagged(response) {
          if (response.kind === 'fetch') {
            const isOurs = isWhole(response.row) && (!isUid || over === '1:*' || setHas(over, response.row.uid))
            if (isOurs && !isLost) onRow(response.row)
            return isOurs
          }
          if (response.kind !== 'vanished' || !response.isEarlier || !request.vanished) return false
          vanished = mergeSets(vanished, response.uids)
          return true
        },
        done: () => vanished,
        lost: () => {
          isLost = true
        },
      }
    },
  }
}

function itemList(items: FetchItems): Part {
  const list: Part[] = ['UID']
  if (items.flags) list.push('FLAGS')
  if (items.internalDate) list.push('INTERNALDATE')
  if (items.size) list.push('RFC822.SIZE')
  if (items.modseq) list.push('MODSEQ')
  if (items.objectId) list.push('EMAILID THREADID')
  if (items.gmail) list.push('X-GM-MSGID X-GM-THRID')
  if (items.guid) list.push('X-GUID')
  if (items.preview) list.push('PREVIEW')
  if (items.structure) list.push('BODYSTRUCTURE')
  if (items.headers) list.push(`BODY.PEEK[HEADER.FIELDS (${items.headers.map(fieldName).join(' ')})]`)
  const partial = items.sectionBytes === undefined ? '' : `<0.${Math.floor(items.sectionBytes)}>`
  for (const section of items.sections ?? []) list.push(`BODY.PEEK[${sectionName(section)}]${partial}`)
  return { list }
}

/** RFC 5322 §2.2 allows more; in a list of atoms only these are safe. */
function fieldName(name: string): string {
  if (!/^[A-Za-z0-9_.-]{1,200}$/.test(name)) throw new Failure('badInput', { reason: 'header field name' })
  return name
}

function sectionName(section: string): string {
  if (!/^(\d{1,9}(\.\d{1,9})*)?(\.?(MIME|HEADER|TEXT))?$/.test(section) || section.length > 2000)
    throw new Failure('badInput', { reason: 'section' })
  return section
}

/** Whether a row has all that was asked for: one with FLAGS alone is another client's change, told in between. */
function wholeness(items: FetchItems): (row: FetchRow) => boolean {
  return (row) =>
    row.uid !== 0 &&
    (!items.flags || row.flags !== null) &&
    (!items.internalDate || row.internalDate !== null) &&
    (!items.size || row.size !== null) &&
    (!items.headers || row.headers !== null) &&
    (!items.structure || row.structure !== null) &&
    (!items.guid || row.guid !== null) &&
    (!items.objectId || row.emailId !== null) &&
    (!items.gmail || row.gmMessageId !== null) &&
    (!items.sections?.length || row.sections !== null)
}

export const fetchBody: Commands['fetchBody'] = (connection, request, signal) => {
  const { uid, section, range, isBinary } = request
  const name = sectionName(section)
  const item = isBinary ? 'BINARY' : 'BODY'
  const partial = range ? `<${range.start}.${range.end - range.start}>` : ''
  if (range && !(range.start >= 0 && range.end > range.start && Number.isSafeInteger(range.end)))
    return Promise.reject(new Failure('badInput', { reason: 'range' }))
  const label = `${item}[${name}]`
  return new Promise<BodyStream>((resolve, reject) => {
    let reader: BodyReader | null = null
    let hasRow = false
    const { promise: done, resolve: end } = Promise.withResolvers<void>()
    const onLeft = (unread: number) => {
      if (unread > MAX_DRAINED_BYTES) connection.destroy(new Failure('canceled', { reason: 'a body was left unread' }))
    }
    const command: Command<void> = {
      name: 'UID FETCH',
      parts: ['UID FETCH', { set: [[uid, uid]] }, `(UID ${item}.PEEK[${name}]${partial})`],
      effect: 'read',
      yields: { kind: `fetch ${label}`, uids: [[uid, uid]] },
      start: () => ({
        literal(head, size) {
          if (reader || !endsWithItem(head, label) || !isOf(head, uid)) return null
          reader = new BodyReader(size, onLeft)
          resolve({ size, body: reader, done })
          return reader
        },
        untagged(response) {
          if (response.kind !== 'fetch') return false
          const { row } = response
          const bytes = row.sections?.get(name)
          // Without the section: a literal that was streamed, or is not there. With anything else: another command's row.
          if (row.uid !== uid || row.flags !== null || row.headers || row.structure || row.size !== null) return false
          hasRow = true
          // Short ones may come quoted, and an empty one as "" or NIL.
          if (!reader && bytes) {
            reader = new BodyReader(bytes.length, () => {})
            reader.write(bytes)
            reader.end()
            resolve({ size: bytes.length, body: reader, done })
          }
          return true
        },
        done() {
          // No row: the UID is gone. A row with NIL: no such section.
          if (!reader)
            throw new Failure('notFound', { uid, section, reason: hasRow ? 'no such section' : 'no such message' })
        },
        lost(failure) {
          reader?.fail(failure)
          // Given up: what is large is not read to its end for nobody.
          if (failure.code === 'canceled') reader?.leave()
        },
      }),
    }
    connection.run(command, signal).catch(reject).finally(end)
  })
}

/** Sections of one command: they must fit a line (RFC 7162 §4). */
const MAX_SIZES_ASKED = 50

export const fetchBinarySizes: Commands['fetchBinarySizes'] = async (connection, { uid, sections }, signal) => {
  const sizes = new Map<string, number>()
  if (!connection.features.binary) return sizes
  for (let at = 0; at < sections.length; at += MAX_SIZES_ASKED) {
    const asked = sections.slice(at, at + MAX_SIZES_ASKED)
    // RFC 3516 §4.3: one part that cannot be decoded refuses the whole command.
    if ((await askSizes(connection, uid, asked, sizes, signal)) || asked.length === 1) continue
    for (const section of asked) if (!sizes.has(section)) await askSizes(connection, uid, [section], sizes, signal)
  }
  return sizes
}

/** False when it was refused. */
async function askSizes(
  connection: Connection,
  uid: number,
  sections: readonly string[],
  sizes: Map<string, number>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let isRefused = false
  const command: Command<boolean> = {
    name: 'UID FETCH',
    parts: [
      'UID FETCH',
      { set: [[uid, uid]] },
      `(UID ${sections.map((section) => `BINARY.SIZE[${sectionName(section)}]`).join(' ')})`,
    ],
    effect: 'read',
    yields: { kind: 'fetch BINARY.SIZE', uids: [[uid, uid]] },
    start: () => ({
      untagged(response) {
        if (response.kind !== 'fetch' || response.row.uid !== uid || !response.row.binarySizes) return false
        for (const section of sections) {
          const size = response.row.binarySizes.get(section)
          if (size !== undefined) sizes.set(section, size)
        }
        return true
      },
      done: () => true,
      refused() {
        isRefused = true
        return null
      },
    }),
  }
  try {
    return await connection.run(command, signal)
  } catch (error) {
    if (isRefused) return false
    throw error
  }
}

/** Whether the row is the message's, as far as it is told yet: UID is asked for first, though servers need not answer so. */
function isOf(head: Buffer, uid: number): boolean {
  const told = / FETCH \(UID (\d+) /i.exec(head.toString('latin1', 0, Math.min(head.length, 60)))?.[1]
  return told === undefined || Number(told) === uid
}

/** Whether the literal announced at the end of `head` is the item's: `… BODY[1.2]<0> {42}`. */
function endsWithItem(head: Buffer, label: string): boolean {
  const tail = head.toString('latin1', Math.max(0, head.length - label.length - 60)).toUpperCase()
  const at = tail.lastIndexOf(label)
  return at !== -1 && /^(<\d+>)? ~?\{\d+\+?\}\r?\n$/.test(tail.slice(at + label.length))
}

/** X-GUID is not advertised: who knows it answers OK even for no message, who does not says BAD. */
export const probeGuid: Commands['probeGuid'] = async (connection) => {
  const { guid } = connection.features
  if (guid !== 'unknown') return guid
  const settle = (isKnown: boolean) => (_: unknown, state: { features: Connection['features'] }) => {
    // INTHREAD comes with Dovecot as X-GUID does.
    const inThread = state.features.inThread === 'unknown' ? isKnown : state.features.inThread
    state.features = { ...state.features, guid: isKnown, inThread }
    return isKnown
  }
  const command: Command<boolean> = {
    name: 'UID FETCH',
    parts: ['UID FETCH', { set: '*' }, '(X-GUID)'],
    effect: 'read',
    start: () => ({
      untagged: (response) => response.kind === 'fetch' && response.row.guid !== null,
      done: settle(true),
      refused(reply, state) {
        settle(false)(reply, state)
        return null
      },
    }),
  }
  return connection.run(command).catch((error: unknown) => {
    if (connection.features.guid === false) return false
    throw error
  })
}
