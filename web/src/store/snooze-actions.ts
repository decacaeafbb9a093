// Puts messages to sleep, and wakes them. The server moves them; here they leave the list at once, and are back where that was refused.

import type { JmapClient } from '../jmap/client.ts'
import { countsFor } from './actions.ts'
import type { EmailTable, PendingChange } from './emails.ts'
import { chunksOf } from './loader.ts'
import type { MailboxTable } from './mailboxes.ts'
import { mailboxPatch } from './patches.ts'
import type { MailActions, UndoStack } from './types.ts'

/** RFC 8620 §2: maxObjectsInSet is at least 500. */
const chunkSize = 500

export interface SnoozeActionDeps {
  readonly client: JmapClient
  readonly emails: EmailTable
  readonly mailboxes: MailboxTable
  readonly undo: UndoStack
  readonly refresh: () => Promise<void>
  readonly recheck: (emailIds: Iterable<string>) => void
  readonly fail: (error: unknown) => void
}

export function createSnoozeActions(deps: SnoozeActionDeps): Pick<MailActions, 'snooze' | 'wake'> {
  const { client, emails, mailboxes, undo, refresh, recheck, fail } = deps
  const { accountId } = client

  /** Shown until the server has answered, and then as it says. */
  async function during(patches: PendingChange['patches'], work: () => Promise<readonly string[]>): Promise<void> {
    const change: PendingChange = { patches }
    const counts = countsFor(change, emails, change)
    mailboxes.addCounts(counts)
    emails.add(change)
    recheck(patches.keys())
    let refused: readonly string[] = [...patches.keys()]
    try {
      refused = await work()
      if (refused.length > 0) undo.push({ text: 'mail:refused', values: { count: refused.length }, kind: 'error' })
    } catch (error) {
      fail(error)
    }
    emails.confirm(
      change,
      [...patches.keys()].filter((id) => !refused.includes(id)),
    )
    emails.drop(change, refused)
    recheck(refused)
    await refresh().finally(() => mailboxes.dropCounts([counts]))
  }

  return {
    snooze(ids, { until, shown }, from) {
      const asleep = mailboxes.byRole('snoozed')?.id
      const patches = new Map(
        ids.map((id) => {
          const leaves = from === undefined ? Object.keys(emails.get(id)?.mailboxIds ?? {}) : [from]
          const gone = leaves.filter((mailbox) => mailbox !== asleep)
          return [id, mailboxPatch(gone, asleep === undefined ? [] : [asleep])] as const
        }),
      )
      const seconds = `${until.toISOString().slice(0, 19)}Z`
      const made: string[] = []
      const whole = during(patches, async () => {
        const refused: string[] = []
        for (const chunk of chunksOf(ids, chunkSize)) {
          const create = Object.fromEntries(chunk.map((emailId) => [emailId, { emailId, until: seconds }]))
          // A message sleeps once: the second request is the first.
          const answer = await client.call('Snooze/set', { accountId, create }, { mayRepeat: true })
          made.push(...Object.values(answer.created ?? {}).flatMap(({ id }) => id ?? []))
          refused.push(...Object.keys(answer.notCreated ?? {}))
        }
        return refused
      })
      undo.push({
        text: 'mail:snoozed',
        values: { count: ids.length, time: shown },
        undo: async () => {
          await whole
          if (made.length > 0) await destroy(made)
        },
      })
    },
    wake(ids) {
      const asleep = mailboxes.byRole('snoozed')?.id
      const patches = new Map(ids.map((id) => [id, mailboxPatch(asleep === undefined ? [] : [asleep], [])] as const))
      void during(patches, async () => {
        const { list } = await client.call('Snooze/get', { accountId, ids: null })
        const mine = list.filter(({ emailId }) => ids.includes(emailId))
        const answer = await client.call('Snooze/set', { accountId, destroy: mine.map(({ id }) => id) })
        const kept = new Set(Object.keys(answer.notDestroyed ?? {}))
        const woken = new Set(mine.filter(({ id }) => !kept.has(id)).map(({ emailId }) => emailId))
        return ids.filter((id) => !woken.has(id))
      })
    },
  }

  async function destroy(ids: readonly string[]): Promise<void> {
    try {
      await client.call('Snooze/set', { accountId, destroy: ids })
    } catch (error) {
      fail(error)
    }
    await refresh()
  }
}
