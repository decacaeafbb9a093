// The IMAP engine beside imapflow: microseconds a row over a server that sends prepared rows, and what an idle connection costs.
// `node bench/imap-engine.ts [rows] [connections]`; prints a table. The rows come from another process, so that only the client is timed.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { ImapFlow } from 'imapflow'
import { silentLog } from '#core/log.ts'
import { fetchRows } from '#drivers/imap/engine/commands/fetch.ts'
import { selectMailbox } from '#drivers/imap/engine/commands/select.ts'
import { openConnection } from '#drivers/imap/engine/open-connection.ts'
import type { Connection, FetchItems } from '#drivers/imap/engine/types.ts'
import { connectTo, liveLimits } from '#testing/imap-engine.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'

const capabilities = 'IMAP4rev1 CONDSTORE ENABLE UIDPLUS'
const headers =
  'Message-ID: <20240101.abcdef.12345@mail.example.test>\r\nReferences: <a1234567@example.test> <b1234567@example.test>\r\nSubject: Re: something about ships\r\n\r\n'
const kinds: Readonly<Record<string, { ours: FetchItems; theirs: object; row: (n: number) => string }>> = {
  flags: {
    ours: { flags: true },
    theirs: { uid: true, flags: true },
    row: (n) => `FLAGS (${n % 3 ? '\\Seen' : '\\Seen $x'})`,
  },
  index: {
    ours: { flags: true, internalDate: true, size: true, modseq: true },
    theirs: { uid: true, flags: true, internalDate: true, size: true },
    row: (n) =>
      `FLAGS (${n % 3 ? '\\Seen' : '\\Seen $x'}) INTERNALDATE "17-Jul-2024 02:44:25 +0200" RFC822.SIZE ${1000 + n} MODSEQ (${n * 3})`,
  },
  headers: {
    ours: { flags: true, headers: ['Message-ID', 'References', 'Subject'] },
    theirs: { uid: true, flags: true, headers: ['Message-ID', 'References', 'Subject'] },
    row: () => `FLAGS (\\Seen) BODY[HEADER.FIELDS (MESSAGE-ID REFERENCES SUBJECT)] {${headers.length}}\r\n${headers}`,
  },
}

/** The other process: answers whatever it must, and FETCH with the rows of that kind. */
async function serve(kind: string, rows: number): Promise<void> {
  const { row } = kinds[kind] as (typeof kinds)[string]
  const wire = Buffer.from(
    Array.from({ length: rows }, (_, i) => `* ${i + 1} FETCH (UID ${i + 101} ${row(i)})\r\n`).join(''),
    'latin1',
  )
  const server = net.createServer((socket) => {
    socket.write(`* OK [CAPABILITY ${capabilities}] ready\r\n`)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('latin1').split('\r\n').filter(Boolean)) {
        const [tag = '', verb = ''] = line.split(' ')
        if (verb === 'UID' || verb === 'FETCH') socket.write(wire)
        if (verb === 'SELECT')
          socket.write(`* ${rows} EXISTS\r\n* FLAGS ()\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT ${rows + 101}] x\r\n`)
        if (verb === 'LIST' || verb === 'LSUB') socket.write(`* ${verb} () "/" INBOX\r\n`)
        if (verb === 'CAPABILITY') socket.write(`* CAPABILITY ${capabilities}\r\n`)
        if (verb === 'ENABLE') socket.write('* ENABLED CONDSTORE\r\n')
        socket.write(`${tag} OK done\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as net.AddressInfo).port))
}

async function measureRows(rows: number): Promise<void> {
  for (const kind of Object.keys(kinds)) {
    const child = fork(import.meta.filename, ['serve', kind, `${rows}`])
    const [port] = (await once(child, 'message')) as [number]
    const { ours, theirs } = kinds[kind] as (typeof kinds)[string]
    const engine = await openConnection(
      {
        server: { host: '127.0.0.1', port, tls: 'none' },
        credential: { kind: 'password', username: 'a', password: 'b' },
        limits: liveLimits,
        log: silentLog,
      },
      new AbortController().signal,
    )
    await selectMailbox(engine, 'INBOX')
    const flow = new ImapFlow({ host: '127.0.0.1', port, secure: false, auth: { user: 'a', pass: 'b' }, logger: false })
    await flow.connect()
    await flow.mailboxOpen('INBOX')
    const best = { engine: Number.POSITIVE_INFINITY, imapflow: Number.POSITIVE_INFINITY }
    for (let round = 0; round < 4; round++) {
      best.engine = Math.min(best.engine, await timed(rows, (count) => fetchRows(engine, { items: ours }, count)))
      best.imapflow = Math.min(
        best.imapflow,
        await timed(rows, async (count) => {
          for await (const message of flow.fetch('1:*', theirs)) if (message.uid > 0) count()
        }),
      )
    }
    const figures = Object.entries(best).map(([name, us]) => `${name} ${us.toFixed(2)} µs/row`)
    console.log(`${kind.padEnd(8)} ${figures.join('   ')}   ratio ${(best.imapflow / best.engine).toFixed(1)}`)
    await engine.close()
    flow.close()
    child.kill()
  }
}

async function timed(rows: number, run: (count: () => void) => Promise<unknown>): Promise<number> {
  let seen = 0
  const startedAt = performance.now()
  await run(() => seen++)
  const us = ((performance.now() - startedAt) * 1000) / rows
  if (seen !== rows) throw new Error(`${seen} of ${rows} rows`)
  return us
}

function memory(): { heap: number; rss: number } {
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss }
}

/** In a process of its own, so that nothing but the connections grows. */
async function measureIdle(client: string, count: number): Promise<void> {
  const dovecot = await startDovecot({ maxConnectionsPerUser: count + 10 })
  const open = client === 'engine' ? openIdle : openImapflow
  try {
    const kept: unknown[] = [await open(dovecot)] // modules, contexts and caches are there once
    const before = memory()
    for (let i = 0; i < count; i++) kept.push(await open(dovecot))
    const after = memory()
    const kb = (octets: number) => (octets / count / 1024).toFixed(0)
    console.log(
      `${client.padEnd(8)} ${kb(after.heap - before.heap)} kB heap and buffers, ${kb(after.rss - before.rss)} kB RSS a connection (TLS, idle, of ${kept.length - 1})`,
    )
  } finally {
    await dovecot.stop()
  }
}

async function openIdle(dovecot: DovecotServer): Promise<Connection> {
  const connection = await connectTo(dovecot)
  await selectMailbox(connection, 'INBOX')
  connection.setIdle(true)
  return connection
}

async function openImapflow({ host, imapsPort }: DovecotServer): Promise<ImapFlow> {
  const flow = new ImapFlow({
    host,
    port: imapsPort,
    secure: true,
    auth: { user: 'alice@example.test', pass: 'demo' },
    tls: { rejectUnauthorized: false },
    logger: false,
  })
  flow.on('error', () => {})
  await flow.connect()
  await flow.mailboxOpen('INBOX')
  return flow
}

const [, , first, second, third] = process.argv
if (first === 'serve') await serve(second as string, Number(third))
else if (first === 'idle') {
  await measureIdle(second as string, Number(third))
  process.exit(0) // connections that were cut with their server
} else {
  await measureRows(Number(first ?? 100_000))
  for (const client of ['engine', 'imapflow']) {
    const child = fork(import.meta.filename, ['idle', client, second ?? '100'], { execArgv: ['--expose-gc'] })
    await once(child, 'exit')
  }
}
