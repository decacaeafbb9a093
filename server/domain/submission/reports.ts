// Delivery status and disposition notifications (RFC 3464, RFC 8098) that came back, matched to what was sent: RFC 8621 §7,
// deliveryStatus, dsnBlobIds, mdnBlobIds.
//
// Looked for in the inbox alone, among the newest messages since the oldest recent send, by what the index knows; only reports are
// read, each once by each node. Any node may look, at any time: what is found is one row by the hash of the report.
//
// Anybody can write a report. It is believed as far as this: it names a send of this very account by its envelope id, which only
// mail servers on the way have seen, or by its Message-ID; it speaks of recipients of that send; and all that follows is the text of a
// status. Nothing is sent again, moved or marked for it.

import { createHash } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { isFailure, toFailure } from '#core/errors.ts'
import { plainText } from '#core/plain-text.ts'
import { recordChanges } from '#domain/changes/index.ts'
import { parseDsn } from '#formats/dsn/parse-dsn.ts'
import { parseMdn } from '#formats/mdn/mdn.ts'
import type { EmailRow, MailAccount } from '#ports/mail-store.ts'
import type { Envelope } from '#shared/jmap/submission.ts'
import { sameAddress } from './envelope.ts'
import { insertReport, recentlySent } from './report-store.ts'
import type { ReportOutcome, SubmissionDeps } from './types.ts'

const recentMs = 14 * 86_400_000
const maxSends = 200
const maxMessages = 200
const maxReportBytes = 512 * 1024
const maxPerSubmission = 50
/** Between two looks that only a client's question set off. */
const quietMs = 10_000
const timeoutMs = 30_000
const maxSeen = 20_000

export interface Reports {
  /** Looks in the background; with `isArrival` new mail is known to have come. */
  look(caller: Caller, isArrival: boolean): void
  /** Waits for what is under way. */
  settled(): Promise<void>
}

interface Sent {
  readonly id: string
  readonly messageId: string
  readonly envelopeId: string
  readonly recipients: readonly string[]
}

interface Report {
  readonly kind: 'dsn' | 'mdn'
  readonly envelopeId: string | null
  readonly messageId: string | null
  readonly claims: readonly (Omit<ReportOutcome, 'email'> & { readonly addresses: readonly string[] })[]
}

