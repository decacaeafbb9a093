// kill -9 at every step of a send, and at every command on the wire, with a real Postfix and a real Dovecot: the message is in the
// recipient's mailbox once, with one copy in Sent and none left in Drafts. Deliveries are counted in the mailboxes by doveadm.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once as firstOf } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, connect as netConnect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrations } from '#boot/database.ts'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { Submitted } from '#domain/submission/index.ts'
import { openImapMailStore } from '#drivers/imap/index.ts'
import { openSqlMailState } from '#drivers/mail-state/sql.ts'
import { migrate } from '#drivers/sql/migrate.ts'
import { openSqlite } from '#drivers/sql/sqlite.ts'
import { testCaller } from '#testing/caller.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { type PostfixServer, startPostfix } from '#testing/servers/postfix.ts'
import type { ProcessPlan } from './outbox-process.ts'

let dovecot: DovecotServer
let postfix: PostfixServer
let folder: string
let count = 0

/** For a `describe`: servers of its own. */
function overServers(flavour: 'full' | 'bare'): void {
  before(async () => {
    dovecot = await startDovecot({ flavour })
    postfix = await startPostfix({ lmtpPort: dovecot.lmtpPort, saslPath: dovecot.saslPath })
    folder = await mkdtemp(join(tmpdir(), 'pq-kill-'))
  })
  after(async () => {
    await postfix?.stop()
    await dovecot?.stop()
    await rm(folder, { recursive: true, force: true })
  })
}

interface World {
  readonly messageId: string
  readonly plan: ProcessPlan
}

async function prepare(to: readonly string[], smtpPort = postfix.submissionPort): Promise<World> {
  const messageId = `<kill-${++count}@example.test>`
  const sqlitePath = join(folder, `${count}.sqlite`)
  const database = await openSqlite({ path: sqlitePath, slowStatementMs: 60_000, log: silentLog })
  await migrate(database.writer, migrations)
  const state = openSqlMailState({ sql: database.for(), clock: systemClock })
  const store = openImapMailStore({ state, snapshots: null, log: silentLog, clock: systemClock })
  const caller = testCaller()
  const server = { host: '127.0.0.1', port: dovecot.imapPort, tls: 'none' } as const
  const account = store.account({ account: caller.account, server, credential: caller.credential })
  const { list } = await account.mailboxes({ threads: false }, caller.signal)
  const found = list.find(({ role }) => role === 'drafts')?.id
  const fresh = { name: 'Drafts', parentId: null, role: 'drafts', isSubscribed: true } as const
  const drafts = found ?? (await account.createMailbox(fresh, caller.signal))
  const raw = Buffer.from(
    [
      'From: alice@example.test',
      `To: ${to.join(', ')}`,
      'Subject: kill',
      `Message-ID: ${messageId}`,
      'Date: Sun, 22 Nov 2026 12:00:00 +0000',
      '',
      // Several writes long, so that a kill can come in the middle of DATA.
      ...Array.from({ length: 4000 }, (_, line) => `line ${line} of a message that is not short`),
      '',
    ].join('\r\n'),
  )
  const source = async () =>
    (async function* () {
      yield raw
    })()
  const row = await account.append(
    { mailboxIds: [drafts], keywords: ['$draft', '$seen'], receivedAt: null, size: raw.length, source },
    caller.signal,
  )
  await store.close()
  await database.close()
  const plan = { sqlitePath, imapPort: dovecot.imapPort, smtpPort, create: { to, emailId: row.id }, killAt: null }
  return { messageId, plan }
}

interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly output: string
}

function start(plan: ProcessPlan): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const file = new URL('./outbox-process.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [file, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (errors += chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), 40_000)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      if (code !== null && code !== 0) reject(new Error(errors))
      else resolve({ signal, output })
    })
  })
  return { child, ended }
}

