// What the people were promised, against what is there: pure, over their journal and what was read from outside.

import type { ActionEntry, Entry, Promised } from '../load/journal.ts'

/** One message in a mailbox, as Dovecot shows it. */
export interface FoundMail {
  readonly user: string
  readonly mailbox: string
  readonly messageId: string
  readonly flags: readonly string[]
}

export interface Kept {
  /** Broken promises, a line each. */
  readonly faults: readonly string[]
  /** Sends that were acknowledged and have not arrived: the same as a fault once waiting is over. */
  readonly underway: number
  readonly drafts: number
  readonly sends: number
  readonly flags: number
}

type Wished<K extends Promised['kind']> = ActionEntry & { readonly wish: Extract<Promised, { kind: K }> }

export function wishesOf<K extends Promised['kind']>(entries: readonly Entry[], kind: K): Wished<K>[] {
  return entries.filter((entry): entry is Wished<K> => entry.type === 'action' && entry.wish?.kind === kind)
}

export function judgeMail(entries: readonly Entry[], mails: readonly FoundMail[]): Kept {
  const faults: string[] = []
  const counts = new Map<string, number>()
  const key = (user: string, mailbox: string, messageId: string) => `${user} ${mailbox} ${messageId}`
  for (const { user, mailbox, messageId } of mails) {
    const place = key(user, mailbox, messageId)
    counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  const count = (user: string, mailbox: string, messageId: string) => counts.get(key(user, mailbox, messageId)) ?? 0

  const drafts = wishesOf(entries, 'draft')
  for (const { person, wish, outcome } of drafts) {
    const there = count(person, 'Drafts', wish.messageId)
    if (outcome === 'done' && there === 0) faults.push(`draft lost: ${wish.messageId}`)
    if (there > 1) faults.push(`draft ${there} times: ${wish.messageId}`)
  }
  const sends = wishesOf(entries, 'send')
  let underway = 0
  for (const { person, wish, outcome } of sends) {
    const { messageId, to } = wish
    const arrived = count(to, 'INBOX', messageId)
    const filed = count(person, 'Sent', messageId)
    const left = count(person, 'Drafts', messageId)
    if (arrived > 1) faults.push(`delivered ${arrived} times: ${messageId}`)
    if (filed > 1) faults.push(`${filed} copies in Sent: ${messageId}`)
    if (outcome !== 'done') continue
    if (arrived === 0 || filed === 0) {
      underway++
      const where = arrived === 0 ? 'has not arrived' : 'has arrived, but there is no copy in Sent'
      faults.push(`sent, and ${where}: ${messageId}${left > 0 ? ' (still in Drafts)' : ''}`)
    } else if (left > 0) faults.push(`sent, and still in Drafts: ${messageId}`)
  }
  const flags = lastFlags(wishesOf(entries, 'flag'))
  const flagged = new Set(
    mails.filter((mail) => mail.flags.includes('\\Flagged')).map(({ user, messageId }) => `${user} ${messageId}`),
  )
  for (const [place, isFlagged] of flags) {
    if (flagged.has(place) !== isFlagged) faults.push(`flag ${isFlagged ? 'lost' : 'came back'}: ${place}`)
  }
  const done = (list: readonly ActionEntry[]) => list.filter(({ outcome }) => outcome === 'done').length
  return { faults, underway, drafts: done(drafts), sends: done(sends), flags: flags.size }
}

/** What each message must have: the last that was acknowledged, unless something later failed and may yet have happened. */
function lastFlags(wishes: readonly Wished<'flag'>[]): Map<string, boolean> {
  const last = new Map<string, boolean>()
  for (const { person, wish, outcome } of wishes) {
    const place = `${person} ${wish.messageId}`
    if (outcome === 'done') last.set(place, wish.isFlagged)
    else last.delete(place)
  }
  return last
}

/** Settings as each node reads them: the last that was acknowledged, or a later one that failed and happened all the same. */
export function judgeSettings(
  entries: readonly Entry[],
  seen: Readonly<Record<string, readonly (number | null)[]>>,
): readonly string[] {
  const allowed = new Map<string, Set<number>>()
  for (const { person, wish, outcome } of wishesOf(entries, 'setting')) {
    if (outcome === 'done') allowed.set(person, new Set([wish.value]))
    else allowed.set(person, (allowed.get(person) ?? new Set([0])).add(wish.value))
  }
  return Object.entries(seen).flatMap(([person, values]) => {
    const ok = allowed.get(person) ?? new Set([0])
    const wrong = values.filter((value) => value !== null && !ok.has(value))
    const isDivided = new Set(values.filter((value) => value !== null)).size > 1
    return [
      ...(wrong.length > 0
        ? [`setting of ${person}: ${wrong.join(', ')} where ${[...ok].join(' or ')} was acknowledged`]
        : []),
      ...(isDivided ? [`setting of ${person} differs between nodes: ${values.join(', ')}`] : []),
    ]
  })
}
