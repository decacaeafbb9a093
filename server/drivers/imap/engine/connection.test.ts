import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '#core/errors.ts'
import type { FetchRow } from '#formats/imap/types.ts'
import { connectScripted, cut, failureOf, testLimits } from '#testing/scripted-connection.ts'
import { storeFlags } from './commands/change.ts'
import { fetchRows } from './commands/fetch.ts'
import { createMailbox, statusOf } from './commands/mailboxes.ts'
import { searchMessages } from './commands/search.ts'
import { noop, selectMailbox } from './commands/select.ts'
import type { ConnectionEvent } from './types.ts'

test('commands go out without waiting, and each gets its own answer', async () => {
  const held: string[] = []
  const { server, connection } = await connectScripted({
    script({ tag, text }, { send }) {
      if (!text.startsWith('UID ')) return undefined
      held.push(tag)
      if (held.length < 3) return ''
      const [a, b, c] = held
      send(`* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n* 2 FETCH (UID 6 FLAGS ())\r\n${a} OK\r\n`)
      send(`* SEARCH 9 4\r\n${b} OK\r\n* 1 FETCH (UID 7 RFC822.SIZE 77)\r\n${c} OK\r\n`)
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const flags: FetchRow[] = []
  const sizes: FetchRow[] = []
  const [, found] = await Promise.all([
    fetchRows(connection, { uids: [[5, 6]], items: { flags: true } }, (row) => flags.push(row)),
    searchMessages(connection, { criteria: 'ALL' }),
    fetchRows(connection, { uids: [[7, 7]], items: { size: true } }, (row) => sizes.push(row)),
  ])
  assert.deepEqual(
    flags.map((row) => row.uid),
    [5, 6],
  )
  assert.deepEqual([...found.uids], [4, 9])
  assert.deepEqual(
    sizes.map((row) => row.size),
    [77],
  )
  assert.deepEqual(server.commands.slice(-3), [
    'UID FETCH 5:6 (UID FLAGS)',
    'UID SEARCH ALL',
    'UID FETCH 7 (UID RFC822.SIZE)',
  ])
})

test('rows of two FETCHes that a server works on at once go to the one they belong to', async () => {
  const tags: string[] = []
  const { connection } = await connectScripted({
    script({ tag, text }, { send }) {
      if (!text.startsWith('UID FETCH')) return undefined
      tags.push(tag)
      // As Dovecot does: the second begins before the first has ended.
      if (tags.length === 2)
        send(
          `* 1 FETCH (UID 1 FLAGS ())\r\n* 3 FETCH (UID 3 FLAGS ())\r\n* 2 FETCH (UID 2 FLAGS ())\r\n${tags.map((one) => `${one} OK\r\n`).join('')}`,
        )
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const [first, second]: [number[], number[]] = [[], []]
  await Promise.all([
    fetchRows(connection, { uids: [[1, 2]], items: { flags: true } }, ({ uid }) => first.push(uid)),
    fetchRows(connection, { uids: [[3, 4]], items: { flags: true } }, ({ uid }) => second.push(uid)),
  ])
  assert.deepEqual([first, second], [[1, 2], [3]])
})

test('commands whose answers could not be told apart wait for each other', async () => {
  let flying = 0
  let most = 0
  const { connection } = await connectScripted({
    script({ tag, text }, { send }) {
      if (!/^UID (FETCH|SEARCH)/.test(text)) return undefined
      most = Math.max(most, ++flying)
      setTimeout(() => {
        flying--
        send(`${text.includes('SEARCH') ? '* SEARCH 1\r\n' : '* 1 FETCH (UID 1 FLAGS ())\r\n'}${tag} OK\r\n`)
      }, 10)
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const rows: number[] = []
  const fetch = () => fetchRows(connection, { uids: '1:*', items: { flags: true } }, ({ uid }) => rows.push(uid))
  await Promise.all([fetch(), fetch(), fetchRows(connection, { uids: [[1, 1]], items: { flags: true } }, () => {})])
  const found = await Promise.all([1, 2].map(() => searchMessages(connection, { criteria: 'ALL' })))
  assert.equal(most, 1)
  assert.deepEqual(
    [rows, found.map(({ count }) => count)],
    [
      [1, 1],
      [1, 1],
    ],
  )
})

test("another client's changes in the middle of a FETCH are events, not rows", async () => {
  const { connection } = await connectScripted({
    script: ({ text }) =>
      text.startsWith('UID FETCH')
        ? '* 9 EXISTS\r\n* 2 FETCH (FLAGS (\\Flagged))\r\n* 1 FETCH (UID 5 FLAGS () RFC822.SIZE 1)\r\n* 3 EXPUNGE\r\n* OK [ALERT] disk full\r\n$T OK\r\n'
        : undefined,
  })
  await selectMailbox(connection, 'INBOX')
  const events: ConnectionEvent[] = []
  connection.listen((event) => events.push(event))
  const rows: FetchRow[] = []
  await fetchRows(connection, { items: { flags: true, size: true } }, (row) => rows.push(row))
  assert.deepEqual(
    rows.map((row) => row.uid),
    [5],
  )
  assert.deepEqual(
    events.map((event) => event.kind),
    ['exists', 'fetch', 'expunge', 'alert'],
  )
  assert.equal(connection.selected?.exists, 8)
})

test('a command by sequence number runs alone', async () => {
  const seen: string[] = []
  const { connection } = await connectScripted({
    script({ tag, text }, { send }) {
      if (!/FETCH|STATUS/.test(text)) return undefined
      seen.push(text)
      const answer = text.startsWith('STATUS') ? '* STATUS "x" (MESSAGES 1)\r\n' : ''
      setTimeout(() => send(`${answer}${tag} OK\r\n`), 20)
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const order: string[] = []
  await Promise.all([
    statusOf(connection, 'x').then(() => order.push(`status ${seen.length}`)),
    fetchRows(connection, { seqs: [[1, 3]], items: {} }, () => {}).then(() => order.push(`fetch ${seen.length}`)),
    statusOf(connection, 'x').then(() => order.push(`status ${seen.length}`)),
  ])
  assert.deepEqual(order, ['status 1', 'fetch 2', 'status 3'])
})

test('an answer given up is read and dropped, and the connection lives', async () => {
  let late = ''
  const { server, connection } = await connectScripted({
    script({ tag, text }, { send }) {
      if (!text.startsWith('UID')) return undefined
      if (text.includes('FLAGS')) late = tag
      else send(`* 1 FETCH (UID 5 FLAGS ())\r\n${late} OK\r\n* SEARCH 1\r\n${tag} OK\r\n`)
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const rows: FetchRow[] = []
  const controller = new AbortController()
  const given = failureOf(fetchRows(connection, { items: { flags: true } }, (row) => rows.push(row), controller.signal))
  await sleep(20)
  controller.abort()
  assert.equal((await given).code, 'canceled')
  assert.deepEqual([...(await searchMessages(connection, { criteria: 'ALL' })).uids], [1])
  assert.equal(rows.length, 0)
  assert.equal(server.connections.length, 1)
})

test('a malformed row fails its command instead of missing from the result', async () => {
  const { connection } = await connectScripted({
    script: ({ text }) =>
      text.startsWith('UID FETCH')
        ? '* 1 FETCH (UID 5 FLAGS ())\r\n* 2 FETCH (UID x FLAGS ())\r\n$T OK\r\n'
        : undefined,
  })
  await selectMailbox(connection, 'INBOX')
  assert.equal((await failureOf(fetchRows(connection, { items: { flags: true } }, () => {}))).code, 'unavailable')
  await noop(connection)
})

test('a connection that ends tells reads from changes whose fate is unknown', async () => {
  const { connection } = await connectScripted({
    script: ({ text }, connection) =>
      text.startsWith('UID STORE') ? cut(connection) : text.startsWith('STATUS') ? '' : undefined,
  })
  await selectMailbox(connection, 'INBOX')
  const [read, change] = await Promise.all([
    failureOf(statusOf(connection, 'x')),
    failureOf(storeFlags(connection, { uids: [[1, 1]], mode: 'add', flags: ['\\Seen'] })),
  ])
  assert.deepEqual([read.code, read.detail.isDropped, read.detail.isUncertain], ['unavailable', true, false])
  assert.deepEqual([change.code, change.detail.isDropped, change.detail.isUncertain], ['unavailable', true, true])
  assert.equal(connection.isOpen, false)
  assert.equal((await failureOf(noop(connection))).code, 'unavailable')
})

test('BYE says why, and nothing more is sent', async () => {
  const { connection } = await connectScripted({
    script: ({ text }, { socket, send }) => {
      if (!text.startsWith('STATUS')) return undefined
      send('* BYE [UNAVAILABLE] going down\r\n')
      setTimeout(() => socket.end(), 20)
      return ''
    },
  })
  const told = await failureOf(statusOf(connection, 'x'))
  assert.equal(told.code, 'unavailable')
  assert.match(String(told.detail.server), /going down/)
})

test('a server that says nothing any more is given up after the time limit', async () => {
  const { connection } = await connectScripted({
    script: ({ text }) => (text.startsWith('STATUS') ? '' : undefined),
    options: { limits: { ...testLimits, commandTimeoutMs: 150 } },
  })
  assert.equal((await failureOf(statusOf(connection, 'x'))).code, 'timeout')
})

test('a response over the limit ends the connection, not the memory', async () => {
  const { connection } = await connectScripted({
    script: ({ text }) => (text.startsWith('STATUS') ? `* STATUS "x" ${'('.repeat(2_000_000)}` : undefined),
  })
  assert.equal((await failureOf(statusOf(connection, 'x'))).code, 'unavailable')
  assert.equal(connection.isOpen, false)
})

const answers: readonly (readonly [string, ErrorCode])[] = [
  ['NO [NONEXISTENT] x', 'notFound'],
  ['NO [TRYCREATE] x', 'notFound'],
  ['NO [ALREADYEXISTS] x', 'alreadyExists'],
  ['NO [OVERQUOTA] x', 'overQuota'],
  ['NO [NOPERM] x', 'forbidden'],
  ['NO [INUSE] x', 'unavailable'],
  ['NO [CANNOT] x', 'badInput'],
  ['NO Mailbox already exists', 'alreadyExists'],
  ['NO Mailbox does not exist', 'notFound'],
  ['NO Permission denied', 'forbidden'],
  ['NO computer says no', 'forbidden'],
  ['BAD unknown command', 'unsupported'],
]
test('what a server refuses by has one meaning for us', async () => {
  const given = answers.map(([answer]) => answer)
  const { connection } = await connectScripted({
    script: ({ text }) =>
      text.startsWith('CREATE') ? `$T ${given.shift()}\r\n` : text.startsWith('LIST') ? '$T OK\r\n' : undefined,
  })
  for (const [answer, code] of answers)
    assert.equal((await failureOf(createMailbox(connection, 'x'))).code, code, answer)
})

// ── IDLE ───────────────────────────────────────────────────────────────────────────────────────────────────────────

test('IDLE is entered when nothing is to do, left for each command in one packet, and hears of changes', async () => {
  const lines: string[] = []
  let idleTag = ''
  const { server, connection } = await connectScripted({
    capabilities: 'IMAP4rev1 IDLE',
    script({ tag, text }, { send }) {
      lines.push(text)
      if (text === 'IDLE') {
        idleTag = tag
        return '+ idling\r\n* 4 EXISTS\r\n'
      }
      if (tag === '' && text === 'DONE') {
        send(`${idleTag} OK done\r\n`)
        return ''
      }
      return undefined
    },
  })
  await selectMailbox(connection, 'INBOX')
  const heard: ConnectionEvent[] = []
  connection.listen((event) => heard.push(event))
  connection.setIdle(true)
  await sleep(100)
  assert.equal(heard[0]?.kind, 'exists')
  await noop(connection)
  await sleep(100)
  assert.deepEqual(lines.slice(-4), ['IDLE', 'DONE', 'NOOP', 'IDLE'])
  connection.setIdle(false)
  await sleep(50)
  assert.equal(lines.at(-1), 'DONE')
  assert.equal(server.connections.length, 1)
})

test('a path that was lost during IDLE is noticed when it is left', async () => {
  const { connection } = await connectScripted({
    capabilities: 'IMAP4rev1 IDLE',
    script: ({ text }) => (text === 'IDLE' ? '+ idling\r\n' : text === 'DONE' ? '' : undefined),
    options: { limits: { ...testLimits, commandTimeoutMs: 100 } },
  })
  connection.setIdle(true)
  await sleep(300)
  assert.equal(connection.isOpen, true) // silence alone is no fault
  connection.setIdle(false)
  await sleep(300)
  assert.equal(connection.isOpen, false)
})

test('without IDLE the connection asks from time to time', async () => {
  const { server, connection } = await connectScripted()
  await selectMailbox(connection, 'INBOX')
  connection.setIdle(true, 30)
  await sleep(150)
  assert.ok(server.commands.filter((text) => text === 'NOOP').length >= 2)
})
