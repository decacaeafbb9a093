// Opens the store over a JMAP client: joins tables, lists, sync, the queue of changes and the actions. See index.ts.

import type { JmapClient } from '../jmap/client.ts'
import { countsFor, createEmailActions, movesSomething, undoTimeMs } from './actions.ts'
import { createEmailTable } from './emails.ts'
import { createLiveQuery, type StoredQuery } from './live-query.ts'
import { createLoader, type Loader } from './loader.ts'
import { createMailboxActions } from './mailbox-actions.ts'
import { createMailboxTable } from './mailboxes.ts'
import { rowOf } from './rows.ts'
import { createSetQueue } from './set-queue.ts'
import { createSnoozeActions } from './snooze-actions.ts'
import { createSync } from './sync.ts'
import { createTaskBoard } from './tasks.ts'
import type { MailStore, QuerySpec } from './types.ts'
import { createUndoStack } from './undo.ts'

/** Lists kept after they were left, so that going back is instant. */
const maxIdleQueries = 12

export interface StoreOptions {
  /** Injected by tests: how long deletions wait for their undo. */
  readonly undoTimeMs?: number
}

export function openStore(client: JmapClient, options: StoreOptions = {}): MailStore {
  const emails = createEmailTable()
  const mailboxes = createMailboxTable()
  const undo = createUndoStack()
  const tasks = createTaskBoard()
  const queries = new Map<string, StoredQuery>()
  const rows = rowOf(emails)
  const pushListeners = new Set<Parameters<MailStore['subscribePushed']>[0]>()
  const held = createHeldChanges(options.undoTimeMs ?? undoTimeMs)
  let loader: Loader

  const fail = (error: unknown) => {
    console.error(error)
    undo.push({ text: 'mail:failed', kind: 'error' })
  }
  const recheck = (ids: Iterable<string>) => {
    const list = [...ids]
    for (const query of queries.values()) query.recheck(list)
  }
  const sync = createSync({
    client,
    emails,
    mailboxes,
    loader: () => loader,
    refreshQueries: async () => {
      await Promise.all([...queries.values()].map((query) => query.refresh()))
    },
    onError: fail,
  })
  loader = createLoader({ client, emails, noteState: sync.noteState })

  const queue = createSetQueue({
    client,
    emails,
    tasks,
    onRolledBack(change, ids) {
      if (movesSomething(change)) recheck(ids)
    },
    onSettled(changes, refused) {
      if (refused.ids.length > 0) {
        console.error('refused', refused.ids, refused.error)
        undo.push({ text: 'mail:refused', values: { count: refused.ids.length }, kind: 'error' })
      }
      // The counts that were guessed stand until the true ones are there.
      void sync
        .refresh()
        .finally(() => mailboxes.dropCounts(changes.map((change) => countsFor(change, emails, change))))
    },
  })
  const emailActions = createEmailActions({ client, emails, mailboxes, queue, undo, held, recheck })
  const mailboxActions = createMailboxActions({
    client,
    mailboxes,
    undo,
    held,
    refresh: sync.refresh,
    setRead: (ids) => emailActions.setRead(ids, true),
    setEmptied(mailboxId, isEmptied) {
      for (const query of queries.values()) {
        if ('inMailbox' in query.spec.filter && query.spec.filter.inMailbox === mailboxId) query.setEmptied(isEmptied)
      }
    },
    fail,
  })
  const snoozeActions = createSnoozeActions({ client, emails, mailboxes, undo, refresh: sync.refresh, recheck, fail })
  void sync.refresh()

  function query(spec: QuerySpec): StoredQuery {
    const key = JSON.stringify(spec)
    const known = queries.get(key)
    const found = known ?? createLiveQuery({ client, emails, loader }, spec)
    // Reinserted: a Map's order is the order of use.
    queries.delete(key)
    queries.set(key, found)
    let idle = [...queries.values()].filter((other) => !other.isWatched && other !== found).length
    for (const [otherKey, other] of queries) {
      if (idle <= maxIdleQueries) break
      if (other.isWatched || other === found) continue
      queries.delete(otherKey)
      idle--
    }
    return found
  }

  return {
    accountId: client.accountId,
    client,
    actions: { ...emailActions, ...mailboxActions, ...snoozeActions },
    undo,
    tasks,
    email: emails.get,
    thread: emails.thread,
    mailbox: mailboxes.get,
    mailboxes: mailboxes.list,
    mailboxByRole: mailboxes.byRole,
    query,
    row: rows,
    async loadThread(threadId) {
      if (!emails.thread(threadId)) await loader.fetchThreads([threadId])
      return emails.thread(threadId)
    },
    loadEmails: (ids) => loader.loadEmails(ids),
    refresh: sync.refresh,
    pushed(states) {
      for (const hear of pushListeners) hear(states)
      if (sync.isNews(states)) void sync.refresh()
    },
    resumed() {
      for (const hear of pushListeners) hear(null)
      void sync.refresh()
    },
    subscribePushed(listener) {
      pushListeners.add(listener)
      return () => {
        pushListeners.delete(listener)
      }
    },
    subscribeEmail: emails.subscribe,
    subscribeThread: emails.subscribeThread,
    subscribeMailboxes: mailboxes.subscribe,
    connection: client.connection.state,
    subscribeConnection: client.connection.subscribe,
    flush: held.flush,
  }
}

type Commit = (options: { outlivesPage: boolean }) => Promise<void>

function createHeldChanges(waitMs: number) {
  const commits = new Map<Commit, ReturnType<typeof setTimeout>>()
  return {
    hold(commit: Commit): () => void {
      const timer = setTimeout(() => {
        commits.delete(commit)
        void commit({ outlivesPage: false })
      }, waitMs)
      commits.set(commit, timer)
      return () => {
        clearTimeout(timer)
        commits.delete(commit)
      }
    },
    async flush(): Promise<void> {
      const waiting = [...commits]
      commits.clear()
      await Promise.all(
        waiting.map(([commit, timer]) => {
          clearTimeout(timer)
          return commit({ outlivesPage: true })
        }),
      )
    },
  }
}
