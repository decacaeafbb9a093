import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestOutbox, wish } from '#testing/outbox.ts'

const minute = 60_000

async function openSent(options: Parameters<typeof openTestOutbox>[0] = {}) {
  const box = await openTestOutbox({ script: { offers: ['PIPELINING', 'DSN'] }, ...options })
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += minute
  await box.deliver()
  return {
    ...box,
    id,
    /** Delivers to the inbox, as the push would tell of it. */
    async comes(raw: string, account = box.caller.account) {
      const row = await box.mail.deliver(account, 'Inbox', raw)
      box.submissions.mailArrived(box.caller)
      await box.submissions.settled()
      return row.id
    },
    status: async (email: string) => (await box.one(id)).deliveryStatus?.[email],
  }
}

const dsn = (to: string, action: string, about: { readonly envelopeId?: string; readonly messageId?: string }) =>
  [
    'From: MAILER-DAEMON@mx.example',
    'To: alice@example.test',
    'Subject: Undelivered Mail Returned to Sender',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    '',
    'Sorry.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example',
    ...(about.envelopeId ? [`Original-Envelope-Id: ${about.envelopeId}`] : []),
    '',
    `Final-Recipient: rfc822; ${to}`,
    `Action: ${action}`,
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 <b\u0007ob> unknown',
    '',
    '--b',
    'Content-Type: text/rfc822-headers',
    '',
    `Message-ID: <${about.messageId ?? 'other@example.test'}>`,
    '',
    '--b--',
    '',
  ].join('\r\n')

const mdn = (to: string, disposition = 'displayed') =>
  [
    'From: bob@example.test',
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"',
    '',
    '--b',
    '',
    'Read.',
    '--b',
    'Content-Type: message/disposition-notification',
    '',
    `Final-Recipient: rfc822; ${to}`,
    'Original-Message-ID: <m1@example.test>',
    `Disposition: manual-action/MDN-sent-manually; ${disposition}`,
    '',
    '--b--',
    '',
  ].join('\r\n')

test('the server is given our id for the send, and a notification with it sets the fate of its recipient', async () => {
  const box = await openSent()
  assert.ok(
    box.smtp.commands.some((line) => line.startsWith('MAIL') && line.endsWith(`ENVID=${box.id}`)),
    box.smtp.commands.join('\n'),
  )
  const { state } = await box.submissions.list(box.caller, [])
  const reportId = await box.comes(dsn('BOB@example.test', 'failed', { envelopeId: box.id }))
  assert.deepEqual(await box.status('bob@example.test'), {
    smtpReply: '550 5.1.1 <b ob> unknown',
    delivered: 'no',
    displayed: 'unknown',
  })
  assert.equal((await box.status('carol@example.test'))?.delivered, 'unknown')
  const { dsnBlobIds, mdnBlobIds, problem } = await box.one(box.id)
  assert.deepEqual([dsnBlobIds, mdnBlobIds, problem], [[`m${reportId}`], [], null])
  assert.deepEqual((await box.submissions.changes(box.caller, state, null)).updated, [box.id])
  assert.ok(box.bus.published.some(({ changed }) => 'EmailSubmission' in changed))
  await box.close()
})

test('without an envelope id the Message-ID of what came back tells; a later end outlives a delay', async () => {
  const box = await openSent()
  const about = { messageId: 'm1@example.test' }
  await box.comes(dsn('bob@example.test', 'delayed', about))
  assert.equal((await box.status('bob@example.test'))?.delivered, 'queued')
  box.clock.time += minute
  await box.comes(dsn('bob@example.test', 'delivered', about))
  await box.comes(dsn('bob@example.test', 'delayed', { ...about, envelopeId: 'x' }))
  assert.equal((await box.status('bob@example.test'))?.delivered, 'yes')
  assert.equal((await box.one(box.id)).dsnBlobIds.length, 3)
  await box.close()
})

test('a disposition notification says that it was displayed, and only then', async () => {
  const box = await openSent()
  await box.comes(mdn('carol@example.test', 'deleted'))
  assert.equal((await box.status('carol@example.test'))?.displayed, 'unknown')
  const id = await box.comes(mdn('carol@example.test'))
  assert.equal((await box.status('carol@example.test'))?.displayed, 'yes')
  assert.ok((await box.one(box.id)).mdnBlobIds.includes(`m${id}`))
  await box.close()
})

test('a notification about another message, another person or one of nobody’s changes nothing', async () => {
  const box = await openSent()
  const before = await box.one(box.id)
  await box.comes(dsn('bob@example.test', 'failed', { envelopeId: 'guess', messageId: 'other@example.test' }))
  await box.comes(
    'Subject: about <m1@example.test>\r\n\r\nFinal-Recipient: rfc822; bob@example.test\r\nAction: failed\r\n',
  )
  assert.deepEqual(await box.one(box.id), before)
  await box.comes(dsn('mallory@example.test', 'failed', { envelopeId: box.id }))
  const after = await box.one(box.id)
  assert.deepEqual(after.deliveryStatus, before.deliveryStatus)
  assert.equal(after.dsnBlobIds.length, 1)
  await box.close()
})

test('who does not have the message cannot be said to have it', async () => {
  const box = await openSent({
    script: {
      offers: ['DSN'],
      answer: (verb, line) => (verb === 'RCPT' && line.includes('carol') ? '550 5.1.1 no' : undefined),
    },
  })
  await box.comes(dsn('carol@example.test', 'delivered', { envelopeId: box.id }))
  assert.deepEqual(await box.status('carol@example.test'), {
    smtpReply: '550 5.1.1 no',
    delivered: 'no',
    displayed: 'unknown',
  })
  await box.close()
})

test('the same notification twice, seen by two nodes, is one; a flood of them is bounded', async () => {
  const box = await openSent()
  const raw = dsn('bob@example.test', 'failed', { envelopeId: box.id })
  await box.comes(raw)
  await box.comes(raw)
  assert.equal((await box.one(box.id)).dsnBlobIds.length, 1)
  for (let n = 0; n < 60; n++) await box.mail.deliver(box.caller.account, 'Inbox', raw.replace('Sorry', `Sorry ${n}`))
  await box.comes('Subject: the end\r\n\r\n')
  assert.equal((await box.one(box.id)).dsnBlobIds.length, 50)
  await box.close()
})

test('a client that only asks finds it the next time, and looking is not done at each question', async () => {
  const box = await openSent()
  await box.mail.deliver(box.caller.account, 'Inbox', dsn('bob@example.test', 'failed', { envelopeId: box.id }))
  await box.one(box.id)
  await box.submissions.settled()
  assert.equal((await box.status('bob@example.test'))?.delivered, 'no')
  await box.mail.deliver(box.caller.account, 'Inbox', mdn('bob@example.test'))
  await box.one(box.id)
  await box.submissions.settled()
  assert.equal((await box.status('bob@example.test'))?.displayed, 'unknown', 'too early')
  box.clock.time += minute
  await box.one(box.id)
  await box.submissions.settled()
  assert.equal((await box.status('bob@example.test'))?.displayed, 'yes')
  await box.close()
})
