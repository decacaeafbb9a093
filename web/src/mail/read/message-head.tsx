// The head of one message: who, to whom, when; all of it on demand.

import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import type { EmailAddress } from '#shared/jmap/mail.ts'
import { currentLocale, isolated, useText } from '../../shell/i18n.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { nameHidesAddress, visibleAddress, visibleText } from '../sanitize/visible-text.ts'
import { AddressChips, displayName } from './addresses.tsx'
import { AuthenticityDetails, AuthenticLine } from './authenticity.tsx'
import { showSize } from './file-looks.tsx'
import type { Message } from './load-message.ts'
import styles from './message-head.module.css'

export function MessageHead({ message, actions }: { readonly message: Message; readonly actions: React.ReactNode }) {
  const t = useText('read')
  const [isOpen, setOpen] = useState(false)
  const from = message.from?.[0] ?? { name: null, email: '' }
  const recipients = [...(message.to ?? []), ...(message.cc ?? []), ...(message.bcc ?? [])]
  const isDeceiving = nameHidesAddress(from.name ?? '', from.email)
  const sender = message.sender?.[0]
  const isOnBehalf = sender !== undefined && sender.email.toLowerCase() !== from.email.toLowerCase()

  return (
    <header className={styles.head}>
      <Avatar name={isDeceiving ? null : from.name} email={from.email} size="large" />
      <div className={styles.words}>
        <div className={styles.line}>
          <bdi className={styles.name}>{displayName(from) || t('unknownSender')}</bdi>
          {from.name && !isDeceiving ? <bdi className={styles.email}>{visibleAddress(from.email)}</bdi> : null}
          <AuthenticLine authentication={message.authentication} />
        </div>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <span className={styles.recipients}>
            {recipients.length > 0 ? t('toPeople', { people: listNames(recipients) }) : t('noRecipients')}
          </span>
          <ChevronDown size={15} aria-hidden />
          <span className="visually-hidden">{t(isOpen ? 'hideDetails' : 'showDetails')}</span>
        </button>
        {isOnBehalf ? <p className={styles.behalf}>{t('sentBy', { address: visibleAddress(sender.email) })}</p> : null}
      </div>
      <div className={styles.side}>
        <time className={styles.date} dateTime={message.sentAt ?? message.receivedAt} title={fullDate(message)}>
          {shortDate(message.sentAt ?? message.receivedAt)}
        </time>
        {actions}
      </div>
      {isOpen ? <Details message={message} /> : null}
    </header>
  )
}

function Details({ message }: { readonly message: Message }) {
  const t = useText('read')
  const people: readonly (readonly [string, readonly EmailAddress[] | null])[] = [
    [t('from'), message.from],
    [t('replyTo'), message.replyTo],
    [t('to'), message.to],
    [t('cc'), message.cc],
    [t('bcc'), message.bcc],
  ]
  const listId = message['header:List-Id:asText']
  return (
    <dl className={styles.details}>
      {people.map(([label, addresses]) =>
        addresses?.length ? (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <AddressChips addresses={addresses} label={label} />
            </dd>
          </div>
        ) : null,
      )}
      <div>
        <dt>{t('date')}</dt>
        <dd>{fullDate(message)}</dd>
      </div>
      {message.authentication ? <AuthenticityDetails authentication={message.authentication} /> : null}
      {listId ? (
        <div>
          <dt>{t('list')}</dt>
          <dd>
            <bdi>{visibleText(listId).slice(0, 300)}</bdi>
          </dd>
        </div>
      ) : null}
      <div>
        <dt>{t('messageId')}</dt>
        <dd className={styles.id}>
          <bdi>{visibleText(message.messageId?.[0] ?? '').slice(0, 300)}</bdi>
        </dd>
      </div>
      <div>
        <dt>{t('size')}</dt>
        <dd>{showSize(message.size)}</dd>
      </div>
    </dl>
  )
}

function listNames(addresses: readonly EmailAddress[]): string {
  const names = addresses.slice(0, 4).map((address) => isolated(displayName(address)))
  const rest = addresses.length - names.length
  return new Intl.ListFormat(currentLocale(), { type: 'unit' }).format(
    rest > 0 ? [...names, isolated(`+${rest}`)] : names,
  )
}

export function shortDate(date: string): string {
  const then = new Date(date)
  const now = new Date()
  const isToday = then.toDateString() === now.toDateString()
  const language = currentLocale()
  if (Number.isNaN(then.getTime())) return ''
  if (isToday) return then.toLocaleTimeString(language, { timeStyle: 'short' })
  const isThisYear = then.getFullYear() === now.getFullYear()
  return then.toLocaleDateString(
    language,
    isThisYear ? { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' } : { dateStyle: 'medium' },
  )
}

export function fullDate(message: Pick<Message, 'sentAt' | 'receivedAt'>): string {
  const date = new Date(message.sentAt ?? message.receivedAt)
  if (Number.isNaN(date.getTime())) return ''
  return date.toLocaleString(currentLocale(), { dateStyle: 'full', timeStyle: 'short' })
}