/** Restarted without a kill, until nothing is left to do. */
async function finish({ plan }: World): Promise<Submitted> {
  const { output, signal } = await start({ ...plan, create: null, killAt: null }).ended
  assert.equal(signal, null, 'the restarted process came to an end of its own')
  const [submitted] = JSON.parse(output.slice(output.indexOf('done ') + 5)) as Submitted[]
  return submitted!
}

const copies = async (user: string, mailbox: string, messageId: string) => {
  const found = await dovecot.doveadm(
    'search',
    '-u',
    `${user}@example.test`,
    'mailbox',
    mailbox,
    'header',
    'message-id',
    messageId,
  )
  return found.split('\n').filter((line) => line.trim() !== '').length
}

async function counts(messageId: string) {
  return {
    bob: await copies('bob', 'INBOX', messageId),
    sent: await copies('alice', 'Sent', messageId),
    drafts: await copies('alice', 'Drafts', messageId),
  }
}

async function settled(messageId: string, want: object): Promise<void> {
  const end = Date.now() + 5000
  while (Date.now() < end && JSON.stringify(await counts(messageId)) !== JSON.stringify(want)) await sleep(50)
  // A second copy would come late, not early.
  await sleep(300)
  assert.deepEqual(await counts(messageId), want)
}

const once = { bob: 1, sent: 1, drafts: 0 }

function killedAt(step: string): void {
  test(`killed at ${step}: delivered once, one copy in Sent`, async () => {
    const world = await prepare(['bob@example.test'])
    const first = await start({ ...world.plan, killAt: step }).ended
    assert.equal(first.signal, 'SIGKILL', first.output)
    const submitted = await finish(world)
    assert.equal(submitted.undoStatus, 'final')
    await settled(world.messageId, once)
  })
}

/** A wire to Postfix that calls `onLine` for each command (`DOT` for the end of the message) before it goes on. */
async function startWire(
  onLine: (verb: string) => void,
  afterwards: (reply: string) => void,
): Promise<{ port: number; server: Server }> {
  const server = createServer((client) => {
    const upstream = netConnect(postfix.submissionPort, '127.0.0.1')
    let inData = false
    let tail = ''
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.end())
    upstream.on('close', () => client.destroy())
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      upstream.write(chunk)
      if (inData) {
        tail = (tail + text).slice(-5)
        inData = tail !== '\r\n.\r\n'
        onLine(inData ? 'MESSAGE' : 'DOT')
      } else for (const line of text.split('\r\n')) if (line !== '') onLine(line.split(' ')[0]!)
    })
    upstream.on('data', (chunk) => {
      const reply = chunk.toString('latin1')
      if (reply.startsWith('354')) inData = true
      client.write(chunk)
      afterwards(reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as { port: number }).port, server }
}

