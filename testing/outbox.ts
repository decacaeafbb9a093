// An outbox for tests: SQLite, a mail store in memory, an SMTP server that does what the test says, and a clock in the test's hand.

import { randomBytes } from 'node:crypto'
import { silentLog } from '#core/log.ts'
import { openKeyRing } from '#core/seal.ts'
import {
  openSubmission,
  type SubmissionConfig,
  type SubmissionDeps,
  type SubmissionTables,
} from '#domain/submission/index.ts'
import { openSmtpTransport } from '#drivers/smtp/index.ts'
import { recordingBus, testCaller } from './caller.ts'
import { openFakeMailStore } from './fake-mail-store.ts'
import { type SmtpScript, startScriptedSmtp } from './scripted-smtp.ts'
import { openTestSql } from './sqlite.ts'

export const outboxConfig: SubmissionConfig = {
  undoWindowMs: 10_000,
  maxDelayMs: 86_400_000,
  expiryMs: 3_600_000,
  backoff: { baseMs: 60_000, maxMs: 600_000 },
  leaseMs: 30_000,
  witnessMs: 5000,
  maxRecipients: 5,
  maxMessageBytes: 10_000,
  identities: 'any',
  keepMs: 86_400_000,
}

export const draft = [
  'From: Alice <alice@example.test>',
  'To: Bob <bob@example.test>, carol@example.test',
  'Bcc: secret@example.test,',
  ' more@example.test',
  'Subject: hello',
  'Message-ID: <m1@example.test>',
  'Date: Sun, 22 Nov 2026 12:00:00 +0000',
  '',
  'hello',
  '.',
  '',
].join('\r\n')

export async function openTestOutbox(
  options: {
    readonly script?: SmtpScript
    readonly config?: Partial<SubmissionConfig>
    readonly deps?: Partial<SubmissionDeps>
  } = {},
) {
  const database = await openTestSql()
  const smtp = await startScriptedSmtp(options.script)
  const mail = openFakeMailStore()
  const bus = recordingBus()
  const clock = { time: Date.parse('2026-11-22T12:00:00Z'), now: () => clock.time }
  const settings = { value: {} as Record<string, unknown> }
  const server = { host: '127.0.0.1', port: smtp.port, tls: 'none' } as const
  const transport = openSmtpTransport({
    connectTimeoutMs: 1000,
    commandTimeoutMs: 500,
    blockTimeoutMs: 500,
    finalTimeoutMs: 500,
  })
  const deps: SubmissionDeps = {
    sql: database.for<SubmissionTables>(),
    openMail: async (caller) => mail.account({ account: caller.account, server, credential: caller.credential }),
    directory: { route: async (address) => ({ address, login: address, imap: server, smtp: server, sieve: null }) },
    transport,
    ring: openKeyRing([{ id: 'k1', key: randomBytes(32) }]),
    bus,
    settings: { list: async () => ({ state: '0', list: [{ id: 'composing', value: settings.value, version: 0 }] }) },
    clock,
    log: silentLog,
    config: { ...outboxConfig, ...options.config },
    ...options.deps,
  }
  const caller = testCaller()
  const { submissions, identities } = openSubmission(deps)
  const account = await deps.openMail(caller)
  const signal = new AbortController().signal
  const role = async (name: string) => {
    const { list } = await account.mailboxes({ threads: false }, signal)
    return list.find((mailbox) => mailbox.role === name)!.id
  }
  return {
    ...{ submissions, identities, deps, caller, account, smtp, mail, bus, clock, settings, signal },
    deliver: () => submissions.deliverDue(signal),
    addDraft: (raw = draft) => mail.deliver(caller.account, 'Drafts', raw, ['$draft']),
    one: async (id: string) => (await submissions.list(caller, [id])).list[0]!,
    /** Role of each mailbox that holds a message of that Message-ID, once per message. */
    async whereIs(messageId = '<m1@example.test>') {
      const ids = await account.findByMessageId(messageId, null, signal)
      const { list } = await account.mailboxes({ threads: false }, signal)
      const rows = await account.rows(ids, {}, signal)
      return rows.map((row) => row.mailboxIds.map((id) => list.find((mailbox) => mailbox.id === id)?.role).join('+'))
    },
    role,
    async close() {
      await transport.close()
      await smtp.stop()
      await database.close()
    },
  }
}

export const wish = {
  identityId: 'own',
  envelope: null,
  sendAt: null,
  idempotencyKey: null,
  creationId: 'c1',
  fileSent: true,
  answered: [],
  forwarded: [],
  redirect: false,
} as const
