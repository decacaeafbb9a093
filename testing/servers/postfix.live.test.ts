import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { eventually } from '#testing/eventually.ts'
import { type DovecotServer, startDovecot } from './dovecot.ts'
import { type PostfixServer, startPostfix } from './postfix.ts'

let dovecot: DovecotServer
let postfix: PostfixServer
before(async () => {
  dovecot = await startDovecot()
  postfix = await startPostfix({ lmtpPort: dovecot.lmtpPort, saslPath: dovecot.saslPath })
})
after(async () => {
  await postfix?.stop()
  await dovecot?.stop()
})

function send(to: string, password = 'demo') {
  const transport = createTransport({
    host: '127.0.0.1',
    port: postfix.submissionPort,
    tls: { rejectUnauthorized: false },
    auth: { user: 'alice@example.test', pass: password },
  })
  return transport.sendMail({ from: 'alice@example.test', to, subject: `to ${to}`, text: 'Hello' })
}

const until = (what: () => Promise<boolean>) => eventually(what, Boolean, `${what}`)

const subjects = (user: string) =>
  dovecot.doveadm('fetch', '-u', `${user}@example.test`, 'hdr.subject', 'mailbox', 'INBOX')

test('mail of a signed-in person reaches the mailbox', async () => {
  await send('bob@example.test')
  await until(async () => (await subjects('bob')).includes('to bob@example.test'))
})

test('a wrong password is refused', async () => {
  await assert.rejects(send('bob@example.test', 'wrong'), /535/)
})

test('reject@ and defer@ fail at once, with the right class of code', async () => {
  await assert.rejects(send('reject@example.test'), /550 5\.1\.1/)
  await assert.rejects(send('defer@elsewhere.test'), /451 4\.3\.0/)
})

test('bounce@ comes back as a delivery failure report', async () => {
  await send('bounce@example.test')
  // Dovecot makes the INBOX at its first use: whoever looks at the same moment as LMTP delivers may be told that it exists.
  await until(async () => (await subjects('alice').catch(() => '')).includes('Undelivered Mail Returned to Sender'))
})

test('stuck@ stays in the queue, and nothing else does', async () => {
  await send('stuck@example.test')
  await until(async () => (await postfix.queue()).some((message) => message.recipients[0]?.delay_reason !== undefined))
  assert.deepEqual(
    (await postfix.queue()).map((message) => message.recipients.map((recipient) => recipient.address)),
    [['stuck@example.test']],
  )
  await postfix.postsuper('-d', 'ALL')
  assert.deepEqual(await postfix.queue(), [])
})

test('after a crash it is back on the same ports', async () => {
  postfix.kill('SIGKILL')
  await postfix.restart()
  await send('carol@example.test')
  await until(async () => (await subjects('carol')).includes('to carol@example.test'))
})
