// Messages and conversations as the server has them, and on top of that the patches of actions under way. Taking a patch
// away again is all there is to a rollback. Heads that nobody looks at are forgotten, the longest unseen first.

import type { Thread } from '#shared/jmap/mail.ts'
import { applyPatch, type EmailPatch } from './patches.ts'
import { createSignals } from './signals.ts'
import { type EmailHead, emailHeadProperties } from './types.ts'

/** What an action changes, until the server has said yes or no. */
export interface PendingChange {
  readonly patches: ReadonlyMap<string, EmailPatch | 'destroy'>
}

/** Heads kept without anybody watching them: some 600 bytes each. */
const maxIdle = 5_000

export function createEmailTable() {
  const server = new Map<string, EmailHead>()
  const threads = new Map<string, Thread>()
  const shown = new Map<string, EmailHead>()
  const pending = new Map<string, PendingChange[]>()
  const emailSignals = createSignals()
  const threadSignals = createSignals()

  function recompute(id: string): void {
    let email = server.get(id)
    for (const change of pending.get(id) ?? []) {
      const patch = change.patches.get(id)
      if (patch === 'destroy') email = undefined
      else if (email && patch) email = applyPatch(email, patch)
    }
    if (email) shown.set(id, email)
    else shown.delete(id)
    emailSignals.emit(id)
  }

  return {
    get: (id: string) => shown.get(id),
    /** As the server has it, or had it last. */
    confirmed: (id: string) => server.get(id),
    thread: (id: string) => threads.get(id),
    ids: () => [...server.keys()],
    threadIds: () => [...threads.keys()],
    hasPending: (id: string) => pending.has(id),
    subscribe: emailSignals.subscribe,
    subscribeThread: threadSignals.subscribe,
    isWatched: (id: string) => emailSignals.isWatched(id),

    put(list: readonly (Partial<EmailHead> & { id: string })[]): void {
      for (const partial of list) {
        const before = server.get(partial.id)
        const isComplete = emailHeadProperties.every((property) => property in partial)
        if (!before && !isComplete) continue
        // Reinserted, so that a Map's order is the order of use.
        server.delete(partial.id)
        server.set(partial.id, { ...before, ...partial } as EmailHead)
        recompute(partial.id)
      }
      evict()
    },

    putThreads(list: readonly Thread[]): void {
      for (const thread of list) {
        const before = threads.get(thread.id)
        if (before && before.emailIds.join() === thread.emailIds.join()) continue
        threads.set(thread.id, thread)
        threadSignals.emit(thread.id)
      }
    },

    remove(ids: Iterable<string>): void {
      for (const id of ids) {
        if (server.delete(id)) recompute(id)
      }
    },

    removeThreads(ids: Iterable<string>): void {
      for (const id of ids) {
        if (threads.delete(id)) threadSignals.emit(id)
      }
    },

    add(change: PendingChange): void {
      for (const id of change.patches.keys()) {
        pending.set(id, [...(pending.get(id) ?? []), change])
        recompute(id)
      }
    },

    /** The server refused these (or all) of a change: as if it had never been. */
    drop(change: PendingChange, ids: Iterable<string> = change.patches.keys()): void {
      for (const id of ids) {
        const rest = (pending.get(id) ?? []).filter((other) => other !== change)
        if (rest.length > 0) pending.set(id, rest)
        else pending.delete(id)
        recompute(id)
      }
    },

    /** The server did these of a change: they are the truth now. */
    confirm(change: PendingChange, ids: Iterable<string>): void {
      for (const id of ids) {
        const email = server.get(id)
        const patch = change.patches.get(id)
        if (patch === 'destroy') server.delete(id)
        else if (email && patch) server.set(id, applyPatch(email, patch))
      }
      this.drop(change, ids)
    },
  }

  function evict(): void {
    if (server.size <= maxIdle * 1.2) return
    let surplus = server.size - maxIdle
    for (const id of server.keys()) {
      if (surplus <= 0) return
      if (emailSignals.isWatched(id) || pending.has(id)) continue
      const threadId = server.get(id)?.threadId
      server.delete(id)
      shown.delete(id)
      if (threadId && !threadSignals.isWatched(threadId)) threads.delete(threadId)
      surplus--
    }
  }
}

export type EmailTable = ReturnType<typeof createEmailTable>
