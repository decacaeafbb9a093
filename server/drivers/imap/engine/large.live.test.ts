// Large is normal: a 50 MB message that never is in memory, 500 folders in one round trip, 200 accounts over fewer connections.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { appendAll, connectTo, liveLimits, poolOver } from '#testing/imap-engine.ts'
import { sampleMessages } from '#testing/imap-samples.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { appendMessage } from './commands/append.ts'
import { fetchBody, fetchRows } from './commands/fetch.ts'
import { createMailbox, listMailboxes, statusOf } from './commands/mailboxes.ts'
import { selectMailbox } from './commands/select.ts'
import { openPool } from './pool.ts'

const ACCOUNTS = 200
const never = new AbortController().signal
const people = Array.from({ length: ACCOUNTS }, (_, i) => `person${i}@example.test`)
let dovecot: DovecotServer
before(async () => {
  const users = Object.fromEntries([...people, 'alice@example.test'].map((address) => [address, 'demo']))
  dovecot = await startDovecot({ users })
})
after(() => dovecot.stop())

function held(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}

test('50 MB go in and out in pieces', async () => {
  const connection = await connectTo(dovecot)
  const piece = Buffer.from(`${'x'.repeat(1022)}\r\n`.repeat(64))
  const pieces = 800
  const head = Buffer.from('Subject: large\r\n\r\n')
  const size = head.length + pieces * piece.length
  assert.ok(size > 50 * 1024 * 1024)
  const before = held()
  let most = 0
  const source = (async function* () {
    yield head
    for (let i = 0; i < pieces; i++) {
      yield piece
      most = Math.max(most, held() - before)
    }
  })()
  const appended = await appendMessage(connection, 'INBOX', { flags: [], internalDate: null, size, source })
  await selectMailbox(connection, 'INBOX')
  const { body } = await fetchBody(connection, { uid: appended?.uid ?? 0, section: '' })
  let octets = 0
  for await (const chunk of body) {
    octets += chunk.length
    if (octets % 8 === 0) await sleep(0)
    most = Math.max(most, held() - before)
  }
  assert.equal(octets, size)
  assert.ok(most < 25 * 1024 * 1024, `${most} octets were held`)
  await connection.close()
})

for (const disable of [[], ['LIST-STATUS', 'LIST-EXTENDED']]) {
  test(`500 folders are listed with their counts, ${disable.length === 0 ? 'in one command' : 'without LIST-STATUS'}`, async () => {
    const connection = await connectTo(dovecot, { disable })
    const names = Array.from({ length: 500 }, (_, i) => `folder ${i % 20}/sub ${i}`)
    if (disable.length === 0) await Promise.all(names.map((name) => createMailbox(connection, name)))
    const commands = connection.counts.commands
    const list = await listMailboxes(connection, { status: true })
    const found = new Map(list.map((one) => [one.name, one]))
    for (const name of names) assert.equal(found.get(name)?.status?.messages, 0, name)
    if (disable.length === 0) assert.equal(connection.counts.commands - commands, 1)
    await connection.close()
  })
}

test('200 accounts work at once over 40 connections', async () => {
  const pool = openPool(
    { log: silentLog, clock: systemClock },
    {
      connection: liveLimits,
      pool: {
        maxPerAccount: 3,
        maxPerNode: 40,
        idleCloseMs: 60_000,
        acquireTimeoutMs: 60_000,
        backoffBaseMs: 100,
        backoffMaxMs: 1000,
      },
    },
  )
  const { account } = poolOver(dovecot)
  let most = 0
  await Promise.all(
    people.map(async (username) => {
      const one = {
        key: username,
        server: account.server,
        credential: { kind: 'password', username, password: 'demo' },
      } as const
      await pool.use(one, { mailbox: null, signal: never }, (connection) =>
        appendAll(connection, 'INBOX', sampleMessages(2)),
      )
      await Promise.all([
        pool.use(one, { mailbox: 'INBOX', signal: never }, async (connection) => {
          most = Math.max(most, pool.stats().open)
          const uids = new Set<number>()
          await fetchRows(connection, { items: { flags: true } }, (row) => uids.add(row.uid))
          assert.equal(uids.size, 2)
        }),
        pool.use(one, { mailbox: null, signal: never }, async (connection) =>
          assert.equal((await statusOf(connection, 'INBOX')).messages, 2),
        ),
      ])
    }),
  )
  assert.ok(most <= 40, `${most} connections`)
  await pool.close()
})
