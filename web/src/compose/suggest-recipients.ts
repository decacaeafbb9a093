// Whom one may mean: people written to and heard from, by how often and how lately. Read from the newest of Sent and Inbox
// when the first message is begun, kept in memory alone.

import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { MailStore } from '../store/index.ts'

export interface Known extends EmailAddress {
  readonly score: number
}

const readSent = 300
const readInbox = 200
const loading = new WeakMap<MailStore, Promise<readonly Known[]>>()

export function knownPeople(store: MailStore): Promise<readonly Known[]> {
  let people = loading.get(store)
  if (!people) {
    people = readPeople(store)
    loading.set(store, people)
    people.catch(() => loading.delete(store))
  }
  return people
}

/** Addresses, lower case, of those lately written to. */
export async function peopleWrittenTo(store: MailStore): Promise<ReadonlySet<string>> {
  const sent = await newestSent(store)
  return new Set(sent.flatMap(({ to, cc }) => [...(to ?? []), ...(cc ?? [])].map(({ email }) => email.toLowerCase())))
}

const sentOf = new WeakMap<MailStore, ReturnType<typeof readNewest>>()

function newestSent(store: MailStore): ReturnType<typeof readNewest> {
  const sent = sentOf.get(store) ?? readNewest(store, 'sent', readSent)
  sentOf.set(store, sent)
  sent.catch(() => sentOf.delete(store))
  return sent
}

async function readNewest({ client, accountId, mailboxByRole }: MailStore, role: 'sent' | 'inbox', limit: number) {
  const mailbox = mailboxByRole(role)
  if (!mailbox) return []
  const { ids } = await client.call('Email/query', {
    accountId,
    filter: { inMailbox: mailbox.id },
    sort: [{ property: 'receivedAt', isAscending: false }],
    limit,
  })
  if (ids.length === 0) return []
  const { list } = await client.call('Email/get', { accountId, ids, properties: ['from', 'to', 'cc', 'receivedAt'] })
  return list
}

async function readPeople(store: MailStore): Promise<readonly Known[]> {
  const [sent, received] = await Promise.all([newestSent(store), readNewest(store, 'inbox', readInbox)])
  const scores = new Map<string, { name: string | null; email: string; score: number }>()
  const count = (addresses: readonly EmailAddress[] | null | undefined, weight: number) => {
    for (const { name, email } of addresses ?? []) {
      const key = email.toLowerCase()
      const known = scores.get(key) ?? { name, email, score: 0 }
      scores.set(key, { name: known.name ?? name, email: known.email, score: known.score + weight })
    }
  }
  sent.forEach((email, at) => {
    // The hundredth newest counts for half of the newest.
    const weight = 10 / (1 + at / 100)
    count(email.to, weight)
    count(email.cc, weight / 2)
  })
  received.forEach((email, at) => {
    count(email.from, 2 / (1 + at / 100))
  })
  return [...scores.values()].sort((a, b) => b.score - a.score)
}

/** Those of whom every typed word begins a word of name or address. */
export function suggest(
  people: readonly Known[],
  typed: string,
  taken: ReadonlySet<string>,
  limit = 6,
): readonly Known[] {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  const matches = people.filter(({ name, email }) => {
    if (taken.has(email.toLowerCase())) return false
    const parts = `${name ?? ''} ${email}`.toLocaleLowerCase().split(/[\s@._+-]+/)
    return words.every((word) => parts.some((part) => part.startsWith(word)) || email.toLowerCase().startsWith(word))
  })
  return matches.slice(0, limit)
}
