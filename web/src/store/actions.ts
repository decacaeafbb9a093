// What people do to messages. Each is shown at once, sent, rolled back where refused, and can be taken back: by the
// opposite change, or, for what is deleted for good, by not having been sent yet.

import type { JmapClient } from '../jmap/client.ts'
import type { EmailTable, PendingChange } from './emails.ts'
import type { CountChange, MailboxTable } from './mailboxes.ts'
import {
  assumedInverse,
  type EmailPatch,
  inversePatch,
  keywordPatch,
  mailboxPatch,
  touchesMailboxes,
} from './patches.ts'
import type { SetQueue } from './set-queue.ts'
import type { MailActions, Notice, UndoStack } from './types.ts'

/** How long a deletion for good waits for an «undo». */
export const undoTimeMs = 8_000

export interface ActionDeps {
  readonly client: JmapClient
  readonly emails: EmailTable
  readonly mailboxes: MailboxTable
  readonly queue: SetQueue
  readonly undo: UndoStack
  readonly held: HeldChanges
  /** Lists look again at these messages. */
  readonly recheck: (emailIds: Iterable<string>) => void
}

/** Deletions that wait for their undo time; all are sent when the page goes away. */
export interface HeldChanges {
  hold(commit: (options: { outlivesPage: boolean }) => Promise<void>): () => void
}

type EmailActions = Pick<
  MailActions,
  'setRead' | 'setFlagged' | 'setKeyword' | 'move' | 'copy' | 'archive' | 'junk' | 'notJunk' | 'trash' | 'destroy'
>

export function createEmailActions(deps: ActionDeps): EmailActions {
  const { emails, mailboxes, queue, undo, held, recheck } = deps

  /** Shows a change and says what it does to the folders' counts. */
  function show(change: PendingChange): void {
    mailboxes.addCounts(countsFor(change, emails, change))
    emails.add(change)
    if (movesSomething(change)) recheck(change.patches.keys())
  }

  function apply(patches: ReadonlyMap<string, EmailPatch>, notice: Notice | undefined): void {
    const inverse = new Map<string, EmailPatch>()
    for (const [id, patch] of patches) {
      const email = emails.get(id)
      const back = email ? inversePatch(email, patch) : assumedInverse(patch)
      if (Object.keys(back).length > 0) inverse.set(id, back)
    }
    if (inverse.size === 0) return
    const change: PendingChange = { patches: new Map([...patches].filter(([id]) => inverse.has(id))) }
    show(change)
    void queue.send(change)
    if (notice) undo.push({ ...notice, undo: () => apply(inverse, undefined) })
  }

  function setKeyword(ids: readonly string[], keyword: string, isOn: boolean, text?: string): void {
    const patch = keywordPatch(keyword, isOn)
    apply(
      new Map(ids.map((id) => [id, patch])),
      text === undefined ? undefined : { text, values: { count: ids.length } },
    )
  }

  function move(ids: readonly string[], to: string, from: string | undefined, notice?: Notice): void {
    const patches = new Map<string, EmailPatch>()
    for (const id of ids) {
      const current = Object.keys(emails.get(id)?.mailboxIds ?? {})
      const leaves = from !== undefined && (current.length === 0 || current.includes(from)) ? [from] : current
      patches.set(
        id,
        mailboxPatch(
          leaves.filter((mailbox) => mailbox !== to),
          [to],
        ),
      )
    }
    const folder = mailboxes.get(to)
    apply(
      patches,
      notice ?? {
        text: 'mail:moved',
        values: { count: ids.length, folder: folder?.name ?? '', role: folder?.role ?? '' },
      },
    )
  }

  function moveToRole(
    role: 'archive' | 'junk' | 'trash' | 'inbox',
    ids: readonly string[],
    from: string | undefined,
    text: string,
  ): boolean {
    const folder = mailboxes.byRole(role)
    if (folder) move(ids, folder.id, from, { text, values: { count: ids.length } })
    else undo.push({ text: `mail:noFolder.${role}`, kind: 'error' })
    return folder !== undefined
  }

  function destroy(ids: readonly string[]): void {
    if (ids.length === 0) return
    const change: PendingChange = { patches: new Map(ids.map((id) => [id, 'destroy'] as const)) }
    const counts = countsFor(change, emails, change)
    mailboxes.addCounts(counts)
    emails.add(change)
    recheck(ids)
    const cancel = held.hold((options) => queue.send(change, options))
    undo.push({
      text: 'mail:destroyed',
      values: { count: ids.length },
      durationMs: undoTimeMs,
      undo: () => {
        cancel()
        emails.drop(change)
        mailboxes.dropCounts([counts])
        recheck(ids)
      },
    })
  }

  return {
    setRead: (ids, isRead, isQuiet) =>
      setKeyword(ids, '$seen', isRead, isQuiet ? undefined : isRead ? 'mail:markedRead' : 'mail:markedUnread'),
    setFlagged: (ids, isFlagged) =>
      setKeyword(ids, '$flagged', isFlagged, isFlagged ? 'mail:flagged' : 'mail:unflagged'),
    setKeyword: (ids, keyword, isOn) =>
      // What begins with $ has a meaning to programs (RFC 5788): a screen sets it by the way, and says so itself if need be.
      setKeyword(ids, keyword, isOn, keyword.startsWith('$') ? undefined : isOn ? 'mail:labelled' : 'mail:unlabelled'),
    move,
    copy(ids, to) {
      const patch = mailboxPatch([], [to])
      apply(new Map(ids.map((id) => [id, patch])), { text: 'mail:copied', values: { count: ids.length } })
    },
    archive: (ids, from) => void moveToRole('archive', ids, from, 'mail:archived'),
    junk(ids, from) {
      const junk = mailboxes.byRole('junk')
      if (!junk) return void undo.push({ text: 'mail:noFolder.junk', kind: 'error' })
      // Both words for filters that learn from one or the other: the move (Sieve, imapsieve) and the keyword.
      apply(
        new Map(
          ids.map((id) => {
            const current = Object.keys(emails.get(id)?.mailboxIds ?? {})
            const leaves = (from !== undefined ? [from] : current).filter((mailbox) => mailbox !== junk.id)
            return [
              id,
              {
                ...mailboxPatch(leaves, [junk.id]),
                ...keywordPatch('$junk', true),
                ...keywordPatch('$notjunk', false),
              },
            ]
          }),
        ),
        { text: 'mail:junked', values: { count: ids.length } },
      )
    },
    notJunk(ids) {
      const inbox = mailboxes.byRole('inbox')
      if (!inbox) return
      apply(
        new Map(
          ids.map((id) => {
            const leaves = Object.keys(emails.get(id)?.mailboxIds ?? {}).filter((mailbox) => mailbox !== inbox.id)
            return [
              id,
              {
                ...mailboxPatch(leaves, [inbox.id]),
                ...keywordPatch('$junk', false),
                ...keywordPatch('$notjunk', true),
              },
            ]
          }),
        ),
        { text: 'mail:unjunked', values: { count: ids.length } },
      )
    },
    trash(ids, from) {
      const trash = mailboxes.byRole('trash')
      const isInTrash = (id: string) => trash !== undefined && emails.get(id)?.mailboxIds[trash.id] === true
      destroy(ids.filter(isInTrash))
      const rest = ids.filter((id) => !isInTrash(id))
      if (rest.length > 0) moveToRole('trash', rest, from, 'mail:trashed')
    },
    destroy,
  }
}

