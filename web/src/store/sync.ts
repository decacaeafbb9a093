// Keeps the records true: asks each type what changed since the state that we hold (RFC 8620 §5.2), reads anew only what
// is held, and starts over for a type whose changes the server cannot tell any more. One run at a time; what is asked for
// during a run makes one more.

import type { Mailbox } from '#shared/jmap/mail.ts'
import type { JmapClient } from '../jmap/client.ts'
import { JmapError } from '../jmap/methods.ts'
import type { EmailTable } from './emails.ts'
import type { Loader } from './loader.ts'
import type { MailboxTable } from './mailboxes.ts'

type SyncedType = 'Mailbox' | 'Email' | 'Thread'
const mutableProperties = ['id', 'mailboxIds', 'keywords'] as const

/** All but the counts of threads: nothing here shows them, and the server must have read every mailbox to tell them. */
const mailboxProperties = [
  'id',
  'name',
  'parentId',
  'role',
  'sortOrder',
  'totalEmails',
  'unreadEmails',
  'myRights',
  'isSubscribed',
] as const satisfies readonly (keyof Mailbox)[]

export interface SyncDeps {
  readonly client: JmapClient
  readonly emails: EmailTable
  readonly mailboxes: MailboxTable
  readonly loader: () => Loader
  readonly refreshQueries: () => Promise<void>
  readonly onError: (error: unknown) => void
}

export function createSync({ client, emails, mailboxes, loader, refreshQueries, onError }: SyncDeps) {
  const { accountId } = client
  const states: Partial<Record<SyncedType, string>> = {}
  /** States that answers carried during a run. */
  let seen: typeof states = {}
  let running: Promise<void> | undefined
  let isWantedAgain = false

  async function readMailboxes(): Promise<void> {
    const answer = await client.call('Mailbox/get', { accountId, ids: null, properties: mailboxProperties })
    states.Mailbox = answer.state
    mailboxes.replaceAll(answer.list)
  }

  async function syncMailboxes(): Promise<void> {
    const since = states.Mailbox
    if (since === undefined) return readMailboxes()
    const calls = client.batch((batch) => {
      const changes = batch.call('Mailbox/changes', { accountId, sinceState: since })
      return {
        changes,
        created: batch.call('Mailbox/get', {
          accountId,
          '#ids': changes.ref('/created'),
          properties: mailboxProperties,
        }),
        updated: batch.call('Mailbox/get', {
          accountId,
          '#ids': changes.ref('/updated'),
          properties: mailboxProperties,
        }),
      }
    })
    const changes = await calls.changes
    mailboxes.put([...(await calls.created).list, ...(await calls.updated).list])
    mailboxes.remove(changes.destroyed)
    states.Mailbox = changes.newState
    if (changes.hasMoreChanges) await syncMailboxes()
  }

  async function syncEmails(): Promise<void> {
    const since = states.Email
    if (since === undefined) return
    const changes = await client.call('Email/changes', { accountId, sinceState: since })
    const held = changes.updated.filter((id) => emails.confirmed(id))
    if (held.length > 0) {
      const answer = await client.call('Email/get', { accountId, ids: held, properties: mutableProperties })
      emails.put(answer.list)
      emails.remove(answer.notFound)
    }
    emails.remove(changes.destroyed)
    states.Email = changes.newState
    if (changes.hasMoreChanges) await syncEmails()
  }

  async function syncThreads(): Promise<void> {
    const since = states.Thread
    if (since === undefined) return
    const changes = await client.call('Thread/changes', { accountId, sinceState: since })
    const held = changes.updated.filter((id) => emails.thread(id))
    if (held.length > 0) {
      await loader().fetchThreads(held)
      await loader().loadEmails(held.flatMap((id) => emails.thread(id)?.emailIds ?? []))
    }
    emails.removeThreads(changes.destroyed)
    states.Thread = changes.newState
    if (changes.hasMoreChanges) await syncThreads()
  }

  /** RFC 8620 §5.2, cannotCalculateChanges: what we hold may be wrong; what is looked at is read anew, the rest forgotten. */
  async function startOver(type: SyncedType): Promise<void> {
    delete states[type]
    if (type === 'Mailbox') return readMailboxes()
    if (type === 'Thread') {
      const ids = emails.threadIds()
      return loader().fetchThreads(ids)
    }
    const watched = emails.ids().filter((id) => emails.isWatched(id) || emails.hasPending(id))
    const isKept = new Set(watched)
    emails.remove(emails.ids().filter((id) => !isKept.has(id)))
    await loader().fetchEmails(watched)
  }

  async function orStartOver(type: SyncedType, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (error instanceof JmapError && error.type === 'cannotCalculateChanges') await startOver(type)
      else onError(error)
    }
  }

  async function run(): Promise<void> {
    await Promise.all([
      orStartOver('Mailbox', syncMailboxes),
      orStartOver('Email', syncEmails),
      orStartOver('Thread', syncThreads),
      refreshQueries(),
    ])
  }

  async function refresh(): Promise<void> {
    if (running) {
      isWantedAgain = true
      return running
    }
    running = (async () => {
      try {
        do {
          isWantedAgain = false
          seen = {}
          await run()
          const isBehind = (type: SyncedType) => seen[type] !== undefined && seen[type] !== states[type]
          isWantedAgain ||= isBehind('Email') || isBehind('Thread')
        } while (isWantedAgain)
      } finally {
        running = undefined
      }
    })()
    return running
  }

  return {
    refresh,
    /** Push: true if something is new to us. */
    isNews: (pushed: Readonly<Record<string, string>>) =>
      Object.entries(pushed).some(([type, state]) => {
        const held = states[type as SyncedType]
        return (type === 'Mailbox' || type === 'Email' || type === 'Thread') && held !== undefined && held !== state
      }),
    noteState(type: 'Email' | 'Thread', state: string): void {
      const held = states[type]
      if (held === undefined) states[type] = state
      // Newer than all that was read before: those may have changed in between. A run under way is about to see to it.
      else if (running) seen[type] = state
      else if (held !== state) void refresh()
    },
  }
}

export type Sync = ReturnType<typeof createSync>
