// Sends changes of messages: all that was done while one Email/set was under way goes out as the next, patches of one
// message merged. What the server refuses is rolled back message by message, the rest stands. More than one Email/set holds
// is a task that can be stopped: what was not sent yet is rolled back as well.

import { capabilities, type SetError } from '#shared/jmap/core.ts'
import type { JmapClient } from '../jmap/client.ts'
import type { EmailTable, PendingChange } from './emails.ts'
import type { EmailPatch } from './patches.ts'
import type { TaskBoard } from './tasks.ts'

export interface SetQueueDeps {
  readonly client: JmapClient
  readonly emails: EmailTable
  readonly tasks: Pick<TaskBoard, 'begin'>
  /** These messages are as they were before the change. */
  readonly onRolledBack: (change: PendingChange, emailIds: readonly string[]) => void
  /** The server has answered for all of the changes, or the person has stopped them; what it refused, and the first reason. */
  readonly onSettled: (changes: readonly PendingChange[], refused: Refused) => void
}

interface Refused {
  readonly ids: readonly string[]
  readonly error: unknown
}

export interface SetQueue {
  /** The change must be in the table already. */
  send(change: PendingChange, options?: { outlivesPage?: boolean }): Promise<void>
}

export function createSetQueue({ client, emails, tasks, onRolledBack, onSettled }: SetQueueDeps): SetQueue {
  const core = client.session.capabilities[capabilities.core] as { maxObjectsInSet?: number } | undefined
  const maxObjects = Math.min(core?.maxObjectsInSet ?? 256, 500)
  let waiting: PendingChange[] = []
  let outlivesPage = false
  let next: Promise<void> | undefined
  let running: Promise<void> = Promise.resolve()

  async function run(): Promise<void> {
    const changes = waiting
    const options = { outlivesPage }
    waiting = []
    outlivesPage = false
    next = undefined
    const merged = [...merge(changes)]
    const task =
      merged.length > maxObjects ? tasks.begin('mail:changing', { count: merged.length }, merged.length) : undefined
    const refused = new Map<string, unknown>()
    for (let from = 0; from < merged.length; from += maxObjects) {
      if (task?.signal.aborted) {
        rollBack(changes, new Set(merged.slice(from).map(([id]) => id)))
        break
      }
      const chunk = merged.slice(from, from + maxObjects)
      const here = await sendChunk(chunk, options)
      confirm(
        changes,
        chunk.map(([id]) => id).filter((id) => !here.has(id)),
      )
      rollBack(changes, new Set(here.keys()))
      for (const [id, error] of here) refused.set(id, error)
      task?.setDone(from + chunk.length)
    }
    task?.end()
    onSettled(changes, { ids: [...refused.keys()], error: refused.values().next().value })
  }

  /** Which messages were refused, and why. */
  async function sendChunk(
    chunk: readonly (readonly [string, EmailPatch | 'destroy'])[],
    { outlivesPage }: { outlivesPage: boolean },
  ): Promise<ReadonlyMap<string, unknown>> {
    const update = Object.fromEntries(chunk.filter(([, patch]) => patch !== 'destroy')) as Record<string, EmailPatch>
    const destroy = chunk.filter(([, patch]) => patch === 'destroy').map(([id]) => id)
    try {
      const answer = await client.call(
        'Email/set',
        {
          accountId: client.accountId,
          ...(Object.keys(update).length > 0 ? { update } : {}),
          ...(destroy.length > 0 ? { destroy } : {}),
        },
        outlivesPage ? { outlivesPage } : {},
      )
      const refused = new Map<string, SetError>(Object.entries(answer.notUpdated ?? {}))
      for (const [id, error] of Object.entries(answer.notDestroyed ?? {})) {
        // Gone already is what was wanted.
        if (error.type !== 'notFound') refused.set(id, error)
      }
      return refused
    } catch (error) {
      return new Map(chunk.map(([id]) => [id, error] as const))
    }
  }

  function confirm(changes: readonly PendingChange[], ids: readonly string[]): void {
    for (const change of changes)
      emails.confirm(
        change,
        ids.filter((id) => change.patches.has(id)),
      )
  }

  function rollBack(changes: readonly PendingChange[], ids: ReadonlySet<string>): void {
    for (const change of changes) {
      const mine = [...change.patches.keys()].filter((id) => ids.has(id))
      if (mine.length === 0) continue
      emails.drop(change, mine)
      onRolledBack(change, mine)
    }
  }

  return {
    send(change, options = {}) {
      waiting.push(change)
      outlivesPage ||= options.outlivesPage ?? false
      next ??= running = running.then(run)
      return next
    },
  }
}

/** One patch per message: a later word on the same key wins, and nothing outlives its destruction. */
export function merge(changes: readonly PendingChange[]): Map<string, EmailPatch | 'destroy'> {
  const merged = new Map<string, EmailPatch | 'destroy'>()
  for (const { patches } of changes) {
    for (const [id, patch] of patches) {
      const before = merged.get(id)
      if (before === 'destroy') continue
      merged.set(id, patch === 'destroy' ? patch : { ...before, ...patch })
    }
  }
  return merged
}