export function openReports(deps: SubmissionDeps): Reports {
  const { clock, log, sql } = deps
  const running = new Map<string, Promise<void>>()
  const wanted = new Map<string, Caller>()
  const looked = new Map<string, number>()
  /** Messages that need no second look, by account and id; a cache. */
  const seen = new Set<string>()

  function start(caller: Caller): void {
    // Who asked has his answer long since when this is done.
    const own: Caller = { ...caller, position: null, signal: AbortSignal.timeout(timeoutMs) }
    looked.delete(caller.account)
    looked.set(caller.account, clock.now())
    if (looked.size > maxSeen) looked.delete(looked.keys().next().value as string)
    const work = lookNow(own)
      .catch((error: unknown) => log.info('reports.look', { account: caller.account, code: toFailure(error).code }))
      .finally(() => {
        running.delete(caller.account)
        const again = wanted.get(caller.account)
        wanted.delete(caller.account)
        if (again) start(again)
      })
    running.set(caller.account, work)
  }

  async function lookNow(caller: Caller): Promise<void> {
    const rows = await recentlySent(sql.readFresh(), caller.account, clock.now() - recentMs, maxSends)
    const oldest = rows.at(-1)
    if (!oldest) return
    const sends = rows.map((row): Sent => {
      const { mailFrom, rcptTo } = JSON.parse(row.envelope) as Envelope
      const given = Object.entries(mailFrom.parameters ?? {}).find(([name]) => name.toUpperCase() === 'ENVID')?.[1]
      const recipients = rcptTo.map(({ email }) => email)
      return { id: row.id, messageId: row.message_id, envelopeId: given ?? row.id, recipients }
    })
    const mail = await deps.openMail(caller)
    for (const message of await newMessages(mail, caller, oldest.created_at)) {
      if (message.structure?.type === 'multipart/report' && message.size <= maxReportBytes) {
        await take(caller, mail, message, sends)
      }
      seen.add(`${caller.account} ${message.id}`)
      if (seen.size > maxSeen) seen.delete(seen.values().next().value as string)
    }
  }

  async function newMessages(
    mail: MailAccount,
    { account, signal }: Caller,
    since: number,
  ): Promise<readonly EmailRow[]> {
    const { list } = await mail.mailboxes({ threads: false }, signal)
    const inbox = list.find(({ role }) => role === 'inbox')
    if (!inbox) return []
    const { ids } = await mail.query(
      {
        filter: { inMailbox: inbox.id, after: new Date(since).toISOString() },
        sort: [{ property: 'receivedAt', isAscending: false }],
        collapseThreads: false,
        position: 0,
        anchor: null,
        anchorOffset: 0,
        limit: maxMessages,
        calculateTotal: false,
      },
      signal,
    )
    const fresh = ids.filter((id) => !seen.has(`${account} ${id}`))
    return fresh.length > 0 ? mail.rows(fresh, { structure: true }, signal) : []
  }

  async function take(caller: Caller, mail: MailAccount, message: EmailRow, sends: readonly Sent[]): Promise<void> {
    const raw = await readRaw(mail, message, caller.signal)
    const report = raw && readReport(raw)
    const sent = report && sends.find((one) => isAbout(report, one))
    if (!raw || !report || !sent) return
    const outcomes = outcomesOf(report, sent)
    const { account } = caller
    const state = await sql.write({ position: null }, async (tx) => {
      const row = {
        submission: sent.id,
        report: createHash('sha256').update(raw).digest('hex'),
        account,
        kind: report.kind,
        blob_id: `m${message.id}`,
        outcomes: JSON.stringify(outcomes),
        received_at: message.receivedAt,
      }
      if (!(await insertReport(tx, row, maxPerSubmission))) return null
      return recordChanges(tx, { account, type: 'EmailSubmission' }, [{ id: sent.id, kind: 'updated' }])
    })
    if (state === null) return
    log.info('reports.matched', { account, submission: sent.id, kind: report.kind, outcomes: outcomes.length })
    await deps.bus.publish({ account, changed: { EmailSubmission: state } })
  }

  return {
    look(caller, isArrival) {
      if (running.has(caller.account)) {
        if (isArrival) wanted.set(caller.account, caller)
        return
      }
      if (isArrival || clock.now() - (looked.get(caller.account) ?? 0) >= quietMs) start(caller)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}

async function readRaw(mail: MailAccount, { id }: EmailRow, signal: AbortSignal): Promise<Buffer | null> {
  try {
    const chunks: Uint8Array[] = []
    for await (const chunk of (await mail.raw(id, {}, signal)).body) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    // Moved away or deleted since.
    if (isFailure(error, 'notFound')) return null
    throw error
  }
}

function readReport(raw: Uint8Array): Report | null {
  const dsn = parseDsn(raw)
  if (dsn) {
    const delivered = {
      failed: 'no',
      delayed: 'queued',
      delivered: 'yes',
      relayed: 'unknown',
      expanded: 'unknown',
    } as const
    const claims = dsn.recipients.map(({ addresses, action, reply }) => ({
      addresses,
      delivered: delivered[action],
      isDisplayed: false,
      reply: plainText(reply, 500),
    }))
    return { kind: 'dsn', envelopeId: dsn.envelopeId, messageId: dsn.originalMessageId, claims }
  }
  const mdn = parseMdn(raw)
  if (!mdn) return null
  const addresses = [mdn.originalRecipient, mdn.finalRecipient].flatMap((value) => value?.split(';')[1]?.trim() ?? [])
  const isDisplayed = mdn.disposition.type === 'displayed'
  const messageId = /<([^<>]+)>/.exec(mdn.originalMessageId ?? '')?.[1] ?? null
  return {
    kind: 'mdn',
    envelopeId: null,
    messageId,
    claims: [{ addresses, delivered: null, isDisplayed, reply: null }],
  }
}

function isAbout({ envelopeId, messageId }: Report, sent: Sent): boolean {
  if (envelopeId !== null && envelopeId === sent.envelopeId) return true
  return messageId !== null && `<${messageId}>` === sent.messageId
}

/** What is claimed of recipients of this send. Of a send to one person every claim is about him: he may be forwarded. */
function outcomesOf(report: Report, sent: Sent): readonly ReportOutcome[] {
  return report.claims.flatMap(({ addresses, ...claim }): readonly ReportOutcome[] => {
    const named = addresses.map(sameAddress)
    const email =
      sent.recipients.find((one) => named.includes(sameAddress(one))) ??
      (sent.recipients.length === 1 ? sent.recipients[0] : undefined)
    return email === undefined ? [] : [{ email, ...claim }]
  })
}
