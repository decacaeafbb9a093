// Sends changes of messages: all that was done while one Email/set was under way goes out as the next, patches of one
// message merged. What the server refuses is rolled back message by message, the rest stands.

import { capabilities, type SetError } from '#shared/jmap/core.ts'
import type { JmapClient } from '../jmap/client.ts'
import type { EmailTable, PendingChange } from './emails.ts'
import { chunksOf } from './loader.ts'
import type { EmailPatch } from './patches.ts'

export interface SetQueueDeps {
  readonly client: JmapClient
  readonly emails: EmailTable
  /** These messages are as they were before the change. */
  readonly onRefused: (change: PendingChange, emailIds: readonly string[], error: unknown) => void
  /** The server has answered for all of a change. */
  readonly onSettled: (changes: readonly PendingChange[]) => void
}

export interface SetQueue {
  /** The change must be in the table already. */
  send(change: PendingChange, options?: { outlivesPage?: boolean }): Promise<void>
}

export function createSetQueue({ client, emails, onRefused, onSettled }: SetQueueDeps): SetQueue {
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
    const merged = merge(changes)
    for (const chunk of chunksOf([...merged], maxObjects)) {
      const refused = await sendChunk(chunk, options)
      settle(
        changes,
        chunk.map(([id]) => id),
        refused,
      )
    }
    onSettled(changes)
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

  function settle(
    changes: readonly PendingChange[],
    ids: readonly string[],
    refused: ReadonlyMap<string, unknown>,
  ): void {
    for (const change of changes) {
      const mine = ids.filter((id) => change.patches.has(id))
      const failed = mine.filter((id) => refused.has(id))
      emails.confirm(
        change,
        mine.filter((id) => !refused.has(id)),
      )
      if (failed.length === 0) continue
      emails.drop(change, failed)
      onRefused(change, failed, refused.get(failed[0] ?? ''))
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
