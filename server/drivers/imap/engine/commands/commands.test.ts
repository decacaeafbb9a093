import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectScripted, failureOf } from '#testing/scripted-connection.ts'
import { appendMessage } from './append.ts'
import { expungeMessages, moveMessages } from './change.ts'
import { fetchBinarySizes, fetchBody, probeGuid } from './fetch.ts'
import { listMailboxes } from './mailboxes.ts'
import { sortMessages } from './search.ts'
import { noop, selectMailbox } from './select.ts'

test('a slow reader holds up the server instead of filling memory', async () => {
  const size = 20 * 1024 * 1024
  let sent = 0
  const { connection } = await connectScripted({
    script({ tag, text }, { socket }) {
      if (!text.startsWith('UID FETCH')) return undefined
      socket.write(`* 1 FETCH (UID 5 BODY[] {${size}}\r\n`)
      const piece = Buffer.alloc(65536, 'x')
      const pour = () => {
        while (sent < size) {
          sent += piece.length
          if (!socket.write(piece)) return void socket.once('drain', pour)
        }
        socket.write(`)\r\n${tag} OK done\r\n`)
      }
      pour()
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const { size: told, body } = await fetchBody(connection, { uid: 5, section: '' })
  assert.equal(told, size)
  await sleep(300)
  // Beside the kernel's buffers hardly anything may have been taken.
  const taken = connection.counts.bytesIn
  assert.ok(taken < 2 * 1024 * 1024, `${taken} octets taken`)
  let read = 0
  for await (const chunk of body) read += chunk.length
  assert.equal(read, size)
  await noop(connection)
})

test('a large body that is given up is not read to its end', async () => {
  const size = 20 * 1024 * 1024
  const { connection } = await connectScripted({
    script({ text }, { socket }) {
      if (!text.startsWith('UID FETCH')) return undefined
      socket.write(`* 1 FETCH (UID 5 BODY[] {${size}}\r\n`)
      socket.write(Buffer.alloc(size, 'x'))
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const controller = new AbortController()
  const { body } = await fetchBody(connection, { uid: 5, section: '' }, controller.signal)
  const given = failureOf(
    (async () => {
      for await (const _ of body) controller.abort()
    })(),
  )
  assert.equal((await given).code, 'canceled')
  await sleep(100)
  assert.equal(connection.isOpen, false)
  assert.ok(connection.counts.bytesIn < size / 4)
})

test('a body that is cut ends in a failure, never short', async () => {
  const { connection } = await connectScripted({
    script: ({ text }, { socket }) => {
      if (!text.startsWith('UID FETCH')) return undefined
      socket.write('* 1 FETCH (UID 5 BODY[] {1000}\r\nabc', () => setTimeout(() => socket.destroy(), 50))
      return ''
    },
  })
  await selectMailbox(connection, 'INBOX')
  const { body } = await fetchBody(connection, { uid: 5, section: '' })
  const read: string[] = []
  const cut = await failureOf(
    (async () => {
      for await (const chunk of body) read.push(chunk.toString())
    })(),
  )
  assert.deepEqual([read.join(''), cut.code], ['abc', 'unavailable'])
})

test('bodies come quoted, empty or not at all as well', async () => {
  const rows = ['BODY[1] "short"', 'BODY[1] {0}\r\n', 'BODY[1] NIL', '']
  const { connection } = await connectScripted({
    script({ text }) {
      if (!text.startsWith('UID FETCH')) return undefined
      const row = rows.shift()
      return `${row === '' ? '' : `* 1 FETCH (UID 5 ${row})\r\n`}$T OK\r\n`
    },
  })
  await selectMailbox(connection, 'INBOX')
  const read = async () => {
    const { body } = await fetchBody(connection, { uid: 5, section: '1' })
    let text = ''
    for await (const chunk of body) text += chunk.toString()
    return text
  }
  assert.equal(await read(), 'short')
  assert.equal(await read(), '')
  assert.equal((await failureOf(read())).detail.reason, 'no such section')
  assert.equal((await failureOf(read())).detail.reason, 'no such message')
})

test('sizes of several parts are asked for in one command', async () => {
  const asked: string[] = []
  const { connection } = await connectScripted({
    capabilities: 'IMAP4rev1 BINARY',
    script({ text }) {
      if (!text.startsWith('UID FETCH')) return undefined
      asked.push(text)
      // Another client's change in between, and no word of the third part.
      return '* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n* 1 FETCH (UID 5 BINARY.SIZE[1] 12 BINARY.SIZE[2.1] 0)\r\n$T OK\r\n'
    },
  })
  await selectMailbox(connection, 'INBOX')
  const sizes = await fetchBinarySizes(connection, { uid: 5, sections: ['1', '2.1', '3'] })
  assert.deepEqual(
    [...sizes],
    [
      ['1', 12],
      ['2.1', 0],
    ],
  )
  assert.deepEqual(asked, ['UID FETCH 5 (UID BINARY.SIZE[1] BINARY.SIZE[2.1] BINARY.SIZE[3])'])
  assert.equal((await failureOf(fetchBinarySizes(connection, { uid: 5, sections: ['1] X'] }))).code, 'badInput')
})

test('a part that the server cannot decode takes none of the others with it', async () => {
  const { connection } = await connectScripted({
    capabilities: 'IMAP4rev1 BINARY',
    script({ text }) {
      if (!text.startsWith('UID FETCH')) return undefined
      if (text.includes('[2]')) return '$T NO [UNKNOWN-CTE] no\r\n'
      const section = /\[(\d)\]/.exec(text)?.[1]
      return `* 1 FETCH (UID 5 BINARY.SIZE[${section}] ${section}00)\r\n$T OK\r\n`
    },
  })
  await selectMailbox(connection, 'INBOX')
  const sizes = await fetchBinarySizes(connection, { uid: 5, sections: ['1', '2', '3'] })
  assert.deepEqual(
    [...sizes],
    [
      ['1', 100],
      ['3', 300],
    ],
  )
})

test('without BINARY no size is asked for', async () => {
  for (const options of [
    { capabilities: 'IMAP4rev1' },
    { capabilities: 'IMAP4rev1 BINARY', options: { disable: ['BINARY'] } },
  ]) {
    const { connection } = await connectScripted(options)
    await selectMailbox(connection, 'INBOX')
    const { commands } = connection.counts
    assert.equal((await fetchBinarySizes(connection, { uid: 5, sections: ['1'] })).size, 0)
    assert.equal(connection.counts.commands, commands)
  }
})

const message = (text: string, size = text.length) => ({
  flags: ['\\Seen'],
  internalDate: 0,
  size,
  source: (async function* () {
    yield Buffer.from(text)
  })(),
})

test('APPEND waits for the go-ahead, and one refused before its literal sends not an octet of it', async () => {
  const { server, connection } = await connectScripted({
    script: ({ text }) => (text.startsWith('APPEND') ? '$T OK [APPENDUID 7 42] done\r\n' : undefined),
  })
  assert.deepEqual(await appendMessage(connection, 'x', message('hello')), { uidValidity: 7, uid: 42 })
  assert.equal(server.commands.at(-1), 'APPEND "x" (\\Seen) " 1-Jan-1970 00:00:00 +0000" {5}\r\nhello')
  const full = await connectScripted()
  full.server.connections[0]?.socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
    const line = chunk.toString()
    full.server.commands.push(line)
    const tag = line.split(' ')[0]
    full.server.connections[0]?.send(line.includes('APPEND') ? `${tag} NO [OVERQUOTA] full\r\n` : `${tag} OK\r\n`)
  })
  assert.equal((await failureOf(appendMessage(full.connection, 'x', message('hello')))).code, 'overQuota')
  await noop(full.connection)
  assert.ok(!full.server.commands.some((text) => text.includes('hello')))
})

for (const [what, size] of [
  ['more', 4],
  ['fewer', 6],
] as const) {
  test(`a source of ${what} octets than announced becomes no message and no command`, async () => {
    const { server, connection } = await connectScripted({ capabilities: 'IMAP4rev1 LITERAL+' })
    const refused = await failureOf(appendMessage(connection, 'x', message('hello', size)))
    assert.equal(refused.code, 'badInput')
    assert.equal(connection.isOpen, false)
    await sleep(20)
    assert.ok(!server.commands.some((text) => text.startsWith('APPEND')))
  })
}

// ── Fallbacks ──────────────────────────────────────────────────────────────────────────────────────────────────────

test('a bare server is listed by LIST, LSUB and STATUS, refused ones without status', async () => {
  const { server, connection } = await connectScripted({
    script({ text }) {
      if (text.startsWith('LIST'))
        return '* LIST () "/" INBOX\r\n* LIST (\\Noselect) "/" a\r\n* LIST () "/" a/b\r\n$T OK\r\n'
      if (text.startsWith('LSUB')) return '* LSUB () "/" INBOX\r\n* LSUB (\\Noselect) "/" a\r\n$T OK\r\n'
      if (text.startsWith('STATUS "INBOX"')) return '* STATUS INBOX (MESSAGES 3 UIDVALIDITY 1)\r\n$T OK\r\n'
      return text.startsWith('STATUS') ? '$T NO not yours\r\n' : undefined
    },
  })
  const list = await listMailboxes(connection, { status: true })
  assert.deepEqual(
    list.map(({ name, isSubscribed, status }) => [name, isSubscribed, status?.messages ?? null]),
    [
      ['INBOX', true, 3],
      ['a', false, null],
      ['a/b', false, null],
    ],
  )
  assert.deepEqual(server.commands.slice(1), [
    'LIST "" "*"',
    'LSUB "" "*"',
    'STATUS "INBOX" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)',
    'STATUS "a/b" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)',
  ])
})

test("without UIDPLUS an expunge spares others' deleted messages, and MOVE is a copy and such an expunge", async () => {
  const { server, connection } = await connectScripted({
    script: ({ text }) => {
      if (text.startsWith('UID SEARCH')) return '* SEARCH 3 8 5\r\n$T OK\r\n'
      return /^(UID STORE|EXPUNGE|UID COPY)/.test(text) ? '$T OK\r\n' : undefined
    },
  })
  await selectMailbox(connection, 'INBOX')
  server.commands.length = 0
  await expungeMessages(connection, [[5, 5]])
  assert.deepEqual(server.commands, [
    'UID STORE 5 +FLAGS.SILENT (\\Deleted)',
    'UID SEARCH DELETED',
    'UID STORE 3,8 -FLAGS.SILENT (\\Deleted)',
    'EXPUNGE',
    'UID STORE 3,8 +FLAGS.SILENT (\\Deleted)',
  ])
  const moved = await moveMessages(connection, [[5, 5]], 'x')
  assert.deepEqual(moved, { copied: null, by: 'copy-expunge' })
})

test('SORT without the extension says so, and X-GUID is asked for once', async () => {
  const { server, connection } = await connectScripted({
    script: ({ text }) => (text.includes('X-GUID') ? '$T BAD unknown item\r\n' : undefined),
  })
  await selectMailbox(connection, 'INBOX')
  assert.equal(
    (await failureOf(sortMessages(connection, { criteria: 'ALL', sort: [{ by: 'ARRIVAL', isReverse: true }] }))).code,
    'unsupported',
  )
  assert.equal(await probeGuid(connection), false)
  assert.equal(await probeGuid(connection), false)
  assert.equal(server.commands.filter((text) => text.includes('X-GUID')).length, 1)
})
