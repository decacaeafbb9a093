// What happens in the mailbox when a message has slept. It has to lie where people look for new mail, and lists are in the order of arrival: a
// moved message keeps its old date (RFC 9051 §6.4.7), and would return to page twelve. So it is put there anew, unread and with today's date,
// and the sleeping one is taken away; where the server does not take it (a full account, a limit), it is moved as it is. Every part may be
// done twice without harm, and nothing is taken away before its copy is acknowledged (docs/adr/2026-12-01-snooze.md).

import { Failure, isFailure } from '#core/errors.ts'
import { findMailboxForRole } from '#domain/mail/index.ts'
import type { EmailRow, MailAccount, MailboxRow } from '#ports/mail-store.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { SnoozeRow } from './tables.ts'
import type { SnoozeDeps } from './types.ts'

export const snoozedName = 'Snoozed'

interface Place {
  readonly email: EmailRow
  /** Where it sleeps. */
  readonly from: MailboxId
  readonly to: MailboxId
}

/** False: the message is not where it was put to sleep, and whoever took it from there meant it. */
export async function putBack(
  deps: Pick<SnoozeDeps, 'onStep' | 'clock'>,
  account: MailAccount,
  row: SnoozeRow,
  signal: AbortSignal,
): Promise<boolean> {
  const place = await placeOf(account, row, signal)
  if (!place) return false
  const { email, from, to } = place
  const copies = await copiesOf(account, row, to, signal)
  if (copies.length === 0 && !(await copyAnew(deps, account, place, row, signal))) {
    await single(account.change([{ ...moved(place), removeKeywords: ['$seen'] }], signal))
    return true
  }
  await deps.onStep?.('copied')
  // A server may give the same octets the same id (RFC 8474 §4), and other mailboxes may hold it: then it is only taken out of this one.
  const [now] = await account.rows([email.id], {}, signal)
  if (now?.mailboxIds.every((mailbox) => mailbox === from)) await single(account.destroy([email.id], signal))
  else if (now) await single(account.change([{ id: email.id, removeMailboxes: [from] }], signal))
  await deps.onStep?.('removed')
  return true
}

/** Back to where it was, as it is: somebody woke it by hand. */
export async function wakeEarly(account: MailAccount, row: SnoozeRow, signal: AbortSignal): Promise<void> {
  const place = await placeOf(account, row, signal)
  if (place && place.from !== place.to) await single(account.change([moved(place)], signal))
}

function moved({ email, from, to }: Place) {
  return { id: email.id, addMailboxes: [to], removeMailboxes: from === to ? [] : [from] }
}

async function placeOf(account: MailAccount, row: SnoozeRow, signal: AbortSignal): Promise<Place | null> {
  const [email] = await account.rows([row.email_id], {}, signal)
  if (!email) return null
  const { list } = await account.mailboxes({ threads: false }, signal)
  const asleep = findMailboxForRole(list, 'snoozed', snoozedName)?.id
  const home = list.find(({ id, rights }) => id === row.mailbox_id && rights.mayAddItems)
  const to = home ?? findMailboxForRole(list, 'inbox', 'INBOX')
  if (!to) throw new Failure('unavailable', { reason: 'no mailbox to return to' })
  // A node that died before the move, or before it had said so, left it where it was.
  const places = row.is_asleep === 1 ? [asleep] : [asleep, row.mailbox_id]
  const from = places.find((mailbox) => mailbox !== undefined && email.mailboxIds.includes(mailbox))
  return from === undefined ? null : { email, from, to: to.id }
}

/** Those that came since it was due: a dead node's work. Without a Message-ID nothing would tell. */
async function copiesOf(account: MailAccount, row: SnoozeRow, to: MailboxId, signal: AbortSignal) {
  if (row.message_id === '') return []
  const ids = await account.findByMessageId(row.message_id, to, signal)
  const rows = await account.rows(ids, {}, signal)
  // IMAP keeps whole seconds.
  return rows.filter(({ id, receivedAt }) => id !== row.email_id && receivedAt >= row.until_at - 1_000)
}

const refusals = ['overQuota', 'tooLarge', 'badInput', 'forbidden'] as const

/** False: the server does not take it, or nothing would tell after a death that it did. */
async function copyAnew(
  { clock }: Pick<SnoozeDeps, 'clock'>,
  account: MailAccount,
  { email, to }: Place,
  row: SnoozeRow,
  signal: AbortSignal,
): Promise<boolean> {
  if (row.message_id === '') return false
  const { size } = email
  const source = async () => (await account.raw(email.id, {}, signal)).body
  const keywords = email.keywords.filter((keyword) => keyword !== '$seen')
  try {
    await account.append({ mailboxIds: [to], keywords, receivedAt: clock.now(), size, source }, signal)
    return true
  } catch (error) {
    if (!isFailure(error, ...refusals)) throw error
    return false
  }
}

/** A batch whose every failure is one. */
async function single(outcomes: ReturnType<MailAccount['change']>): Promise<void> {
  for (const failure of (await outcomes).values()) if (failure) throw failure
}

/** Where it returns to when nobody said: the mailbox that it is in, as long as that is not the one in which messages sleep. */
export function homeOf(email: EmailRow, list: readonly MailboxRow[]): MailboxId | null {
  const asleep = findMailboxForRole(list, 'snoozed', snoozedName)?.id
  return (
    email.mailboxIds.find((mailbox) => mailbox !== asleep) ?? findMailboxForRole(list, 'inbox', 'INBOX')?.id ?? null
  )
}
