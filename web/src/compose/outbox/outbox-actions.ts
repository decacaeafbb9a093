// What can be done about a message in the outbox. What is refused, or fails on the way, is told and leaves the item where it is.

import { compose } from '../../shell/composer.ts'
import { text } from '../../shell/i18n.ts'
import type { MailStore } from '../../store/index.ts'
import { sendProblem, submit } from '../send-draft.ts'
import { type OutboxItem, reloadOutbox } from './outbox.ts'
import { isRedirected, refusedRecipients } from './outbox-words.ts'

/** Opens the message to be changed; what still waits to be sent is called back first. */
export function edit(store: MailStore, item: OutboxItem): Promise<void> {
  return told(store, async () => {
    const { submission, message } = item
    if (!message || !(await settle(store, item))) return
    const { id: emailId } = message
    if (isRedirected(item)) compose({ kind: 'redirect', emailId })
    else compose({ kind: message.keywords.$draft ? 'draft' : 'editAsNew', emailId })
    if (submission.undoStatus === 'pending') void store.refresh()
  })
}

export function cancel(store: MailStore, item: OutboxItem): Promise<void> {
  return told(store, async () => {
    if (!(await settle(store, item))) return
    store.undo.push({ text: item.message?.keywords.$draft ? 'outbox:canceledDraft' : 'outbox:canceled' })
    void store.refresh()
  })
}

export function dismiss(store: MailStore, { submission }: OutboxItem): Promise<void> {
  return told(store, () => forget(store, submission.id))
}

/** The very same message once more, to those alone who are not known to have it. */
export function sendAgain(store: MailStore, item: OutboxItem): Promise<void> {
  return told(store, async () => {
    const { submission, message } = item
    const { envelope, id, identityId, emailId } = submission
    if (!envelope) return
    const isDraft = message?.keywords.$draft === true
    const missing = new Set(refusedRecipients(submission).map(({ email }) => email))
    const { HOLDFOR: _, HOLDUNTIL: __, ...parameters } = envelope.mailFrom.parameters ?? {}
    const sent = await submit(store.client, {
      identityId,
      emailId,
      // One for each failure: a repeated press is the same send, another failure gets another.
      idempotencyKey: `again ${id}`,
      envelope: {
        mailFrom: { email: envelope.mailFrom.email, parameters },
        rcptTo: envelope.rcptTo.filter(({ email }) => missing.has(email)),
      },
      ...(isRedirected(item)
        ? { redirect: true }
        : isDraft && { fileSent: true, answered: await answeredBy(store, message.inReplyTo) }),
    })
    // Only now: had it been refused, the notice must stay.
    await forget(store, id)
    store.undo.push({
      text: 'outbox:sentAgain',
      undo: () =>
        told(store, async () => {
          if (!(await sent.undo())) store.undo.push({ text: 'outbox:tooLate', kind: 'error' })
          else if (isDraft) compose({ kind: 'draft', emailId })
        }),
    })
  })
}

/** True when it is no longer to be sent and nothing is shown of it any more. */
async function settle(store: MailStore, { submission }: OutboxItem): Promise<boolean> {
  const { id, undoStatus } = submission
  if (undoStatus === 'pending') {
    const { notUpdated } = await store.client.call('EmailSubmission/set', {
      accountId: store.accountId,
      update: { [id]: { undoStatus: 'canceled' } },
    })
    if (notUpdated?.[id]) {
      store.undo.push({ text: 'outbox:tooLate', kind: 'error' })
      return false
    }
  }
  await forget(store, id)
  return true
}

/** RFC 8621 §7.5: forgets the record; it stops no sending, so that only what is settled is forgotten. */
async function forget(store: MailStore, id: string): Promise<void> {
  await store.client.call('EmailSubmission/set', { accountId: store.accountId, destroy: [id] })
}

/** A draft knows what it answers by Message-ID alone. */
async function answeredBy(store: MailStore, inReplyTo: readonly string[] | null): Promise<readonly string[]> {
  const parent = inReplyTo?.[0]
  if (parent === undefined) return []
  const { accountId } = store
  const filter = { header: ['Message-ID', parent] } as const
  const { ids } = await store.client.call('Email/query', { accountId, filter, limit: 1 })
  return ids
}

async function told(store: MailStore, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { text: reason } = sendProblem(error)
    store.undo.push({
      text: 'outbox:notDone',
      values: { reason: reason || text('outbox:noAnswer') },
      kind: 'error',
    })
  } finally {
    await reloadOutbox(store)
  }
}
