// Where a submission's message is now: by its id, or, on servers where a move changes that, by its Message-ID.

import type { MailAccount } from '#ports/mail-store.ts'
import type { EmailId } from '#shared/ids.ts'
import type { SubmissionRow } from './tables.ts'

export async function locate(account: MailAccount, row: SubmissionRow, signal: AbortSignal): Promise<EmailId | null> {
  const [found] = await account.rows([row.email_id], {}, signal)
  if (found) return found.id
  if (row.message_id === '') return null
  const [other] = await account.findByMessageId(row.message_id, null, signal)
  return other ?? null
}
