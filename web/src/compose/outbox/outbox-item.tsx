// One message of the outbox: subject, recipients, what is the matter, the server's words, and what can be done. The words are a
// live region (`role`), the buttons are not.

import { CircleAlert, CircleHelp, Clock, RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { visibleAddress, visibleText } from '../../mail/sanitize/visible-text.ts'
import { type Text, useText } from '../../shell/i18n.ts'
import type { Session } from '../../shell/session.ts'
import { useSession } from '../../shell/session-context.ts'
import { type MailStore, useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import styles from './outbox.module.css'
import type { OutboxItem, ProblemItem } from './outbox.ts'
import { cancel, dismiss, edit, sendAgain } from './outbox-actions.ts'
import { explanationOf, type Remedy, remediesOf, serverWords, shortTime, titleOf, toneOf } from './outbox-words.ts'

const icons = { bad: CircleAlert, unsure: CircleHelp, wait: RefreshCw } as const

export function ProblemCard({ item, role, onLeave }: CardProps<ProblemItem> & { readonly role?: 'alert' | 'status' }) {
  const t = useText('outbox')
  const tone = toneOf(item)
  const Icon = icons[tone]
  return (
    <article className={styles.item} data-tone={tone}>
      <Icon className={styles.icon} size={20} aria-hidden />
      <div className={styles.words} role={role}>
        <p className={styles.title}>
          <strong>{titleOf(item.problem.kind, t)}</strong> <Envelope item={item} />
        </p>
        {serverWords(item).map(({ to, reply }) => (
          <p key={to} className={styles.reply}>
            {to === '' ? null : <span className={styles.recipient}>{visibleAddress(to)} </span>}
            <q>{reply}</q>
          </p>
        ))}
        <p className={styles.explanation}>{explanationOf(item, t)}</p>
      </div>
      <Remedies item={item} remedies={remediesOf(item)} onLeave={onLeave} />
    </article>
  )
}

interface CardProps<Item> {
  readonly item: Item
  /** Something else is about to be shown: a dialog around this closes. */
  readonly onLeave?: () => void
}

export function ScheduledCard({ item, onLeave }: CardProps<OutboxItem>) {
  const t = useText('outbox')
  return (
    <article className={styles.item}>
      <Clock className={styles.icon} size={20} aria-hidden />
      <div className={styles.words}>
        <p className={styles.title}>
          <Envelope item={item} />
        </p>
        <p className={styles.explanation}>{t('text.scheduled', { time: shortTime(item.submission.sendAt) })}</p>
      </div>
      <Remedies item={item} remedies={item.message ? ['edit', 'cancel'] : ['cancel']} onLeave={onLeave} />
    </article>
  )
}

const maxNamed = 3

function Envelope({ item: { submission, message } }: { readonly item: OutboxItem }) {
  const t = useText('outbox')
  const recipients = (submission.envelope?.rcptTo ?? []).map(({ email }) => visibleAddress(email))
  const subject = visibleText(message?.subject ?? '') || t('noSubject')
  const others = recipients.length - maxNamed
  const to = recipients.slice(0, maxNamed).join(', ')
  return (
    <span title={recipients.join('\n')}>
      {others > 0 ? t('envelopeMore', { subject, to, others }) : t('envelope', { subject, to })}
    </span>
  )
}

function Remedies({ item, remedies, onLeave }: CardProps<OutboxItem> & { readonly remedies: readonly Remedy[] }) {
  const t = useText('outbox')
  const store = useStore()
  const session = useSession()
  const [isBusy, setBusy] = useState(false)
  const press = async (remedy: Remedy) => {
    setBusy(true)
    await run(remedy, item, store, session)
    setBusy(false)
    if (remedy === 'edit') onLeave?.()
  }
  return (
    <div className={styles.remedies}>
      {remedies.map((remedy, index) => (
        <Button
          key={remedy}
          size="small"
          tone={index === 0 ? 'plain' : 'quiet'}
          isPending={isBusy}
          onPress={() => void press(remedy)}
        >
          {nameOf(remedy, t)}
        </Button>
      ))}
    </div>
  )
}

function nameOf(remedy: Remedy, t: Text): string {
  switch (remedy) {
    case 'edit':
      return t('edit')
    case 'sendAgain':
      return t('sendAgain')
    case 'signIn':
      return t('signIn')
    case 'cancel':
      return t('cancelSend')
    case 'dismiss':
      return t('dismiss')
  }
}

function run(remedy: Remedy, item: OutboxItem, store: MailStore, session: Session): Promise<void> {
  switch (remedy) {
    case 'edit':
      return edit(store, item)
    case 'sendAgain':
      return sendAgain(store, item)
    case 'signIn':
      return session.signOut().catch(() => store.undo.push({ text: 'mail:failed', kind: 'error' }))
    case 'cancel':
      return cancel(store, item)
    case 'dismiss':
      return dismiss(store, item)
  }
}
