// Redirecting: the message goes to somebody else as it is (RFC 5322 §3.6.6, Resent-*).

import { useEffect, useRef, useState } from 'react'
import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { Identity } from '#shared/jmap/submission.ts'
import { loadMessage } from '../mail/read/load-message.ts'
import { readSetting } from '../settings/account-settings.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { isAddress } from './parse-addresses.ts'
import { RecipientsField, type RecipientsHandle } from './recipients-field.tsx'
import { redirectMessage, sendProblem } from './send-draft.ts'
import { pickIdentity } from './start-draft.ts'
import { type Known, knownPeople } from './suggest-recipients.ts'

export interface RedirectDialogProps {
  readonly emailId: string
  readonly identities: readonly Identity[]
  readonly onClose: () => void
}

export function RedirectDialog({ emailId, identities, onClose }: RedirectDialogProps) {
  const t = useText('compose')
  const store = useStore()
  const [to, setTo] = useState<readonly EmailAddress[]>([])
  const [people, setPeople] = useState<readonly Known[]>([])
  const [problem, setProblem] = useState<string | null>(null)
  const [isSending, setSending] = useState(false)
  const field = useRef<RecipientsHandle>(null)
  const key = useRef(crypto.randomUUID())

  useEffect(() => {
    // Without them every address is typed whole, as before.
    knownPeople(store).then(setPeople, () => {})
  }, [store])

  const send = async () => {
    const recipients = field.current?.commit() ?? to
    if (recipients.length === 0) return setProblem(t('cannotSend.noRecipients'))
    if (!recipients.every(({ email }) => isAddress(email))) return setProblem(t('cannotSend.badRecipients'))
    setSending(true)
    try {
      const message = await loadMessage(store.client, emailId)
      const identity = pickIdentity(identities, message, readSetting(store.client, 'composing').identityId)
      if (!identity) throw new Error('no identity')
      const emails = recipients.map(({ email }) => email)
      const sent = await redirectMessage(store.client, emailId, emails, identity, key.current)
      store.undo.push({
        text: 'compose:redirected',
        undo: async () => {
          if (!(await sent.undo().catch(() => false))) store.undo.push({ text: 'compose:tooLate', kind: 'error' })
        },
      })
      onClose()
    } catch (error) {
      setProblem(`${t('sendFailed.other')} ${sendProblem(error).text}`)
      setSending(false)
    }
  }

  return (
    <Dialog
      title={t('redirectTitle')}
      closeLabel={t('close')}
      onClose={onClose}
      actions={
        <Button tone="primary" isDisabled={isSending} onPress={() => void send()}>
          {t('redirect')}
        </Button>
      }
    >
      <p>{t('redirectText')}</p>
      <RecipientsField ref={field} label={t('to')} addresses={to} people={people} onChange={setTo} autoFocus />
      {problem ? <p role="alert">{problem}</p> : null}
    </Dialog>
  )
}
