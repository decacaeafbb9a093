// What can be done to rows: the one set of commands behind toolbar, keys, hover buttons and context menus. It knows which
// messages of a row an action means, and where to go when the open conversation leaves the list.

import { useCallback } from 'react'
import { showTimeAhead } from '../../shell/show-time.ts'
import { type EmailHead, type LiveQuery, type MailStore, type Row, useStore } from '../../store/index.ts'
import type { MailView } from '../mail-view.ts'

export type CommandName = 'archive' | 'junk' | 'notJunk' | 'trash' | 'read' | 'unread' | 'flag' | 'unflag'

const leaving: readonly CommandName[] = ['archive', 'junk', 'notJunk', 'trash']

/** Rows by id, or all that the list holds. */
export type Target = readonly string[] | 'all'

export interface Commands {
  run(name: CommandName, target: Target): void
  moveTo(target: Target, mailboxId: string): void
  copyTo(target: Target, mailboxId: string): void
  label(target: Target, keyword: string, isOn: boolean): void
  snooze(target: Target, until: Date): void
  wake(target: Target): void
  /** Whatever is done to the messages that «move» would take; of all of a list they are read first. */
  act(target: Target, run: (ids: readonly string[]) => void): void
  /** The messages that «move» would take. */
  movable(target: readonly string[]): string[]
}

export interface CommandDeps {
  readonly view: MailView
  readonly query: LiveQuery | undefined
  /** Called before rows leave the list: the screen moves cursor and reading pane to a row that stays. */
  readonly onLeaving: (target: Target) => void
}

export function useCommands({ view, query, onLeaving }: CommandDeps): Commands {
  const store = useStore()
  const { inMailbox } = view

  const rowsOf = useCallback(
    (target: readonly string[]): Row[] => (query ? target.flatMap((id) => store.row(id, query.spec) ?? []) : []),
    [query, store],
  )

  /** Ids for an action; for all of a list they are read first. */
  const withIds = (target: Target, pick: (row: Row) => readonly EmailHead[], act: (ids: string[]) => void) => {
    if (target !== 'all') act(rowsOf(target).flatMap((row) => pick(row).map(({ id }) => id)))
    else if (query) {
      const task = store.tasks.begin('mail:collecting', {}, 0)
      query
        .allEmailIds(task.signal)
        .then(act, () => task.signal.aborted || store.undo.push({ text: 'mail:failed', kind: 'error' }))
        .finally(() => task.end())
    }
  }

  const movableOf = (row: Row) => movableEmails(store, row, inMailbox)

  const everyone = ({ emails }: Row) => emails
  const newest = ({ latest }: Row) => [latest]
  const { actions } = store
  const table: Record<CommandName, readonly [pick: (row: Row) => readonly EmailHead[], act: (ids: string[]) => void]> =
    {
      archive: [movableOf, (ids) => actions.archive(ids, inMailbox)],
      junk: [movableOf, (ids) => actions.junk(ids, inMailbox)],
      notJunk: [movableOf, (ids) => actions.notJunk(ids)],
      trash: [movableOf, (ids) => actions.trash(ids, inMailbox)],
      read: [everyone, (ids) => actions.setRead(ids, true)],
      unread: [newest, (ids) => actions.setRead(ids, false)],
      flag: [newest, (ids) => actions.setFlagged(ids, true)],
      unflag: [everyone, (ids) => actions.setFlagged(ids, false)],
    }

  function run(name: CommandName, target: Target): void {
    if (leaving.includes(name)) onLeaving(target)
    withIds(target, ...table[name])
  }

  return {
    run,
    moveTo(target, mailboxId) {
      onLeaving(target)
      withIds(target, movableOf, (ids) => store.actions.move(ids, mailboxId, inMailbox))
    },
    snooze(target, until) {
      onLeaving(target)
      const time = { until, shown: showTimeAhead(until) }
      withIds(target, movableOf, (ids) => actions.snooze(ids, time, inMailbox))
    },
    wake(target) {
      onLeaving(target)
      withIds(target, movableOf, actions.wake)
    },
    copyTo: (target, mailboxId) => withIds(target, movableOf, (ids) => store.actions.copy(ids, mailboxId)),
    label: (target, keyword, isOn) =>
      withIds(
        target,
        ({ emails, latest }) => (isOn ? [latest] : emails),
        (ids) => store.actions.setKeyword(ids, keyword, isOn),
      ),
    act: (target, run) => withIds(target, movableOf, run),
    movable: (target) => rowsOf(target).flatMap((row) => movableOf(row).map(({ id }) => id)),
  }
}

/** Of a conversation the messages of this folder; in a search over all, what was not sent or thrown away. */
function movableEmails(store: MailStore, row: Row, inMailbox: string | undefined): readonly EmailHead[] {
  if (inMailbox !== undefined) {
    const here = row.emails.filter((email) => email.mailboxIds[inMailbox])
    return here.length > 0 ? here : [row.latest]
  }
  const kept = ['sent', 'drafts', 'trash', 'junk'] as const
  const elsewhere = new Set(kept.flatMap((role) => store.mailboxByRole(role)?.id ?? []))
  const free = row.emails.filter((email) => Object.keys(email.mailboxIds).some((id) => !elsewhere.has(id)))
  return free.length > 0 ? free : [row.latest]
}

export function isRowUnread(row: Row): boolean {
  return row.emails.some((email) => email.keywords.$seen !== true)
}

export function isRowFlagged(row: Row): boolean {
  return row.emails.some((email) => email.keywords.$flagged === true)
}
