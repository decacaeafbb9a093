// The transport against a real Postfix: both kinds of TLS, sign-in, sizes, and what its own codes become.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure } from '#core/errors.ts'
import type { SmtpServer, Submission } from '#ports/mail-transport.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { type PostfixServer, startPostfix } from '#testing/servers/postfix.ts'
import { openSmtpTransport } from './index.ts'

let dovecot: DovecotServer
let postfix: PostfixServer
const transport = openSmtpTransport()
before(async () => {
  dovecot = await startDovecot()
  postfix = await startPostfix({ lmtpPort: dovecot.lmtpPort, saslPath: dovecot.saslPath, maxMessageBytes: 100_000 })
})
after(async () => {
  await transport.close()
  await postfix?.stop()
  await dovecot?.stop()
})

const credential = { kind: 'password', username: 'alice@example.test', password: 'demo' } as const
const { signal } = new AbortController()
const server = (over: Partial<SmtpServer> = {}): SmtpServer => ({
  host: '127.0.0.1',
  port: postfix.submissionPort,
  tls: 'starttls',
  pinnedSha256: postfix.certSha256,
  ...over,
})
let count = 0
function message(to: readonly string[], text = 'x\r\n'): Submission & { readonly subject: string } {
  const subject = `live-${++count}`
  const bytes = Buffer.from(`From: alice@example.test\r\nTo: ${to.join(', ')}\r\nSubject: ${subject}\r\n\r\n${text}`)
  return {
    subject,
    from: { email: 'alice@example.test', parameters: {} },
    to: to.map((email) => ({ email, parameters: {} })),
    size: bytes.length,
    has8BitBody: false,
    hasUtf8Header: false,
    message: async () =>
      (async function* () {
        yield bytes
      })(),
  }
}
async function arrived(subject: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await dovecot.doveadm(
      'fetch',
      '-u',
      'bob@example.test',
      'body',
      'mailbox',
      'INBOX',
      'subject',
      subject,
    )
    if (found.trim() !== '') return found.replaceAll('\r\n', '\n')
    await sleep(50)
  }
  assert.fail(`${subject} did not arrive`)
}

test('STARTTLS and implicit TLS with a pin: delivered, dots and all', async () => {
  for (const over of [{}, { port: postfix.submissionsPort, tls: 'implicit' as const }]) {
    const what = message(['bob@example.test'], '.\r\n..\r\n.x\r\nend\r\n')
    const outcome = await transport.submit(server(over), credential, what, signal)
    assert.equal(outcome.outcome, 'accepted', outcome.reply)
    assert.match(await arrived(what.subject), /\n\.\n\.\.\n\.x\nend\n/)
  }
})

test('an untrusted certificate, another pin and a wrong password are told apart, and nothing is sent', async () => {
  const tried = async (over: Partial<SmtpServer>, password = 'demo') =>
    transport.submit(server(over), { ...credential, password }, message(['bob@example.test']), signal)
  assert.equal((await tried({ pinnedSha256: undefined })).failure, 'untrustedServer')
  assert.equal((await tried({ pinnedSha256: 'ab'.repeat(32) })).failure, 'untrustedServer')
  assert.equal(
    (await tried({ pinnedSha256: undefined, port: postfix.submissionsPort, tls: 'implicit' })).failure,
    'untrustedServer',
  )
  assert.equal((await tried({}, 'wrong')).failure, 'badCredentials')
  // TLS spoken to a port that speaks none: no hang.
  assert.equal((await tried({ tls: 'implicit' })).outcome, 'temporary')
})

test('recipients that Postfix refuses, defers and accepts, in one transaction', async () => {
  const what = message(['reject@example.test', 'bob@example.test', 'defer@elsewhere.test'])
  const { outcome, recipients } = await transport.submit(server(), credential, what, signal)
  assert.deepEqual(
    [outcome, recipients.map((item) => item.outcome)],
    ['accepted', ['permanent', 'accepted', 'temporary']],
  )
  await arrived(what.subject)
})

test('too large: refused by the announced size, and by the server when the size was not told', async () => {
  const big = message(['bob@example.test'], 'line of text\r\n'.repeat(20_000))
  const announced = await transport.submit(server(), credential, big, signal)
  assert.match(announced.reply, /^552 5\.3\.4 The message has/)
  const lying = await transport.submit(server(), credential, { ...big, size: 100 }, signal)
  assert.equal(lying.outcome, 'permanent', lying.reply)
  assert.match(lying.reply, /^552 5\.3\.4/)
})

test('what it offers is told after sign-in; a signal ends it at once', async () => {
  const offered = await transport.capabilities(server(), credential, signal)
  assert.equal(offered.get('SIZE'), '100000')
  assert.ok(offered.has('DSN') && offered.has('8BITMIME'))
  await assert.rejects(
    transport.submit(server(), credential, message(['bob@example.test']), AbortSignal.abort()),
    (error) => isFailure(error, 'canceled'),
  )
})
