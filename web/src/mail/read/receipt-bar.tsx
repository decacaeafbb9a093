// The sender asks to be told that the message was read (RFC 8098 §2.1). It is told only when its reader says so.

import { MailCheck } from 'lucide-react'
import { useState } from 'react'
import type { SetError } from '#shared/jmap/core.ts'
import { keywords } from '#shared/jmap/mail.ts'
import type { Mdn } from '#shared/jmap/submission.ts'
import type { MethodShape } from '../../jmap/methods.ts'
import { useText } from '../../shell/i18n.ts'
import { type MailStore, useEmail, useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { visibleAddress } from '../sanitize/visible-text.ts'
import type { Message } from './load-message.ts'
import styles from './message-body.module.css'

declare module '../../jmap/methods.ts' {
  interface Methods {
    'MDN/send': MethodShape<
      {
        accountId: string
        identityId: string
        send: Readonly<Record<string, Partial<Mdn>>>
        onSuccessUpdateEmail?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
      },
      { sent: Readonly<Record<string, unknown>> | null; notSent: Readonly<Record<string, SetError>> | null }
    >
  }
}

export function ReceiptBar({ message }: { readonly message: Message }) {
  const t = useText('read')
  const store = useStore()
  const head = useEmail(message.id)
  const [state, setState] = useState<'asked' | 'sending' | 'sent' | 'failed' | 'ignored'>('asked')
  const wanted = message['header:Disposition-Notification-To:asAddresses']
  const marks = head?.keywords ?? message.keywords
  if (!wanted?.length || marks[keywords.draft] || state === 'ignored') return null
  if (marks[keywords.mdnSent] && state !== 'sent') return null
  if (state === 'sent') return <output className={styles.bar}>{t('receiptSent')}</output>

  const send = () => {
    setState('sending')
    sendReceipt(store, message).then(
      () => setState('sent'),
      () => setState('failed'),
    )
  }
  return (
    <div className={styles.bar} role="note">
      <MailCheck size={18} aria-hidden />
      <span className={styles.barText}>
        {state === 'failed'
          ? t('receiptFailed')
          : t('receiptAsked', { address: visibleAddress(wanted[0]?.email ?? '') })}
      </span>
      <Button size="small" tone="quiet" isDisabled={state === 'sending'} onPress={send}>
        {t('sendReceipt')}
      </Button>
      <Button size="small" tone="quiet" onPress={() => setState('ignored')}>
        {t('ignoreReceipt')}
      </Button>
    </div>
  )
}

async function sendReceipt({ client, accountId, refresh }: MailStore, message: Message): Promise<void> {
  const { list: identities } = await client.call('Identity/get', { accountId })
  const addressed = [...(message.to ?? []), ...(message.cc ?? [])].map(({ email }) => email.toLowerCase())
  const identity = identities.find(({ email }) => addressed.includes(email.toLowerCase())) ?? identities[0]
  if (!identity) throw new Error('no identity')
  // RFC 9007 §2.1.
  const { notSent } = await client.call('MDN/send', {
    accountId,
    identityId: identity.id,
    send: {
      receipt: {
        forEmailId: message.id,
        disposition: { actionMode: 'manual-action', sendingMode: 'mdn-sent-manually', type: 'displayed' },
      },
    },
    onSuccessUpdateEmail: { '#receipt': { [`keywords/${keywords.mdnSent}`]: true } },
  })
  if (notSent?.receipt) throw new Error(notSent.receipt.type)
  await refresh()
}