export function movesSomething(change: PendingChange): boolean {
  return [...change.patches.values()].some((patch) => patch === 'destroy' || touchesMailboxes(patch))
}

const countsOf = new WeakMap<object, ReadonlyMap<string, CountChange>>()

/** What a change does to the counts of folders, as far as the messages are held; remembered under `key`. */
export function countsFor(change: PendingChange, emails: EmailTable, key: object): ReadonlyMap<string, CountChange> {
  const known = countsOf.get(key)
  if (known) return known
  const counts = new Map<string, CountChange>()
  const add = (mailboxId: string, isUnread: boolean, sign: 1 | -1) => {
    const count = counts.get(mailboxId) ?? { total: 0, unread: 0 }
    count.total += sign
    if (isUnread) count.unread += sign
    counts.set(mailboxId, count)
  }
  for (const [id, patch] of change.patches) {
    const email = emails.get(id)
    if (!email) continue
    const wasUnread = email.keywords.$seen !== true
    for (const mailboxId of Object.keys(email.mailboxIds)) add(mailboxId, wasUnread, -1)
    if (patch === 'destroy') continue
    const seen = patch['keywords/$seen']
    const isUnread = seen === undefined ? wasUnread : seen === null
    const after = new Set(Object.keys(email.mailboxIds))
    for (const [path, value] of Object.entries(patch)) {
      if (!path.startsWith('mailboxIds/')) continue
      if (value === null) after.delete(path.slice('mailboxIds/'.length))
      else after.add(path.slice('mailboxIds/'.length))
    }
    for (const mailboxId of after) add(mailboxId, isUnread, 1)
  }
  countsOf.set(key, counts)
  return counts
}
