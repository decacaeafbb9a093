// The reading pane: a conversation with its messages, the newest and the unread open, or a single message. Loaded when the
// first message is opened.

import { Archive, ArrowLeft, ChevronDown, ChevronUp, Mail, OctagonAlert, Trash2 } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { keywords } from '#shared/jmap/mail.ts'
import { compose } from '../../shell/composer.ts'
import { useText } from '../../shell/i18n.ts'
import type { ReadingPaneProps } from '../../shell/screens.ts'
import { useShortcuts } from '../../shell/shortcuts.ts'
import { type EmailHead, useEmail, useMailboxByRole, useStore, useThread, useThreadEmails } from '../../store/index.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { labelsOf } from '../actions/labels.ts'
import { visibleText } from '../sanitize/visible-text.ts'
import styles from './conversation.module.css'
import { MessageCard } from './message-card.tsx'

export default function ReadingPane(props: ReadingPaneProps) {
  return props.emailId === undefined ? (
    <Conversation key={props.threadId} {...props} />
  ) : (
    <SingleMessage key={props.emailId} {...props} emailId={props.emailId} />
  )
}

function SingleMessage(props: ReadingPaneProps & { readonly emailId: string }) {
  const email = useEmail(props.emailId)
  return <Pane {...props} emails={email ? [email] : []} isComplete={email !== undefined} />
}

function Conversation(props: ReadingPaneProps) {
  const thread = useThread(props.threadId)
  const emails = useThreadEmails(props.threadId)
  return (
    <Pane {...props} emails={emails} isComplete={thread !== undefined && emails.length >= thread.emailIds.length} />
  )
}

interface PaneProps extends ReadingPaneProps {
  readonly emails: readonly EmailHead[]
  readonly isComplete: boolean
}

/** Between the first and the last, this many closed messages in a row are folded into one line. */
const foldedFrom = 4

