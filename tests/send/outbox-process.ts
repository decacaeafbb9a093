// A process that works at an outbox over real servers, to be killed: started by kill-matrix.live.test.ts, never by hand. It takes one
// JSON argument; with `create` it submits the draft and says so, with `killAt` it dies by its own SIGKILL at that step.

import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { openKeyRing } from '#core/seal.ts'
import { openSubmission, type SubmissionTables } from '#domain/submission/index.ts'
import { openImapMailStore } from '#drivers/imap/index.ts'
import { openSqlMailState } from '#drivers/mail-state/sql.ts'
import { openSmtpTransport } from '#drivers/smtp/index.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'
import { startOutboxWorker } from '#jobs/outbox.ts'
import { recordingBus, testCaller } from '#testing/caller.ts'
import { outboxConfig, wish } from '#testing/outbox.ts'

export interface ProcessPlan {
  readonly sqlitePath: string
  readonly imapPort: number
  readonly smtpPort: number
  readonly create: { readonly to: readonly string[]; readonly emailId: string } | null
  readonly killAt: string | null
}

const plan = JSON.parse(process.argv[2]!) as ProcessPlan
const database = await openSqlite({ path: plan.sqlitePath, slowStatementMs: 60_000, log: silentLog })
const imap = { host: '127.0.0.1', port: plan.imapPort, tls: 'none' } as const
const smtp = { host: '127.0.0.1', port: plan.smtpPort, tls: 'none' } as const
const state = openSqlMailState({ sql: database.for(), clock: systemClock })
const store = openImapMailStore({ state, snapshots: null, log: silentLog, clock: systemClock })
let wake = (_: number) => {}
const { submissions } = openSubmission({
  sql: database.for<SubmissionTables>(),
  openMail: async (caller) => store.account({ account: caller.account, server: imap, credential: caller.credential }),
  directory: { route: async (address) => ({ address, login: address, imap, smtp, sieve: null }) },
  transport: openSmtpTransport(),
  ring: openKeyRing([{ id: 'k1', key: Buffer.alloc(32, 7) }]),
  bus: recordingBus(),
  settings: { list: async () => ({ state: '0', list: [] }) },
  clock: systemClock,
  log: silentLog,
  config: {
    ...outboxConfig,
    undoWindowMs: 300,
    maxMessageBytes: 10_000_000,
    leaseMs: 1500,
    witnessMs: 1000,
    backoff: { baseMs: 300, maxMs: 1000 },
  },
  wake: (at) => wake(at),
  onStep(step) {
    if (step === plan.killAt) process.kill(process.pid, 'SIGKILL')
  },
})
const caller = testCaller()
if (plan.create) {
  const { id } = await submissions.create(caller, { ...wish, emailId: plan.create.emailId })
  process.stdout.write(`created ${id}\n`)
}
const worker = startOutboxWorker({ submissions, log: silentLog, pollMs: 200 })
wake = worker.wake
for (;;) {
  const next = await submissions.nextDue()
  if (next === null) break
  await new Promise((resolve) => setTimeout(resolve, 50))
}
const { list } = await submissions.list(caller, null)
process.stdout.write(`done ${JSON.stringify(list)}\n`)
await worker.close(1000)
await store.close()
await database.close()
process.exit(0)
