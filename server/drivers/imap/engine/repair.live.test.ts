// Dovecot's processes are killed in the middle of everything: reads go on as if nothing was, changes happen once or say that they may have.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#core/errors.ts'
import { appendAll, connectTo, killImapProcesses, liveLimits, poolOver } from '#testing/imap-engine.ts'
import { sampleMessages } from '#testing/imap-samples.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { appendMessage } from './commands/append.ts'
import { storeFlags } from './commands/change.ts'
import { fetchRows } from './commands/fetch.ts'
import { createMailbox, statusOf } from './commands/mailboxes.ts'
import { searchMessages } from './commands/search.ts'
import { selectMailbox } from './commands/select.ts'
import type { Pool, PoolAccount } from './pool-types.ts'

const MESSAGES = 2000
const never = new AbortController().signal
let dovecot: DovecotServer
let pool: Pool
let account: PoolAccount
before(async () => {
  dovecot = await startDovecot({ maxConnectionsPerUser: 50 })
  ;({ pool, account } = poolOver(dovecot))
  const connection = await connectTo(dovecot)
  await appendAll(connection, 'INBOX', sampleMessages(MESSAGES))
  await connection.close()
})
after(async () => {
  await pool.close()
  await dovecot.stop()
})

const inbox = { mailbox: 'INBOX', signal: never } as const

test('readers see every row though the imap processes are killed under them', async () => {
  let kills = 0
  const reader = async () => {
    for (let round = 0; round < 6; round++) {
      let attempts = 0
      const uids = await pool.use(account, inbox, async (connection) => {
        const isFirst = attempts++ === 0
        const rows = new Set<number>()
        const items = { flags: true, size: true, headers: ['Subject', 'Message-ID'] }
        await fetchRows(connection, { items }, (row) => {
          rows.add(row.uid)
          if (isFirst && rows.size === 50) kills += killImapProcesses(dovecot)
        })
        return rows
      })
      assert.equal(uids.size, MESSAGES)
    }
  }
  await Promise.all([reader(), reader()])
  assert.ok(kills >= 6, `only ${kills} were killed`)
})

test('a body of 32 MB comes whole though its process is killed twice', async () => {
  await sleep(100) // for the news of the last deaths: an APPEND into a dead connection would be uncertain
  const line = Buffer.from(`${'0123456789abcdef'.repeat(4)}\r\n`)
  const head = Buffer.from('Subject: large\r\n\r\n')
  const lines = Math.ceil((32 * 1024 * 1024) / line.length)
  const whole = createHash('sha256').update(head)
  for (let i = 0; i < lines; i++) whole.update(line)
  const uid = await pool.use(account, { mailbox: null, signal: never }, async (connection) => {
    await createMailbox(connection, 'Large')
    const source = (async function* () {
      yield head
      for (let i = 0; i < lines; i++) yield line
    })()
    const size = head.length + lines * line.length
    return (await appendMessage(connection, 'Large', { flags: [], internalDate: null, size, source }))?.uid ?? 0
  })
  const { size, body } = await pool.body(account, { mailbox: 'Large', signal: never }, { uid, section: '' })
  const read = createHash('sha256')
  let octets = 0
  let kills = 0
  for await (const chunk of body) {
    read.update(chunk)
    octets += chunk.length
    // Far apart: what the kernel holds of a dead process is still read.
    if ((kills === 0 && octets > size / 4) || (kills === 1 && octets > size * 0.75)) {
      assert.ok(killImapProcesses(dovecot) > 0)
      kills++
    }
  }
  assert.equal(kills, 2)
  assert.equal(octets, size)
  assert.equal(read.digest('hex'), whole.digest('hex'))
})

test('an APPEND that was cut is there once, or not at all, and never told as done when it is not', async () => {
  await pool.use(account, { mailbox: null, signal: never }, (connection) => createMailbox(connection, 'Kept'))
  let isOver = false
  const killer = (async () => {
    // Apart enough for some to get through: a server whose every connection dies young is left alone for a while by the pool.
    for (; !isOver; await sleep(50 + Math.random() * 150)) killImapProcesses(dovecot)
  })()
  const acknowledged = new Set<number>()
  let uncertain = 0
  let refused = 0
  for (let i = 0; i < 300; i++) {
    const raw = Buffer.from(`Message-ID: <kept-${i}@x>\r\nSubject: kept\r\n\r\n${'x'.repeat(20_000)}\r\n`)
    const source = async function* () {
      yield raw.subarray(0, 10_000)
      yield raw.subarray(10_000)
    }
    try {
      await pool.use(account, { mailbox: null, signal: never }, (connection) =>
        appendMessage(connection, 'Kept', { flags: [], internalDate: null, size: raw.length, source: source() }),
      )
      acknowledged.add(i)
    } catch (error) {
      assert.ok(error instanceof Failure)
      if (error.detail.isUncertain) uncertain++
      else refused++
    }
  }
  isOver = true
  await killer
  const seen = new Map<string, number>()
  await pool.use(account, { mailbox: 'Kept', signal: never }, async (connection) => {
    seen.clear()
    await fetchRows(connection, { items: { headers: ['Message-ID'] } }, ({ headers }) => {
      const id = /<kept-(\d+)@x>/.exec(headers?.toString() ?? '')?.[1] ?? ''
      seen.set(id, (seen.get(id) ?? 0) + 1)
    })
  })
  assert.ok(
    [...seen.values()].every((times) => times === 1),
    'a message is there twice',
  )
  for (const i of acknowledged) assert.ok(seen.has(`${i}`), `message ${i} was acknowledged and is gone`)
  assert.ok(seen.size <= acknowledged.size + uncertain, 'a message is there that was told as refused')
  assert.ok(uncertain + refused > 0, 'nothing was cut: the test proves nothing')
})

test('a change on a pooled connection whose process died unseen is not lost', async () => {
  await pool.use(account, inbox, (connection) => statusOf(connection, 'Sent'))
  killImapProcesses(dovecot)
  await sleep(50)
  await pool.use(account, inbox, (connection) =>
    storeFlags(connection, { uids: [[7, 7]], mode: 'add', flags: ['$AfterDeath'] }),
  )
  const { uids } = await pool.use(account, inbox, (connection) =>
    searchMessages(connection, { criteria: { keyword: '$AfterDeath' } }),
  )
  assert.deepEqual([...uids], [7])
})

test('reads go on over a server that crashed and came back', async () => {
  await pool.use(account, inbox, (connection) => statusOf(connection, 'Sent'))
  dovecot.kill('SIGKILL')
  const back = dovecot.restart()
  const reading = (async () => {
    // A client's own retry, at most one: the pool bridges the rest.
    for (let attempt = 0; ; attempt++) {
      try {
        return await pool.use(account, inbox, (connection) => statusOf(connection, 'INBOX'))
      } catch (error) {
        if (attempt === 5 || !(error instanceof Failure) || error.code !== 'unavailable') throw error
        await sleep(300)
      }
    }
  })()
  await back
  assert.equal((await reading).messages, MESSAGES)
})

test('a server that hangs is told from one that works, and leaves nothing behind', async () => {
  const connection = await connectTo(dovecot, { limits: { ...liveLimits, commandTimeoutMs: 300 } })
  await selectMailbox(connection, 'INBOX')
  dovecot.kill('SIGSTOP')
  try {
    await assert.rejects(statusOf(connection, 'Sent'), (error) => error instanceof Failure && error.code === 'timeout')
    assert.equal(connection.isOpen, false)
  } finally {
    dovecot.kill('SIGCONT')
  }
})
