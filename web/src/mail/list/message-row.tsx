// One row: who, what, when, and marks for what is unread, flagged, attached, labelled. Clicking opens; the mark selects.

import { Archive, Check, Mail, MailOpen, Paperclip, Reply, Star, Trash2 } from 'lucide-react'
import { lazy, type MouseEvent, memo, Suspense, useState } from 'react'
import { type Text, useText } from '../../shell/i18n.ts'
import { patiently } from '../../shell/patiently.ts'
import { AttachmentNames, SnoozedUntil } from '../../shell/screens.ts'
import { type QuerySpec, type Row, useRow } from '../../store/index.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { type CommandName, isRowFlagged, isRowUnread } from '../actions/commands.ts'
import { labelsOf } from '../actions/labels.ts'
import { fullDate, listDate } from './dates.ts'
import styles from './message-row.module.css'
import { displayName, type Participant, participants } from './participants.ts'
import { type Swipe, useSwipe } from './use-swipe.ts'

const FoundWords = lazy(() => patiently(() => import('../search/found-words.tsx')))

export interface RowHandlers {
  readonly onOpen: (row: Row) => void
  readonly onSelect: (emailId: string, isRange: boolean) => void
  readonly onCommand: (name: CommandName, emailId: string) => void
  readonly onMenu: (emailId: string, at: { x: number; y: number }) => void
  readonly onDragStart: (emailId: string, transfer: DataTransfer) => void
}

export interface MessageRowProps {
  readonly emailId: string
  readonly position: number
  readonly spec: QuerySpec
  readonly showsRecipients: boolean
  /** Words were searched for: they are marked. */
  readonly marksWords: boolean
  /** What a row does that is drawn away. */
  readonly swipesAway: 'archive' | 'trash'
  /** Messages sleep here: when they come back is told in place of their date. */
  readonly isAsleep: boolean
  readonly me: ReadonlySet<string>
  readonly isCursor: boolean
  readonly isOpen: boolean
  readonly isChosen: boolean
  readonly handlers: RowHandlers
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { emailId, position, spec, handlers, isChosen } = props
  const t = useText('mail')
  const row = useRow(emailId, spec)
  const [isHovered, setHovered] = useState(false)
  const isUnread = row !== undefined && isRowUnread(row)
  const toggleRead = isUnread ? 'read' : 'unread'
  const swiping = useSwipe((side) => handlers.onCommand(side === 'start' ? props.swipesAway : toggleRead, emailId))
  if (!row) return <PlaceholderRow position={position} />
  const { latest } = row
  const people = participants(row, props.showsRecipients, props.me, t('me'))
  const isFlagged = isRowFlagged(row)
  const withFiles = row.emails.findLast(({ hasAttachment }) => hasAttachment)
  const subject = latest.subject?.trim() || t('noSubject')
  const lead = (props.showsRecipients ? latest.to : latest.from)?.[0]

  const shown = (field: 'subject' | 'preview', plain: string) =>
    props.marksWords ? (
      <Suspense fallback={plain}>
        <FoundWords emailId={emailId} filter={spec.filter} field={field} plain={plain} />
      </Suspense>
    ) : (
      plain
    )

  function click(event: MouseEvent): void {
    if (swiping.wasSwiped()) return
    if (event.shiftKey || event.ctrlKey || event.metaKey) handlers.onSelect(emailId, event.shiftKey)
    else if (row) handlers.onOpen(row)
  }

