// Puts it all together: the mail of Alice, Bob and Carol over two years, the same for the same seed and day. A message between two of them
// is one message: it lies in the one's Sent and in the other's Inbox, under one Message-ID.

import { createHash } from 'node:crypto'
import { conversations } from './conversations.ts'
import { letters } from './foreign.ts'
import { writeConversation, writeLetter, writeListThread } from './letters.ts'
import { newsletter, newsletters } from './newsletters.ts'
import { bounce, invitation, junk, notice, receipt } from './notices.ts'
import { type Owner, owners, people } from './people.ts'
import { type Random, seedRandom } from './random.ts'
import { slotValues } from './values.ts'

export interface StoredMail {
  readonly folder: string
  /** IMAP flags and keywords. */
  readonly flags: readonly string[]
  readonly date: Date
  readonly raw: Buffer
}

/** One message on its way, before it is known where each of the three keeps it. */
export interface Posted {
  readonly from: { readonly address: string }
  readonly to: readonly { readonly address: string }[]
  readonly date: Date
  readonly raw: Buffer
  /** Who has answered it. */
  readonly answeredBy?: readonly string[]
  readonly label?: string
  /** Where somebody who files mail away would file it. */
  readonly folder?: string
}

export interface Post {
  readonly random: Random
  readonly now: Date
  readonly someDate: () => Date
  readonly newId: (address: string) => string
}

const DAY_MS = 86_400_000
const DAYS = 730

export function makeMailboxes(options: { perOwner: number; now: Date; seed?: number }): Record<Owner, StoredMail[]> {
  const { perOwner, now } = options
  const random = seedRandom(options.seed ?? 1912)
  const mailboxes: Record<Owner, StoredMail[]> = { alice: [], bob: [], carol: [] }
  const post: Post = { random, now, someDate: () => someDate(random, now), newId: idMaker(random) }
  const file = (mail: Posted) => {
    for (const owner of owners) {
      const { address } = people[owner]
      if (mail.from.address === address) mailboxes[owner].push(asSent(mail, random, now))
      else if (mail.to.some((person) => person.address === address))
        mailboxes[owner].push(asReceived(mail, address, random, now))
    }
  }
  const isFull = (owner: Owner, share: number) => mailboxes[owner].length >= perOwner * share
  const anyBelow = (share: number) => owners.some((owner) => !isFull(owner, share))
  const mostAt = () => Math.max(...owners.map((owner) => mailboxes[owner].length))

  // The three among themselves and with the world: a bit less than half of all.
  const nextConversation = random.deck(conversations)
  while (anyBelow(0.42) && mostAt() < perOwner * 0.55)
    for (const mail of writeConversation(post, nextConversation())) file(mail)
  const nextLetter = random.deck(letters)
  for (const owner of owners) {
    while (!isFull(owner, 0.5) && mailboxes[owner].length < perOwner - 4) {
      for (const mail of writeLetter(post, people[owner], nextLetter())) file(mail)
    }
  }
  while (mostAt() < perOwner * 0.68 && mostAt() < perOwner - 8) for (const mail of writeListThread(post)) file(mail)

  // The rest comes one by one, so that each has exactly as many as wanted.
  for (const owner of owners) {
    const own = mailboxes[owner]
    own.push(...drafts(post, owner).slice(0, Math.max(0, perOwner - own.length)))
    const nextNewsletter = random.deck(newsletters)
    while (own.length < perOwner) {
      own.push(oneOfMany(post, owner, nextNewsletter))
    }
    own.length = Math.min(own.length, perOwner)
    own.sort((a, b) => a.date.getTime() - b.date.getTime())
  }
  return mailboxes
}

