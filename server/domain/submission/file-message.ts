// Puts the mailbox in order after a send: the draft becomes the one copy in Sent, the originals get $answered and $forwarded; or,
// when nobody got it, what a client had moved away becomes a draft again. Every part may be done twice without harm.

import { isFailure, toFailure } from '#core/errors.ts'
import { mailboxForRole } from '#domain/mail/index.ts'
import { type Edit, editedSize } from '#formats/mime/replace-text.ts'
import type { EmailRow, MailAccount } from '#ports/mail-store.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { WorkerDeps } from './attempt.ts'
import { type Held, waitMs } from './held.ts'
import { locate } from './locate.ts'
import { asShaped } from './message.ts'
import type { MessageManifest, SendOptions } from './types.ts'
import { imapKey, isAway } from './waiting-servers.ts'

export async function fileMessage(deps: WorkerDeps, held: Held): Promise<void> {
  const { row } = held
  let server: string | null = null
  try {
    server = imapKey(await deps.directory.route(row.address, held.caller.signal))
    const account = await deps.openMail(held.caller)
    await deps.onStep?.('filing', row.id)
    if (row.filing === 'restore') await restoreDraft(account, held)
    else {
      const options = JSON.parse(row.options) as SendOptions
      if (options.fileSent) await fileSent(account, held)
      await mark(account, held, options)
    }
    await deps.onStep?.('filed', row.id)
    const kept = row.problem !== null && JSON.parse(row.problem).kind === 'notFiled' ? null : row.problem
    await held.save({ filing: 'none', problem: kept, waits_for: null }, true)
    await deps.waitingServers.answered(server)
  } catch (error) {
    if (isFailure(error, 'conflict', 'canceled')) throw error
    const failure = toFailure(error)
    deps.log.warn('outbox.not-filed', { id: row.id, code: failure.code, detail: failure.detail, cause: failure.cause })
    const now = deps.clock.now()
    const attempts = row.attempts + 1
    const isOver = now >= row.expires_at + deps.config.expiryMs
    const description = 'Sent, but the mailbox could not be put in order.'
    await held.save(
      {
        attempts,
        waits_for: isAway(failure.code) && !isOver ? server : null,
        ...(isOver ? { filing: 'none' as const } : { next_at: now + waitMs(deps, attempts) }),
        problem: row.problem ?? JSON.stringify({ kind: 'notFiled', description }),
      },
      true,
    )
  }
}

async function fileSent(account: MailAccount, { row, caller: { signal } }: Held): Promise<void> {
  const sent = await mailboxForRole(account, 'sent', 'Sent', signal)
  const [draft] = await account.rows([row.email_id], {}, signal)
  // The witness comes first: a server that keeps a copy by itself, or a move that we did not live to record.
  const copies = row.message_id === '' ? [] : await account.findByMessageId(row.message_id, sent, signal)
  const isCopied = copies.some((id) => id !== row.email_id)
  if (isCopied && draft && !draft.mailboxIds.includes(sent)) {
    await single(account.destroy([draft.id], signal))
    return
  }
  const id = isCopied ? null : (draft?.id ?? (await locate(account, row, signal)))
  if (id === null) return
  const [now] = await account.rows([id], {}, signal)
  if (!now) return
  const manifest = JSON.parse(row.message) as MessageManifest
  // Without a Message-ID nothing would tell, after a death between the two steps, that the copy is there: the draft itself is filed.
  if (manifest.edits !== undefined && row.message_id !== '') {
    await appendShaped(account, now, manifest, manifest.edits, sent, signal)
    await single(account.destroy([id], signal))
    return
  }
  const removeMailboxes = now.mailboxIds.filter((mailbox) => mailbox !== sent)
  await single(
    account.change(
      [{ id, addMailboxes: [sent], removeMailboxes, addKeywords: ['$seen'], removeKeywords: ['$draft'] }],
      signal,
    ),
  )
}

/** In Sent stands what was sent: the draft as plugins left it. */
async function appendShaped(
  account: MailAccount,
  draft: EmailRow,
  manifest: MessageManifest,
  edits: readonly Edit[],
  sent: MailboxId,
  signal: AbortSignal,
): Promise<void> {
  await account.append(
    {
      mailboxIds: [sent],
      keywords: [...new Set([...draft.keywords.filter((keyword) => keyword !== '$draft'), '$seen'])],
      receivedAt: null,
      size: editedSize(manifest.size, edits),
      source: async () => asShaped({ hasId: true, ...(await account.raw(draft.id, {}, signal)) }, manifest),
    },
    signal,
  )
}

async function mark(account: MailAccount, { caller: { signal } }: Held, options: SendOptions): Promise<void> {
  const marks = [
    ...options.answered.map((id) => ({ id, addKeywords: ['$answered'] })),
    ...options.forwarded.map((id) => ({ id, addKeywords: ['$forwarded'] })),
  ]
  const there = new Set(
    (
      await account.rows(
        marks.map(({ id }) => id),
        {},
        signal,
      )
    ).map(({ id }) => id),
  )
  // An original that was deleted meanwhile needs no mark.
  const changes = marks.filter(({ id }) => there.has(id))
  if (changes.length > 0) await single(account.change(changes, signal))
}

async function restoreDraft(account: MailAccount, { row, caller: { signal } }: Held): Promise<void> {
  const id = await locate(account, row, signal)
  if (id === null) return
  const drafts = await mailboxForRole(account, 'drafts', 'Drafts', signal)
  const [now] = await account.rows([id], {}, signal)
  if (!now || (now.mailboxIds.includes(drafts) && now.keywords.includes('$draft'))) return
  const { list } = await account.mailboxes({ threads: false }, signal)
  const removeMailboxes = now.mailboxIds.filter((mailbox) =>
    list.some(({ id, role }) => id === mailbox && role === 'sent'),
  )
  await single(account.change([{ id, addMailboxes: [drafts], removeMailboxes, addKeywords: ['$draft'] }], signal))
}

/** A batch whose every failure is one. */
async function single(outcomes: ReturnType<MailAccount['change']>): Promise<void> {
  for (const failure of (await outcomes).values()) if (failure) throw failure
}
