import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapFlow } from 'imapflow'
import { startCourier } from './courier.ts'
import { startCyrus } from './cyrus.ts'
import { startDovecot } from './dovecot.ts'

const kinds = [
  {
    name: 'Dovecot full',
    start: () => startDovecot(),
    offers: ['QRESYNC', 'NOTIFY', 'SPECIAL-USE', 'QUOTA', 'ACL', 'METADATA'],
  },
  { name: 'Dovecot bare', start: () => startDovecot({ flavour: 'bare', storage: 'maildir' }), offers: [] },
  { name: 'Cyrus', start: () => startCyrus(), offers: ['OBJECTID', 'QRESYNC', 'SPECIAL-USE'] },
  { name: 'Courier', start: () => startCourier(), offers: ['UIDPLUS', 'SORT'] },
]

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

for (const { name, start, offers } of kinds) {
  describe(name, () => {
    let server: Awaited<ReturnType<typeof start>>
    before(async () => {
      server = await start()
    })
    after(() => server?.stop())
    const client = (pass = 'demo') =>
      new ImapFlow({
        host: server.host,
        port: server.imapPort,
        secure: false,
        doSTARTTLS: false,
        auth: { user: 'bob@example.test', pass },
        logger: false,
      })

    test('keeps a message and offers what it should', async () => {
      const imap = client()
      await imap.connect()
      for (const capability of offers) assert.ok(imap.capabilities.has(capability), capability)
      await imap.append('INBOX', 'Subject: hello\r\n\r\nworld\r\n', ['\\Seen'])
      await imap.mailboxOpen('INBOX')
      const message = await imap.fetchOne('*', { envelope: true, flags: true })
      assert.ok(message)
      assert.equal(message.envelope?.subject, 'hello')
      assert.ok(message.flags?.has('\\Seen'))
      await imap.logout()
    })

    test('refuses a wrong password', async () => {
      const imap = client('wrong')
      imap.on('error', () => {})
      await assert.rejects(imap.connect())
    })

    test('is gone when it is stopped', async () => {
      assert.equal(await isOpen(server.imapPort), true)
      await server.stop()
      assert.equal(await isOpen(server.imapPort), false)
    })
  })
}

for (const [file, starter] of [
  ['dovecot.ts', 'startDovecot'],
  ['cyrus.ts', 'startCyrus'],
  ['courier.ts', 'startCourier'],
]) {
  test(`what ${starter} started goes down with the process that started it, even by SIGKILL`, async () => {
    const script = `const { ${starter} } = await import('${import.meta.dirname}/${file}')
      const server = await ${starter}()
      console.log(server.imapPort)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    assert.equal(await isOpen(Number(port)), true)
    child.kill('SIGKILL')
    for (let tries = 0; tries < 200 && (await isOpen(Number(port))); tries++) await sleep(50)
    assert.equal(await isOpen(Number(port)), false)
  })
}
