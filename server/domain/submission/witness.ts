// The final dot was about to go, and what the server said to it is not known: the process died, or the connection. No protocol can
// tell whether the message was taken, so that it is never sent again by itself. A copy that came back to the sender's own mailbox
// is proof that it was; without one the author is told how it stands.

import type { MailAccount } from '#ports/mail-store.ts'
import type { Held } from './held.ts'
import { afterLoss } from './recipients.ts'
import { recordAnswer } from './record-answer.ts'
import type { SubmissionRow } from './tables.ts'
import type { RecipientState, SendOptions, SubmissionDeps } from './types.ts'

const lookAgainMs = 2000

export async function resolveUncertain(deps: SubmissionDeps, held: Held): Promise<void> {
  const { row, caller } = held
  const states = JSON.parse(row.recipients) as readonly RecipientState[]
  const found = row.message_id !== '' && (await hasWitness(await deps.openMail(caller), row, caller.signal))
  if (found) {
    deps.log.info('outbox.witness', { id: row.id })
    return recordAnswer(deps, held, afterLoss(states, 'accepted', '250 2.0.0 Accepted: a copy came back'), null)
  }
  const now = deps.clock.now()
  if (now < (row.committed_at ?? 0) + deps.config.witnessMs) {
    return held.save({ next_at: now + Math.min(lookAgainMs, deps.config.witnessMs) }, false)
  }
  deps.log.warn('outbox.uncertain', { id: row.id })
  const reply = '451 4.4.2 The connection ended before the server answered'
  await recordAnswer(deps, held, afterLoss(states, 'uncertain', reply), null)
}

/** A message of this Message-ID that neither is the draft nor can be where a client put the draft. */
async function hasWitness(account: MailAccount, row: SubmissionRow, signal: AbortSignal): Promise<boolean> {
  const ids = (await account.findByMessageId(row.message_id, null, signal)).filter((id) => id !== row.email_id)
  if (ids.length === 0) return false
  const { list } = await account.mailboxes({ threads: false }, signal)
  const { fileSent } = JSON.parse(row.options) as SendOptions
  // With fileSent nobody but the server behind puts a copy into Sent before we do.
  const ours = list.filter(({ role }) => role === 'drafts' || role === 'trash' || (role === 'sent' && !fileSent))
  const rows = await account.rows(ids, {}, signal)
  return rows.some(({ mailboxIds }) => mailboxIds.some((id) => !ours.some((mailbox) => mailbox.id === id)))
}
