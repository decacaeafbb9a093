// Above a message: why one should look twice at who it is from, in plain words.

import { ShieldAlert, UserRoundSearch } from 'lucide-react'
import { type Text, useText } from '../../shell/i18n.ts'
import type { Message } from './load-message.ts'
import styles from './sender-bar.module.css'
import { type Doubt, senderDoubts } from './sender-doubts.ts'
import { useMailboxFacts } from './use-sender-facts.ts'

export interface SenderBarProps {
  readonly message: Message
  /** Written by oneself. */
  readonly isOwn: boolean
  /** In the junk folder already, where it is known that nobody is to be trusted. */
  readonly isSuspicious: boolean
}

export function SenderBar({ message, isOwn, isSuspicious }: SenderBarProps) {
  const t = useText('read')
  const facts = useMailboxFacts(message, !isOwn && !isSuspicious)
  const from = message.from?.[0]
  if (!from || isOwn) return null
  const doubts = senderDoubts({ from, authentication: message.authentication ?? null, ...facts })
  if (doubts.length === 0) return null
  const isGrave = doubts.some(({ kind }) => kind !== 'isFirst')
  const Icon = isGrave ? ShieldAlert : UserRoundSearch
  return (
    <div className={`${styles.bar} ${isGrave ? styles.grave : ''}`} role="note">
      <Icon size={17} aria-hidden />
      <ul className={styles.reasons}>
        {doubts.map((doubt) => (
          <li key={doubt.kind}>{reason(t, doubt)}</li>
        ))}
      </ul>
    </div>
  )
}

function reason(t: Text, doubt: Doubt): string {
  switch (doubt.kind) {
    case 'notAuthentic':
      return t('notAuthentic', { domain: doubt.domain, server: doubt.server })
    case 'nameIsAddress':
      return t('nameIsAddress', { name: doubt.name })
    case 'passesFor':
      return t('passesFor', { domain: doubt.domain, other: doubt.other })
    case 'mixesLetters':
      return t('mixesLetters', { domain: doubt.domain, shown: doubt.shownAs })
    case 'isFirst':
      return t('isFirst')
  }
}
