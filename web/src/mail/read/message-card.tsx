// One message of a conversation: a line when closed, all of it when open.

import {
  Archive,
  Braces,
  Download,
  EllipsisVertical,
  FilePenLine,
  Forward,
  Mail,
  OctagonAlert,
  Paperclip,
  Printer,
  Redo2,
  Reply,
  ReplyAll,
  Send,
  Star,
  Sun,
  Trash2,
  Type,
} from 'lucide-react'
import { lazy, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { keywords } from '#shared/jmap/mail.ts'
import { actionEntries } from '../../plugins/action-entries.tsx'
import { Fence } from '../../plugins/fence.tsx'
import { partsAt } from '../../plugins/places.ts'
import { useSetting } from '../../settings/account-settings.ts'
import { filterEntries } from '../../settings/filters/message-entries.tsx'
import { compose } from '../../shell/composer.ts'
import { loadStrings, useText } from '../../shell/i18n.ts'
import { patiently } from '../../shell/patiently.ts'
import { useMailPlace } from '../../shell/place.ts'
import { useIsDark } from '../../shell/use-is-dark.ts'
import { type EmailHead, useMailbox, useMailboxByRole, useStore } from '../../store/index.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, type MenuEntry } from '../../ui/menu.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { isCard } from '../cards/is-card.ts'
import { useMyAddresses } from '../list/use-my-addresses.ts'
import { visibleText } from '../sanitize/visible-text.ts'
import { displayName } from './addresses.tsx'
import { AttachmentList } from './attachment-list.tsx'
import { hasPlainForm, type Message, useMessage } from './load-message.ts'
import { MessageBody } from './message-body.tsx'
import styles from './message-card.module.css'
import { MessageHead, shortDate } from './message-head.tsx'
import { printMessage } from './print-message.ts'
import { ReceiptBar } from './receipt-bar.tsx'
import { SenderBar } from './sender-bar.tsx'
import { messageUrl, SourceDialog } from './source-dialog.tsx'
import { UnsubscribeLine } from './unsubscribe-line.tsx'

const Cards = lazy(async () => {
  const [module] = await patiently(() => Promise.all([import('../cards/index.tsx'), loadStrings('cards')]))
  return module
})
const PluginLines = lazy(async () => {
  const [module] = await patiently(() =>
    Promise.all([import('../../plugins/message-lines.tsx'), loadStrings('plugins')]),
  )
  return module
})

export interface MessageCardProps {
  readonly email: EmailHead
  readonly isOpen: boolean
  /** The only one: it cannot be closed. */
  readonly isAlone: boolean
  /** The end of the conversation: what one does next stands in words below it. */
  readonly isLast: boolean
  readonly mailboxId: string | undefined
  readonly onToggle: () => void
}

const readAfterMs = { open: 400, later: 4_000 } as const

export function MessageCard({ email, isOpen, isAlone, isLast, mailboxId, onToggle }: MessageCardProps) {
  const t = useText('read')
  const from = email.from?.[0] ?? { name: null, email: '' }
  const isUnread = !email.keywords[keywords.seen]
  if (isOpen) {
    return (
      <article className={styles.card} data-email={email.id} aria-label={displayName(from)}>
        <OpenMessage email={email} isLast={isLast} mailboxId={mailboxId} onClose={isAlone ? undefined : onToggle} />
      </article>
    )
  }
  return (
    <article className={`${styles.card} ${styles.closed}`} data-email={email.id}>
      <button type="button" className={styles.summary} aria-expanded={false} onClick={onToggle}>
        <Avatar name={from.name} email={from.email} size="small" />
        <bdi className={`${styles.from} ${isUnread ? styles.unread : ''}`}>
          {displayName(from) || t('unknownSender')}
        </bdi>
        {email.keywords[keywords.draft] ? <span className={styles.draft}>{t('draft')}</span> : null}
        <span className={styles.preview} dir="auto">
          {visibleText(email.preview)}
        </span>
        {email.hasAttachment ? <Paperclip size={14} aria-label={t('hasAttachment')} /> : null}
        <span className={styles.date}>{shortDate(email.receivedAt)}</span>
      </button>
    </article>
  )
}

interface OpenMessageProps {
  readonly email: EmailHead
  readonly isLast: boolean
  readonly mailboxId: string | undefined
  readonly onClose: (() => void) | undefined
}

function OpenMessage({ email, isLast, mailboxId, onClose }: OpenMessageProps) {
  const t = useText('read')
  const { actions } = useStore()
  const { loaded, retry } = useMessage(email.id)
  const [reading] = useSetting('reading')
  const isUnread = !email.keywords[keywords.seen]
  // Marked unread by hand while it is open, it stays so.
  const wasMarked = useRef(false)

  useEffect(() => {
    if (!isUnread || reading.markRead === 'never' || wasMarked.current || loaded.state !== 'ready') return
    const timer = setTimeout(() => {
      wasMarked.current = true
      actions.setRead([email.id], true, true)
    }, readAfterMs[reading.markRead])
    return () => clearTimeout(timer)
  }, [isUnread, reading.markRead, loaded.state, actions, email.id])

  if (loaded.state === 'ready')
    return <FullMessage email={email} message={loaded.message} {...{ isLast, mailboxId, onClose }} />
  if (loaded.state === 'loading') {
    return (
      <div className={styles.waiting}>
        <Spinner label={t('loading')} />
      </div>
    )
  }
  return (
    <div className={styles.waiting} role="alert">
      <p>{t(loaded.state === 'gone' ? 'messageGone' : 'loadFailed')}</p>
      {loaded.state === 'failed' ? (
        <Button size="small" onPress={retry}>
          {t('tryAgain')}
        </Button>
      ) : null}
    </div>
  )
}

function FullMessage({ email, message, isLast, mailboxId, onClose }: OpenMessageProps & { readonly message: Message }) {
  const t = useText('read')
  const store = useStore()
  const { actions, client } = store
  const { openFilterLike } = useMailPlace()
  const myAddresses = useMyAddresses()
  const [reading] = useSetting('reading')
  const [chosenFormat, setFormat] = useState<'html' | 'plain' | null>(null)
  const [isLight, setLight] = useState(false)
  const [isSourceOpen, setSourceOpen] = useState(false)
  const [usedContentIds, setUsed] = useState<ReadonlySet<string>>(new Set())
  const body = useRef<HTMLDivElement>(null)
  const isDark = useIsDark()
  const junk = useMailboxByRole('junk')
  const drafts = useMailboxByRole('drafts')
  const sent = useMailboxByRole('sent')
  const isSuspicious =
    (junk !== undefined && email.mailboxIds[junk.id] === true) || email.keywords[keywords.phishing] === true
  const isDraft =
    email.keywords[keywords.draft] === true || (drafts !== undefined && email.mailboxIds[drafts.id] === true)
  const isSent = sent !== undefined && email.mailboxIds[sent.id] === true
  const format = chosenFormat ?? (hasPlainForm(message) ? reading.format : 'html')
  const onUsed = useCallback((ids: ReadonlySet<string>) => setUsed(ids), [])
  const isFlagged = email.keywords[keywords.flagged] === true
  const attachments = useMemo(
    () => message.attachments.filter(({ cid }) => cid === null || !usedContentIds.has(cid)),
    [message, usedContentIds],
  )

  const cards = useMemo(() => message.attachments.filter(isCard), [message])

  const entries: MenuEntry[] = [
    {
      id: 'forward-attached',
      label: t('forwardAsAttachment'),
      icon: <Paperclip size={16} />,
      onAction: () => compose({ kind: 'forwardAsAttachment', emailId: email.id }),
    },
    {
      id: 'redirect',
      label: t('redirect'),
      icon: <Redo2 size={16} />,
      onAction: () => compose({ kind: 'redirect', emailId: email.id }),
    },
    {
      id: 'edit-as-new',
      label: t('editAsNew'),
      icon: <FilePenLine size={16} />,
      onAction: () => compose({ kind: 'editAsNew', emailId: email.id }),
    },
    { kind: 'separator', id: 's1' },
    {
      id: 'unread',
      label: t('markUnread'),
      icon: <Mail size={16} />,
      onAction: () => actions.setRead([email.id], false),
    },
    {
      id: 'archive',
      label: t('archiveMessage'),
      icon: <Archive size={16} />,
      onAction: () => actions.archive([email.id], mailboxId),
    },
    {
      id: 'delete',
      label: t('deleteMessage'),
      icon: <Trash2 size={16} />,
      isDangerous: true,
      onAction: () => actions.trash([email.id], mailboxId),
    },
    isSuspicious
      ? {
          id: 'not-junk',
          label: t('notJunk'),
          icon: <OctagonAlert size={16} />,
          onAction: () => actions.notJunk([email.id]),
        }
      : {
          id: 'junk',
          label: t('junk'),
          icon: <OctagonAlert size={16} />,
          onAction: () => actions.junk([email.id], mailboxId),
        },
    ...filterEntries({ store, email, myAddresses, openFilterLike }),
    ...actionEntries(store, (act) => act([email.id])),
    { kind: 'separator', id: 's2' },
    ...(hasPlainForm(message)
      ? [
          {
            id: 'format',
            label: t(format === 'html' ? 'showPlain' : 'showHtml'),
            icon: <Type size={16} />,
            onAction: () => setFormat(format === 'html' ? 'plain' : 'html'),
          },
        ]
      : []),
    ...(isDark
      ? [
          {
            id: 'light',
            label: t(isLight ? 'showDark' : 'showLight'),
            icon: <Sun size={16} />,
            onAction: () => setLight(!isLight),
          },
        ]
      : []),
    {
      id: 'print',
      label: t('print'),
      icon: <Printer size={16} />,
      onAction: () =>
        body.current &&
        printMessage(message, body.current, {
          from: t('from'),
          to: t('to'),
          cc: t('cc'),
          date: t('date'),
          noSubject: t('noSubject'),
        }),
    },
    { id: 'source', label: t('showSource'), icon: <Braces size={16} />, onAction: () => setSourceOpen(true) },
    {
      id: 'download',
      label: t('downloadMessage'),
      icon: <Download size={16} />,
      onAction: () => download(messageUrl(client, message), `${message.id}.eml`),
    },
  ]

  return (
    <>
      {/* A click on the head closes; everything in it that does something of its own comes first. */}
      <MessageHead
        message={message}
        actions={
          <>
            <IconButton
              label={t(isFlagged ? 'unflag' : 'flag')}
              size="small"
              isOn={isFlagged}
              className={isFlagged ? (styles.flagged ?? '') : ''}
              icon={<Star size={17} fill={isFlagged ? 'currentColor' : 'none'} aria-hidden />}
              onPress={() => actions.setFlagged([email.id], !isFlagged)}
            />
            <IconButton
              label={t('reply')}
              size="small"
              icon={<Reply size={17} aria-hidden />}
              onPress={() => compose({ kind: 'reply', emailId: email.id })}
            />
            <Menu
              label={t('more')}
              entries={
                onClose
                  ? [
                      ...entries,
                      { kind: 'separator', id: 's3' },
                      { id: 'close', label: t('collapse'), onAction: onClose },
                    ]
                  : entries
              }
              placement="bottom end"
              trigger={<IconButton label={t('more')} size="small" icon={<EllipsisVertical size={17} aria-hidden />} />}
            />
          </>
        }
      />
      <SenderBar message={message} isOwn={isDraft || isSent} isSuspicious={isSuspicious} />
      {isSuspicious ? (
        <p className={styles.suspicious} role="note">
          <OctagonAlert size={17} aria-hidden />
          {t('isJunk')}
        </p>
      ) : null}
      {isDraft ? (
        <div className={styles.isDraft}>
          <span>{t('isDraft')}</span>
          <Button size="small" tone="primary" onPress={() => compose({ kind: 'draft', emailId: email.id })}>
            {t('editDraft')}
          </Button>
        </div>
      ) : null}
      <UnsubscribeLine message={message} />
      <ReceiptBar message={message} />
      {partsAt(client, 'messageLine').length > 0 ? (
        <Fence>
          <PluginLines emailId={email.id} />
        </Fence>
      ) : null}
      {cards.length > 0 ? (
        <Fence>
          <Cards message={message} parts={cards} isClosed={isDraft || isSent || isSuspicious} />
        </Fence>
      ) : null}
      <div ref={body} className={styles.body}>
        <MessageBody message={message} {...{ format, isLight, isSuspicious }} onUsedContentIds={onUsed} />
      </div>
      <AttachmentList parts={attachments} subject={message.subject ?? ''} />
      {isDraft || !isLast ? null : (
        <footer className={styles.replies}>
          <Button
            size="small"
            icon={<Reply size={16} aria-hidden />}
            onPress={() => compose({ kind: 'reply', emailId: email.id })}
          >
            {t('reply')}
          </Button>
          {othersIn(message) > 0 ? (
            <Button
              size="small"
              icon={<ReplyAll size={16} aria-hidden />}
              onPress={() => compose({ kind: 'replyAll', emailId: email.id })}
            >
              {t('replyAll')}
            </Button>
          ) : null}
          <Button
            size="small"
            icon={<Forward size={16} aria-hidden />}
            onPress={() => compose({ kind: 'forward', emailId: email.id })}
          >
            {t('forward')}
          </Button>
        </footer>
      )}
      {isSourceOpen ? <SourceDialog message={message} onClose={() => setSourceOpen(false)} /> : null}
      <SentNote email={email} />
    </>
  )
}

/** In Sent: said, since a message to oneself stands there twice. */
function SentNote({ email }: { readonly email: EmailHead }) {
  const t = useText('read')
  const sent = useMailboxByRole('sent')
  const folder = useMailbox(sent && email.mailboxIds[sent.id] ? sent.id : undefined)
  if (!folder) return null
  return (
    <p className={styles.sent}>
      <Send size={13} aria-hidden /> {t('inFolder', { folder: visibleText(folder.name) })}
    </p>
  )
}

/** Everybody but the sender and the one it was sent to. */
function othersIn(message: Message): number {
  return (message.to?.length ?? 0) + (message.cc?.length ?? 0) - 1
}

function download(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
