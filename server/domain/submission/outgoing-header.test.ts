import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestOutbox, wish } from '#testing/outbox.ts'
import { withoutBcc } from './message.ts'

test('Bcc and our own note in a draft stay at home, folded or not, and nothing else does', () => {
  const header = [
    'From: a@b.example',
    'X-Paquebot-Draft: dsn',
    'X-Paquebot-Save: 5f0c',
    ' answered=E1',
    'bcc : secret@b.example',
    'X-Paquebot-Drafts: kept',
    'Subject: x',
    '',
    '',
  ].join('\r\n')
  assert.equal(
    Buffer.from(withoutBcc(Buffer.from(header))).toString(),
    'From: a@b.example\r\nX-Paquebot-Drafts: kept\r\nSubject: x\r\n\r\n',
  )
})

test('a redirected message says who passed it on, by name', async () => {
  const box = await openTestOutbox()
  await box.identities.list(box.caller)
  await box.identities.change(box.caller, 'own', (content) => ({ ...content, name: 'Ålice, A.' }))
  const { id: emailId } = await box.addDraft()
  const rcptTo = [{ email: 'dora@example.test', parameters: null }]
  const envelope = { mailFrom: { email: 'alice@example.test', parameters: null }, rcptTo }
  await box.submissions.create(box.caller, { ...wish, emailId, envelope, redirect: true, fileSent: false })
  box.clock.time += 60_000
  await box.deliver()
  assert.match(
    box.smtp.messages[0]!,
    /^Resent-From: =\?utf-8\?.+\?= <alice@example\.test>\r\nResent-To: dora@example\.test\r\n/i,
  )
  await box.close()
})