function Pane({ emails, isComplete, mailboxId, onClose, onStep }: PaneProps) {
  const t = useText('read')
  const { actions } = useStore()
  const trash = useMailboxByRole('trash')
  const junk = useMailboxByRole('junk')
  const scroller = useRef<HTMLElement>(null)
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const [isUnfolded, setUnfolded] = useState(false)
  // What is in the trash or junk shows in a conversation only when one looks at it there.
  const shown = useMemo(() => {
    const isAway = (email: EmailHead) =>
      [trash, junk].some((box) => box && box.id !== mailboxId && email.mailboxIds[box.id])
    const left = emails.filter((email) => !isAway(email))
    return left.length > 0 ? left : emails
  }, [emails, trash, junk, mailboxId])

  // Decided once, when all are there: a message that becomes read while it is open does not close.
  const opened = useRef<ReadonlySet<string> | null>(null)
  if (opened.current === null && isComplete && shown.length > 0) {
    const unread = shown.filter((email) => !email.keywords[keywords.seen]).map(({ id }) => id)
    opened.current = new Set([...unread, shown.at(-1)!.id])
  }
  const isOpen = (email: EmailHead) =>
    toggled.get(email.id) ?? (opened.current?.has(email.id) || (opened.current !== null && email === shown.at(-1)))
  const toggle = (email: EmailHead) => setToggled(new Map(toggled).set(email.id, !isOpen(email)))

  const firstUnread = useRef<string | null>(null)
  useEffect(() => {
    if (firstUnread.current !== null || !opened.current) return
    const target = shown.find((email) => opened.current?.has(email.id))
    firstUnread.current = target?.id ?? ''
    if (!target || target === shown[0]) return
    scroller.current?.querySelector(`[data-email="${CSS.escape(target.id)}"]`)?.scrollIntoView({ block: 'start' })
  }, [shown])

  const ids = shown.map(({ id }) => id)
  const here = mailboxId === undefined ? ids : shown.filter((email) => email.mailboxIds[mailboxId]).map(({ id }) => id)
  const latest = shown.findLast(isOpen) ?? shown.at(-1)
  const subject = visibleText(shown[0]?.subject ?? '') || t('noSubject')
  const isFlagged = shown.some((email) => email.keywords[keywords.flagged])
  const inJunk = junk !== undefined && mailboxId === junk.id
  const away = (act: () => void) => () => {
    // First on to the next, then act: afterwards the row is no longer there to step from.
    onStep(1)
    act()
  }
  const archive = away(() => actions.archive(here, mailboxId))
  const remove = away(() => actions.trash(here, mailboxId))
  const moveJunk = away(() => (inJunk ? actions.notJunk(here) : actions.junk(here, mailboxId)))
  const markUnread = () => {
    if (latest) actions.setRead([latest.id], false)
    onClose()
  }
  const group = t('shortcuts')
  const answer = (kind: 'reply' | 'replyAll' | 'forward') => () => latest && compose({ kind, emailId: latest.id })
  useShortcuts([
    { id: 'read.reply', keys: ['r'], label: t('reply'), group, run: answer('reply') },
    { id: 'read.replyAll', keys: ['a'], label: t('replyAll'), group, run: answer('replyAll') },
    { id: 'read.forward', keys: ['f'], label: t('forward'), group, run: answer('forward') },
    { id: 'read.archive', keys: ['e'], label: t('archive'), group, run: archive },
    { id: 'read.delete', keys: ['#', 'Delete'], label: t('delete'), group, run: remove },
    { id: 'read.junk', keys: ['!'], label: t(inJunk ? 'notJunk' : 'junk'), group, run: moveJunk },
    { id: 'read.unread', keys: ['U'], label: t('markUnread'), group, run: markUnread },
    {
      id: 'read.flag',
      keys: ['s'],
      label: t('flag'),
      group,
      run: () => latest && actions.setFlagged([latest.id], !isFlagged),
    },
    {
      id: 'read.all',
      keys: [';'],
      label: t('openAll'),
      group,
      run: () => setToggled(new Map(ids.map((id) => [id, true]))),
    },
    { id: 'read.close', keys: ['u', 'Escape'], label: t('backToList'), group, run: onClose },
  ])

  if (shown.length === 0) {
    return (
      <div className={styles.waiting}>
        <Spinner label={t('loading')} />
      </div>
    )
  }
  const folded = isUnfolded ? [] : foldable(shown, isOpen)
  return (
    <section className={styles.pane} aria-label={t('conversation')}>
      <div className={styles.toolbar} role="toolbar" aria-label={t('actions')}>
        <IconButton label={t('backToList')} shortcut="u" icon={<ArrowLeft size={19} aria-hidden />} onPress={onClose} />
        <span className={styles.gap} />
        <IconButton label={t('archive')} shortcut="e" icon={<Archive size={18} aria-hidden />} onPress={archive} />
        <IconButton
          label={t(inJunk ? 'notJunk' : 'junk')}
          shortcut="!"
          icon={<OctagonAlert size={18} aria-hidden />}
          onPress={moveJunk}
        />
        <IconButton label={t('delete')} shortcut="#" icon={<Trash2 size={18} aria-hidden />} onPress={remove} />
        <IconButton label={t('markUnread')} shortcut="U" icon={<Mail size={18} aria-hidden />} onPress={markUnread} />
        <span className={styles.fill} />
        <IconButton
          label={t('newer')}
          shortcut="k"
          icon={<ChevronUp size={18} aria-hidden />}
          onPress={() => onStep(-1)}
        />
        <IconButton
          label={t('older')}
          shortcut="j"
          icon={<ChevronDown size={18} aria-hidden />}
          onPress={() => onStep(1)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className={styles.scroller} ref={scroller} tabIndex={0} aria-label={subject}>
        <div className={styles.sheet}>
          <header className={styles.subjectLine}>
            <h1 className={styles.subject} dir="auto">
              {subject}
            </h1>
            <Labels emails={shown} />
          </header>
          <div className={styles.messages}>
            {shown.map((email, at) => {
              if (folded.includes(email.id)) {
                if (shown[at - 1] && folded.includes(shown[at - 1]!.id)) return null
                return (
                  <button key="folded" type="button" className={styles.folded} onClick={() => setUnfolded(true)}>
                    {t('olderMessages', { count: folded.length })}
                  </button>
                )
              }
              return (
                <MessageCard
                  key={email.id}
                  email={email}
                  isOpen={isOpen(email)}
                  isAlone={shown.length === 1}
                  isLast={email === shown.at(-1)}
                  mailboxId={mailboxId}
                  onToggle={() => toggle(email)}
                />
              )
            })}
          </div>
        </div>
      </section>
    </section>
  )
}

/** The closed ones after the first and before the first open one, when they are many. */
function foldable(emails: readonly EmailHead[], isOpen: (email: EmailHead) => boolean): readonly string[] {
  const firstOpen = emails.findIndex((email, at) => at > 0 && isOpen(email))
  const between = emails.slice(1, Math.max(1, firstOpen - 1))
  return between.length >= foldedFrom ? between.map(({ id }) => id) : []
}

function Labels({ emails }: { readonly emails: readonly EmailHead[] }) {
  const t = useText('read')
  const { actions } = useStore()
  const labels = labelsOf(Object.assign({}, ...emails.map((email) => email.keywords)))
  if (labels.length === 0) return null
  return (
    <ul className={styles.labels} aria-label={t('labels')}>
      {labels.map(({ keyword, name, hue }) => (
        <li key={keyword} data-hue className={styles.label} style={{ '--hue': hue } as React.CSSProperties}>
          <bdi>{visibleText(name)}</bdi>
          <button
            type="button"
            aria-label={t('removeLabel', { name: visibleText(name) })}
            onClick={() =>
              actions.setKeyword(
                emails.map(({ id }) => id),
                keyword,
                false,
              )
            }
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  )
}