describe('a server with everything', () => {
  overServers('full')
  for (const step of ['claimed', 'beforeCommit', 'answered', 'recorded', 'filing', 'filed']) killedAt(step)

  test('killed again and again, at every step in turn: still once', async () => {
    const world = await prepare(['bob@example.test'])
    await start({ ...world.plan, killAt: 'claimed' }).ended
    for (const killAt of ['claimed', 'beforeCommit', 'recorded', 'filing', 'filed']) {
      const { signal } = await start({ ...world.plan, create: null, killAt }).ended
      assert.equal(signal, 'SIGKILL', killAt)
    }
    await finish(world)
    await settled(world.messageId, once)
  })

  test('killed in the microseconds between the record and the dot: not sent twice, and the author is told', async () => {
    // docs/adr/2026-11-22-outbox.md: the one step that cannot be told from the next; no production code stands between the two.
    const world = await prepare(['bob@example.test'])
    const first = await start({ ...world.plan, killAt: 'committed' }).ended
    assert.equal(first.signal, 'SIGKILL')
    const submitted = await finish(world)
    assert.equal(submitted.problem?.kind, 'uncertain')
    await settled(world.messageId, { bob: 0, sent: 1, drafts: 0 })
  })

  for (const moment of ['EHLO', 'AUTH', 'MAIL', 'DATA', 'MESSAGE', 'DOT', 'REPLY', 'QUIT']) {
    test(`killed from outside when the wire carries ${moment}: delivered once, one copy in Sent`, async () => {
      let child: ChildProcess | null = null
      let isKilled = false
      // The create asks the server what it offers: the send is what we are after.
      let isCreated = false
      const kill = () => {
        if (isKilled || !child || !isCreated) return
        isKilled = true
        child.kill('SIGKILL')
      }
      const wire = await startWire(
        (verb) => (verb === moment ? kill() : undefined),
        (reply) => (moment === 'REPLY' && /^250 2\.0\.0 Ok: queued/m.test(reply) ? kill() : undefined),
      )
      try {
        const world = await prepare(['bob@example.test'], wire.port)
        const run = start(world.plan)
        child = run.child
        child.stdout!.on('data', () => {
          isCreated = true
        })
        await run.ended
        assert.ok(isKilled, 'the moment came')
        const submitted = await finish(world)
        // Seen from outside, the last of the message may be followed by the record before the signal arrives: then it is the step
        // between the record and the dot, which is never sent twice and always told (docs/adr/2026-11-22-outbox.md).
        const isUncertain = moment === 'MESSAGE' && submitted.problem?.kind === 'uncertain'
        await settled(world.messageId, isUncertain ? { bob: 0, sent: 1, drafts: 0 } : once)
      } finally {
        wire.server.close()
      }
    })
  }

  test('killed after the dot, with a copy to oneself: the copy proves that it went', async () => {
    let child: ChildProcess | null = null
    const wire = await startWire(
      (verb) => void (verb === 'DOT' && child?.kill('SIGKILL')),
      () => {},
    )
    const world = await prepare(['bob@example.test', 'alice@example.test'], wire.port)
    const run = start(world.plan)
    child = run.child
    assert.equal((await run.ended).signal, 'SIGKILL')
    child = null
    const submitted = await finish(world)
    assert.equal(submitted.problem, null)
    assert.match(submitted.deliveryStatus!['bob@example.test']!.smtpReply, /^250 /)
    await settled(world.messageId, once)
    assert.equal(await copies('alice', 'INBOX', world.messageId), 1)
    wire.server.close()
  })

  test('Postfix down at first, then there: delivered after its return, once', async () => {
    const world = await prepare(['bob@example.test'], 1)
    const run = start(world.plan)
    await firstOf(run.child.stdout!, 'data') // It is acknowledged, however long the process took to start.
    await sleep(1000)
    run.child.kill('SIGKILL')
    await run.ended
    await settled(world.messageId, { bob: 0, sent: 0, drafts: 1 })
    const { output } = await start({ ...world.plan, create: null, smtpPort: postfix.submissionPort }).ended
    assert.match(output, /"undoStatus":"final"/)
    await settled(world.messageId, once)
  })

  test('some recipients refused and some deferred by a real server: bob has it once, the others are told', async () => {
    const world = await prepare(['bob@example.test', 'reject@example.test', 'defer@elsewhere.test'])
    const run = start(world.plan)
    await settled(world.messageId, once)
    await sleep(2000)
    run.child.kill('SIGKILL')
    await run.ended
    const database = await openSqlite({ path: world.plan.sqlitePath, slowStatementMs: 60_000, log: silentLog })
    const row = await database.writer
      .selectFrom('email_submission' as never)
      .selectAll()
      .executeTakeFirstOrThrow()
    const { recipients, attempts } = row as unknown as { recipients: string; attempts: number }
    assert.deepEqual(
      (JSON.parse(recipients) as { state: string }[]).map(({ state }) => state),
      ['accepted', 'failed', 'waiting'],
    )
    assert.ok(attempts > 1, 'the deferred one was tried again')
    await database.close()
    await settled(world.messageId, once)
  })
})

describe('a server without MOVE, UIDPLUS or folders', () => {
  overServers('bare')
  for (const step of ['recorded', 'filing', 'filed']) killedAt(step)
})