function oneOfMany(post: Post, owner: Owner, nextNewsletter: () => (typeof newsletters)[number]): StoredMail {
  const { random, now } = post
  const to = people[owner]
  const date = post.someDate()
  const values = slotValues(random, to)
  const received = (raw: Buffer, folder?: string): StoredMail =>
    asReceived({ from: { address: '' }, to: [to], date, raw, folder }, to.address, random, now)
  const kind = random.next()
  if (kind < 0.42) {
    const sender = nextNewsletter()
    return received(newsletter(sender, to, date, post.newId(sender.from.address), values, random), 'Newsletters')
  }
  if (kind < 0.68) return received(notice(to, date, post.newId('notice@example.test'), values, random))
  if (kind < 0.82) return received(receipt(to, date, post.newId('shop@quayside-hardware.example'), random), 'Receipts')
  if (kind < 0.9) {
    const raw = junk(to, date, post.newId('x@bulk.example'), values, random)
    return {
      folder: 'Junk',
      flags: ['$Junk', ...(random.chance(0.3) ? ['\\Seen'] : [])],
      date: recent(date, now, random),
      raw,
    }
  }
  if (kind < 0.96) {
    const others = owners.filter((other) => other !== owner).map((other) => people[other])
    const startsAt = new Date(date.getTime() + random.int(1, 9) * DAY_MS)
    startsAt.setUTCHours(random.int(8, 15), random.pick([0, 30]), 0, 0)
    const from = random.pick(others)
    return received(
      invitation(
        from,
        [to, ...others.filter((other) => other !== from)],
        date,
        startsAt,
        post.newId(from.address),
        values,
        random,
      ),
    )
  }
  const recipient = `${random.pick(['m.hoffmann', 'info', 'j.peters', 'old.address'])}@elsewhere.example`
  const original = writeLetter(post, to, random.pick(letters))[0]
  return received(bounce(to, date, post.newId('daemon@mail.example.test'), recipient, original?.raw ?? Buffer.alloc(0)))
}

function drafts(post: Post, owner: Owner): StoredMail[] {
  const conversation = conversations.filter((one) => one.turns[0]?.by === 'A').slice(0, 4)
  return conversation.flatMap((one) => {
    const [mail] = writeConversation(post, { ...one, turns: one.turns.slice(0, 1) }, owner)
    return mail
      ? [
          {
            folder: 'Drafts',
            flags: ['\\Draft', '\\Seen'],
            date: recent(mail.date, post.now, post.random),
            raw: mail.raw,
          },
        ]
      : []
  })
}

function asSent(mail: Posted, random: Random, now: Date): StoredMail {
  const isOld = now.getTime() - mail.date.getTime() > 300 * DAY_MS
  return {
    folder: isOld && random.chance(0.3) ? 'Archive' : 'Sent',
    flags: ['\\Seen', ...labels(mail)],
    date: mail.date,
    raw: mail.raw,
  }
}

function asReceived(mail: Posted, address: string, random: Random, now: Date): StoredMail {
  const ageDays = (now.getTime() - mail.date.getTime()) / DAY_MS
  const isAnswered = mail.answeredBy?.includes(address) ?? false
  const flags = [...labels(mail)]
  if (isAnswered || random.chance(ageDays > 14 ? 0.975 : ageDays > 3 ? 0.75 : 0.45)) flags.push('\\Seen')
  if (isAnswered) flags.push('\\Answered')
  if (random.chance(0.04)) flags.push('\\Flagged')
  if (random.chance(0.01)) flags.push('$Forwarded')
  let folder = 'INBOX'
  if (ageDays > 21 && mail.folder !== undefined && random.chance(0.7)) folder = mail.folder
  else if (ageDays > 120 && random.chance(0.3)) folder = 'Archive'
  else if (ageDays > 30 && random.chance(0.03)) folder = 'Trash'
  return { folder, flags, date: mail.date, raw: mail.raw }
}

const labels = (mail: Posted): string[] => (mail.label === undefined ? [] : [mail.label.toLowerCase()])

/** Two years of mail, with more of it lately and much of it in the last week; by day rather than by night. */
function someDate(random: Random, now: Date): Date {
  const ageDays = random.chance(0.12) ? random.next() * 7 : 7 + random.next() ** 1.4 * (DAYS - 7)
  const date = new Date(now.getTime() - ageDays * DAY_MS)
  if (random.chance(0.85)) date.setUTCHours(random.int(6, 18))
  return date.getTime() > now.getTime() ? new Date(now.getTime() - random.int(5, 300) * 60_000) : date
}

/** Junk and drafts do not grow old. */
function recent(date: Date, now: Date, random: Random): Date {
  const isRecent = now.getTime() - date.getTime() < 30 * DAY_MS
  return isRecent ? date : new Date(now.getTime() - random.next() * 30 * DAY_MS)
}

function idMaker(random: Random): (address: string) => string {
  let count = 0
  return (address) => {
    const hash = createHash('sha256').update(`${count++} ${random.next()}`).digest('hex')
    return `${hash.slice(0, 20)}@${address.split('@')[1]}`
  }
}
