// The list with its toolbar, its states (loading, empty, failed), its selection, cursor and keys.

import { type KeyboardEvent, lazy, type RefObject, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { actionEntries } from '../../plugins/action-entries.tsx'
import { filterEntries } from '../../settings/filters/message-entries.tsx'
import { compose } from '../../shell/composer.ts'
import { useText } from '../../shell/i18n.ts'
import { patiently } from '../../shell/patiently.ts'
import { useMailPlace } from '../../shell/place.ts'
import { SnoozeDialog } from '../../shell/screens.ts'
import { type LiveQuery, type QuerySpec, type Row, useMailboxes, useQuery, useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { LazyContextMenu } from '../../ui/lazy-menu.tsx'
import { type CommandName, isRowFlagged, isRowUnread, type Target, useCommands } from '../actions/commands.ts'
import { useLabels } from '../actions/labels.ts'
import { folderMenu, labelMenu, type RowMenuDeps, rowMenu } from '../actions/row-menu.tsx'
import type { MailView } from '../mail-view.ts'
import { startDrag } from './drag.ts'
import { CalmSea, CutCable, Lighthouse } from './empty-art.tsx'
import styles from './list-pane.module.css'
import { ListToolbar } from './list-toolbar.tsx'
import { type ListHandle, MessageList } from './message-list.tsx'
import { PlaceholderRow, type RowHandlers, rowId } from './message-row.tsx'
import { nothingSelected, selectMany, selectRange, toggle } from './selection.ts'
import { type MenuKind, useListKeys } from './use-list-keys.ts'
import { useMyAddresses } from './use-my-addresses.ts'

const LabelDialog = lazy(() => patiently(() => import('../actions/label-dialog.tsx')))

export interface ListPaneProps {
  readonly view: MailView
  readonly title: string
  readonly isBeside: boolean
  /** Set here: how the reading pane goes to the next row. */
  readonly stepRef: RefObject<(step: 1 | -1) => void>
  readonly onFolders: () => void
}

const nowhere: QuerySpec = { filter: { inMailbox: ' ' }, collapseThreads: false }

export function ListPane(props: ListPaneProps) {
  const t = useText('mail')
  const mailboxes = useMailboxes()
  if (props.view.spec) return <Loaded {...props} spec={props.view.spec} />
  if (mailboxes.length === 0) return <Placeholders />
  return <EmptyState art={<Lighthouse />} title={t('noSuchFolder')} />
}

function Loaded({ view, spec, title, isBeside, stepRef, onFolders }: ListPaneProps & { spec: QuerySpec }) {
  const t = useText('mail')
  const store = useStore()
  const place = useMailPlace()
  const mailboxes = useMailboxes()
  const labels = useLabels()
  const me = useMyAddresses()
  const query = useQuery(spec ?? nowhere)
  const list = useRef<ListHandle>(null)
  const [selection, setSelection] = useState(nothingSelected)
  const [cursor, setCursor] = useState<string | undefined>()
  /** Where the cursor shall be as soon as that row has been read. */
  const [wanted, setWanted] = useState<number | null>(null)
  const wantedId = wanted === null ? undefined : query.idAt(wanted)
  const [snoozeTarget, setSnoozeTarget] = useState<Target | null>(null)
  const isAsleep = view.mailbox?.role === 'snoozed' && !view.isSearch
  const [menu, setMenu] = useState<{ target: Target; at: { x: number; y: number }; only?: MenuKind } | null>(null)
  const [labelTarget, setLabelTarget] = useState<Target | null>(null)
  const openId = useOpenRow(query, place.threadId, place.search.message)

  function openRow(row: Row, replace = false): void {
    setCursor(row.emailId)
    if (row.latest.keywords.$draft && view.showsRecipients) compose({ kind: 'draft', emailId: row.latest.id })
    else place.openThread(row.threadId, spec.collapseThreads ? undefined : row.emailId, replace)
  }

  function openAt(position: number): boolean {
    const id = query.idAt(position)
    const row = id === undefined ? undefined : store.row(id, spec)
    if (row) openRow(row, true)
    return row !== undefined
  }

  /** The open conversation gives way to the one that takes its place; so does the cursor. */
  function onLeaving(target: Target): void {
    const leaves = (id: string | undefined) => id !== undefined && (target === 'all' || target.includes(id))
    const follower = (id: string): string | undefined => {
      const start = query.positionOf(id)
      for (let at = start + 1; at < query.total; at++) if (!leaves(query.idAt(at))) return query.idAt(at)
      for (let at = start - 1; at >= 0; at--) if (!leaves(query.idAt(at))) return query.idAt(at)
      return undefined
    }
    if (leaves(cursor)) setCursor(cursor === undefined ? undefined : follower(cursor))
    if (leaves(openId) && openId !== undefined) {
      const next = isBeside ? follower(openId) : undefined
      const row = next === undefined ? undefined : store.row(next, spec)
      if (row) openRow(row, true)
      else place.closeThread()
    }
    setSelection(nothingSelected)
  }

  const commands = useCommands({ view, query, onLeaving })
  /** What an action without a row of its own is about: the selection, else the open or pointed-at row. */
  const currentTarget = (): Target => {
    if (selection.isAll) return 'all'
    if (selection.ids.size > 0) return [...selection.ids]
    const id = place.threadId ? (openId ?? cursor) : cursor
    return id === undefined ? [] : [id]
  }
  const targetOf = (emailId: string): Target =>
    selection.isAll ? 'all' : selection.ids.has(emailId) ? [...selection.ids] : [emailId]

  function step(by: 1 | -1): void {
    const from = openId ?? cursor
    if (from !== undefined) openAt(query.positionOf(from) + by)
  }
  stepRef.current = step

  function moveCursor(position: number, isRange: boolean): void {
    const bounded = Math.max(0, Math.min(query.total - 1, position))
    const id = query.idAt(bounded)
    setWanted(id === undefined ? bounded : null)
    if (id === undefined) return
    if (isRange) {
      const anchored =
        selection.anchor === undefined && cursor !== undefined ? { ...selection, anchor: cursor } : selection
      setSelection(selectRange(anchored, id, query))
    }
    setCursor(id)
    if (place.threadId && isBeside && !isRange) openAt(bounded)
  }

  const onKey = (event: KeyboardEvent, pageRows: number) => {
    const at = cursor === undefined ? -1 : query.positionOf(cursor)
    const goes: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + pageRows,
      PageUp: at - pageRows,
      Home: 0,
      End: query.total - 1,
    }
    const to = goes[event.key]
    if (to !== undefined) moveCursor(to, event.shiftKey)
    else if (event.key === ' ' && cursor !== undefined) setSelection(toggle(selection, cursor))
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) openMenuAtCursor()
    else return
    event.preventDefault()
  }

  function openMenuAtCursor(): void {
    if (cursor === undefined) return
    const box = document.getElementById(`row-${cursor}`)?.getBoundingClientRect()
    setMenu({ target: targetOf(cursor), at: { x: lineStart(box, 60), y: (box?.bottom ?? 0) - 8 } })
  }

  useListKeys({
    isReading: place.threadId !== undefined,
    target: currentTarget,
    rowOf: (id) => store.row(id, spec),
    commands,
    move: (by) => {
      const from = place.threadId ? (openId ?? cursor) : cursor
      moveCursor(from === undefined ? 0 : query.positionOf(from) + by, false)
    },
    askSnooze: setSnoozeTarget,
    openMenu: (only) => {
      const target = currentTarget()
      if (target !== 'all' && target.length === 0) return false
      // Beside the row that is meant; what is open on a phone has none in sight.
      const row = document.getElementById(rowId((target === 'all' ? cursor : target[0]) ?? ''))?.getBoundingClientRect()
      setMenu({ target, only, at: { x: lineStart(row), y: row?.bottom ?? 64 } })
      return true
    },
    open: () => {
      const row = cursor === undefined ? undefined : store.row(cursor, spec)
      if (row) openRow(row)
    },
    close: () => {
      place.closeThread()
      list.current?.focus()
    },
    toggle: () => cursor !== undefined && setSelection(toggle(selection, cursor)),
    selectShown: () => setSelection(selectMany(shownIds(query))),
    selectNone: () => setSelection(nothingSelected),
    hasSelection: selection.isAll || selection.ids.size > 0,
  })

  useEffect(() => {
    if (wantedId === undefined) return
    setCursor(wantedId)
    setWanted(null)
  }, [wantedId])

  const isShown = query.status === 'ready' && query.total > 0
  // The list takes the focus when it comes, so that keys work at once; never from a field that somebody types in.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each list
  useEffect(() => {
    const active = document.activeElement
    if (!active || active === document.body || active.closest('nav')) list.current?.focus()
  }, [query, isShown])

  // What was open took the focus with it.
  const isReading = place.threadId !== undefined
  useEffect(() => {
    if (!isReading && document.activeElement === document.body) list.current?.focus()
  }, [isReading])

  const handlers = useStableHandlers({
    onOpen: (row) => openRow(row),
    onSelect: (id, isRange) => {
      setCursor(id)
      setSelection(isRange ? selectRange(selection, id, query) : toggle(selection, id))
    },
    onCommand: (name, id) => commands.run(name, targetOf(id)),
    onMenu: (id, at) => {
      setCursor(id)
      setMenu({ target: targetOf(id), at })
    },
    onDragStart: (id, transfer) => {
      const target = targetOf(id)
      const rows = target === 'all' ? shownIds(query) : target
      const emailIds = commands.movable(rows)
      startDrag(
        transfer,
        { emailIds, from: view.inMailbox },
        t('messages', { count: rows.length }),
        styles.dragged ?? '',
      )
    },
  })

  function menuEntries(target: Target, only?: MenuKind) {
    const rows = target === 'all' ? [] : target.flatMap((id) => store.row(id, spec) ?? [])
    const deps: RowMenuDeps = {
      t,
      commands,
      target,
      mailboxes,
      current: view.inMailbox === undefined ? undefined : view.mailbox,
      labels,
      hasLabel: (keyword) =>
        rows.length > 0 && rows.every(({ emails }) => emails.some((email) => email.keywords[keyword])),
      isUnread: rows.some(isRowUnread),
      isFlagged: rows.length > 0 && rows.every(isRowFlagged),
      emailId: rows.length === 1 ? rows[0]?.latest.id : undefined,
      filterEntries: filterEntries({
        store,
        email: rows.length === 1 ? rows[0]?.latest : undefined,
        myAddresses: me,
        openFilterLike: place.openFilterLike,
      }),
      pluginEntries: actionEntries(store, (act) => commands.act(target, act)),
      onNewLabel: () => setLabelTarget(target),
      onSnooze: () => setSnoozeTarget(target),
    }
    if (only === 'move') return folderMenu(deps, commands.moveTo)
    return only === 'label' ? labelMenu(deps) : rowMenu(deps)
  }

  return (
    <>
      <ListToolbar
        title={title}
        query={query}
        role={view.mailbox?.role ?? null}
        unread={view.mailbox?.unreadEmails ?? 0}
        isSearch={view.isSearch}
        selection={selection}
        onCommand={(name: CommandName) => commands.run(name, currentTarget())}
        moveEntries={() =>
          folderMenu(
            { t, mailboxes, current: view.inMailbox === undefined ? undefined : view.mailbox, target: currentTarget() },
            commands.moveTo,
          )
        }
        moreEntries={() => menuEntries(currentTarget())}
        onSnooze={() => setSnoozeTarget(currentTarget())}
        onSelectShown={() => setSelection(selectMany(shownIds(query)))}
        onSelectAll={() => setSelection({ ids: new Set(), isAll: true, anchor: undefined })}
        onSelectNone={() => setSelection(nothingSelected)}
        onFolders={onFolders}
        onRefresh={() => void store.refresh()}
        onLeaveSearch={() => place.searchFor({}, false)}
      />
      {isShown ? (
        <MessageList
          ref={list}
          query={query}
          label={title}
          showsRecipients={view.showsRecipients}
          marksWords={view.words.length > 0}
          swipesAway={isPutAway(view) ? 'trash' : 'archive'}
          isAsleep={isAsleep}
          me={me}
          cursor={cursor}
          wanted={wanted}
          openId={openId}
          selection={selection}
          handlers={handlers}
          onKey={onKey}
        />
      ) : (
        <NoRows query={query} view={view} />
      )}
      {menu ? (
        <LazyContextMenu
          label={t(menu.only === 'move' ? 'moveTo' : menu.only === 'label' ? 'labelAs' : 'more')}
          entries={menuEntries(menu.target, menu.only)}
          at={menu.at}
          onClose={() => setMenu(null)}
        />
      ) : null}
      {snoozeTarget ? (
        <Suspense>
          <SnoozeDialog
            isAsleep={isAsleep}
            onChoose={(until) => {
              setSnoozeTarget(null)
              commands.snooze(snoozeTarget, until)
            }}
            onWake={() => {
              setSnoozeTarget(null)
              commands.wake(snoozeTarget)
            }}
            onClose={() => setSnoozeTarget(null)}
          />
        </Suspense>
      ) : null}
      {labelTarget ? (
        <Suspense>
          <LabelDialog
            onCreate={(keyword) => commands.label(labelTarget, keyword, true)}
            onClose={() => setLabelTarget(null)}
          />
        </Suspense>
      ) : null}
    </>
  )
}