  return (
    // Keys are the grid's: it holds the focus and points here (aria-activedescendant).
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <div
      role="row"
      id={rowId(emailId)}
      className={styles.row}
      aria-rowindex={position + 1}
      aria-selected={isChosen}
      aria-label={describe(row, people, subject, t)}
      data-unread={isUnread || undefined}
      data-flagged={isFlagged || undefined}
      data-cursor={props.isCursor || undefined}
      data-open={props.isOpen || undefined}
      data-chosen={isChosen || undefined}
      data-swiped={swiping.swipe?.side}
      draggable
      {...swiping.handlers}
      onClick={click}
      onMouseEnter={() => setHovered(true)}
      onMouseLeave={() => setHovered(false)}
      onContextMenu={(event) => {
        event.preventDefault()
        handlers.onMenu(emailId, { x: event.clientX, y: event.clientY })
      }}
      onDragStart={(event) => handlers.onDragStart(emailId, event.dataTransfer)}
    >
      <div role="gridcell" className={styles.mark}>
        <button
          type="button"
          tabIndex={-1}
          className={styles.choose}
          aria-label={t(isChosen ? 'unselect' : 'select')}
          aria-pressed={isChosen}
          onClick={(event) => {
            event.stopPropagation()
            handlers.onSelect(emailId, event.shiftKey)
          }}
        >
          {isChosen ? (
            <span className={styles.chosen}>
              <Check size={18} strokeWidth={2.5} aria-hidden />
            </span>
          ) : (
            <>
              <span className={styles.face}>
                <Avatar name={lead?.name ?? null} email={lead?.email ?? '?'} />
              </span>
              <span className={styles.box} />
            </>
          )}
        </button>
      </div>
      <div role="gridcell" className={styles.who}>
        <span className={styles.people}>
          {people.length === 0 ? <span>{t('noRecipients')}</span> : null}
          {people.map((person, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two people may have one name
            <span key={`${person.name}${i}`}>
              {i > 0 ? ', ' : null}
              <bdi data-unread={person.isUnread || undefined}>{person.name}</bdi>
            </span>
          ))}
        </span>
        {row.emails.length > 1 ? <span className={styles.count}>{row.emails.length}</span> : null}
      </div>
      <div role="gridcell" className={styles.what}>
        <span className={styles.subject}>
          {labelsOf(latest.keywords).map((label) => (
            <span
              key={label.keyword}
              data-hue
              className={styles.label}
              style={{ '--hue': label.hue } as React.CSSProperties}
            >
              {label.name}
            </span>
          ))}
          <span className={styles.words} dir="auto">
            {shown('subject', subject)}
          </span>
        </span>
        <span className={styles.preview} dir="auto">
          {withFiles ? (
            <Suspense>
              <AttachmentNames emailId={withFiles.id} />
            </Suspense>
          ) : null}
          {shown('preview', latest.preview)}
        </span>
      </div>
      <div role="gridcell" className={styles.when}>
        <span className={styles.signs}>
          {latest.keywords.$answered ? <Reply size={14} aria-hidden /> : null}
          {withFiles ? <Paperclip size={14} aria-hidden /> : null}
        </span>
        <span className={styles.date}>
          {props.isAsleep ? (
            <Suspense fallback={listDate(latest.receivedAt)}>
              <SnoozedUntil emailId={latest.id} receivedAt={latest.receivedAt} />
            </Suspense>
          ) : (
            <time dateTime={latest.receivedAt} title={fullDate(latest.receivedAt)}>
              {listDate(latest.receivedAt)}
            </time>
          )}
        </span>
        <button
          type="button"
          tabIndex={-1}
          className={styles.star}
          data-on={isFlagged || undefined}
          aria-label={t(isFlagged ? 'unflag' : 'flag')}
          onClick={(event) => {
            event.stopPropagation()
            handlers.onCommand(isFlagged ? 'unflag' : 'flag', emailId)
          }}
        >
          <Star size={16} fill={isFlagged ? 'currentColor' : 'none'} aria-hidden />
        </button>
      </div>
      {swiping.swipe ? (
        <SwipeCue swipe={swiping.swipe} does={swiping.swipe.side === 'start' ? props.swipesAway : toggleRead} />
      ) : null}
      {isHovered ? <QuickActions t={t} emailId={emailId} isUnread={isUnread} onCommand={handlers.onCommand} /> : null}
    </div>
  )
})

const swipeIcons = { archive: Archive, trash: Trash2, read: MailOpen, unread: Mail } as const

/** Beside the row, on the side that it leaves: what letting go will do. */
function SwipeCue({ swipe, does }: { swipe: Swipe; does: keyof typeof swipeIcons }) {
  const Icon = swipeIcons[does]
  return (
    <span className={styles.cue} data-side={swipe.side} data-does={does} data-armed={swipe.isArmed || undefined}>
      <Icon size={24} aria-hidden />
    </span>
  )
}

function QuickActions({
  t,
  emailId,
  isUnread,
  onCommand,
}: {
  t: Text
  emailId: string
  isUnread: boolean
  onCommand: RowHandlers['onCommand']
}) {
  const button = (name: CommandName, label: string, icon: React.ReactNode) => (
    <button
      type="button"
      tabIndex={-1}
      className={styles.quick}
      aria-label={label}
      title={label}
      onClick={(event) => {
        event.stopPropagation()
        onCommand(name, emailId)
      }}
    >
      {icon}
    </button>
  )
  return (
    <div role="gridcell" className={styles.quicks}>
      {button('archive', t('archive'), <Archive size={17} aria-hidden />)}
      {button('trash', t('trash'), <Trash2 size={17} aria-hidden />)}
      {isUnread
        ? button('read', t('markRead'), <MailOpen size={17} aria-hidden />)
        : button('unread', t('markUnread'), <Mail size={17} aria-hidden />)}
    </div>
  )
}

/** The place of a row that is on its way. */
export function PlaceholderRow({ position }: { position: number }) {
  return (
    <div role="row" aria-rowindex={position + 1} aria-busy className={`${styles.row} ${styles.placeholder}`}>
      <div role="gridcell" className={styles.mark}>
        <span className={styles.disc} />
      </div>
      <div role="gridcell" className={styles.who}>
        <span className={styles.bar} style={{ inlineSize: `${5 + ((position * 7) % 5)}rem` }} />
      </div>
      <div role="gridcell" className={styles.what}>
        <span className={styles.bar} style={{ inlineSize: `${9 + ((position * 5) % 9)}rem` }} />
      </div>
    </div>
  )
}

export function rowId(emailId: string): string {
  return `row-${emailId}`
}

function describe(row: Row, people: readonly Participant[], subject: string, t: Text): string {
  const { latest, emails } = row
  return [
    isRowUnread(row) ? t('state.unread') : '',
    isRowFlagged(row) ? t('state.flagged') : '',
    latest.keywords.$answered ? t('state.answered') : '',
    people.length > 0 ? people.map(({ name }) => name).join(', ') : displayName({ name: t('noRecipients'), email: '' }),
    subject,
    emails.length > 1 ? t('messages', { count: emails.length }) : '',
    emails.some(({ hasAttachment }) => hasAttachment) ? t('state.attachment') : '',
    ...labelsOf(latest.keywords).map(({ name }) => name),
    fullDate(latest.receivedAt),
  ]
    .filter(Boolean)
    .join(', ')
}