const putAway: readonly unknown[] = ['archive', 'trash', 'junk', 'drafts', 'scheduled']

/** What lies here is not archived: it is there already, or is no mail to keep. */
function isPutAway(view: MailView): boolean {
  return view.inMailbox !== undefined && putAway.includes(view.mailbox?.role)
}

function NoRows({ query, view }: { query: LiveQuery; view: MailView }) {
  const t = useText('mail')
  const place = useMailPlace()
  if (query.status === 'loading') return <Placeholders />
  if (query.status === 'failed') {
    return (
      <EmptyState
        art={<CutCable />}
        title={t('listFailed')}
        text={t('listFailedText')}
        action={<Button onPress={() => query.retry()}>{t('shell:tryAgain')}</Button>}
      />
    )
  }
  if (view.isSearch) {
    const { search, searchFor } = place
    return (
      <EmptyState
        art={<Lighthouse />}
        title={t('nothingFound')}
        text={t('nothingFoundText')}
        action={
          view.inMailbox === undefined ? null : (
            <Button onPress={() => searchFor({ ...search, in: 'everywhere' }, true)}>{t('searchEverywhere')}</Button>
          )
        }
      />
    )
  }
  return (
    <EmptyState
      art={<CalmSea />}
      title={t('emptyFolder', { context: view.mailbox?.role ?? undefined })}
      text={t('emptyFolderText', { context: view.mailbox?.role ?? undefined })}
    />
  )
}

function Placeholders() {
  const t = useText('shell')
  return (
    <div className={styles.placeholders} role="status" aria-label={t('loading')}>
      <div aria-hidden>
        {Array.from({ length: 8 }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
          <PlaceholderRow key={i} position={i} />
        ))}
      </div>
    </div>
  )
}

/** All rows that are known without reading further. */
/** Where a line begins, in pixels from the window's left: at its right end in Arabic. */
function lineStart(row: DOMRect | undefined, inset = 0): number {
  const isFromRight = document.documentElement.dir === 'rtl'
  const edge = row ?? { left: 16, right: window.innerWidth - 16 }
  return isFromRight ? edge.right - inset : edge.left + inset
}

function shownIds(query: LiveQuery): string[] {
  const ids: string[] = []
  for (let at = 0; at < query.total && ids.length < 500; at++) {
    const id = query.idAt(at)
    if (id === undefined) break
    ids.push(id)
  }
  return ids
}

/** The row that stands for what is open. Its id changes when a reply arrives: the conversation is what counts. */
function useOpenRow(query: LiveQuery, threadId: string | undefined, message: string | undefined): string | undefined {
  const store = useStore()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list's version says that rows changed
  return useMemo(() => {
    if (threadId === undefined) return undefined
    if (message !== undefined) return message
    for (let at = 0; at < Math.min(query.total, 2_000); at++) {
      const id = query.idAt(at)
      if (id !== undefined && store.email(id)?.threadId === threadId) return id
    }
    return undefined
  }, [query, query.version, threadId, message, store])
}

/** One object for all renders, so that rows need not render again; it calls what is newest. */
function useStableHandlers(latest: RowHandlers): RowHandlers {
  const ref = useRef(latest)
  ref.current = latest
  const [stable] = useState<RowHandlers>(() => ({
    onOpen: (...args) => ref.current.onOpen(...args),
    onSelect: (...args) => ref.current.onSelect(...args),
    onCommand: (...args) => ref.current.onCommand(...args),
    onMenu: (...args) => ref.current.onMenu(...args),
    onDragStart: (...args) => ref.current.onDragStart(...args),
  }))
  return stable
}
