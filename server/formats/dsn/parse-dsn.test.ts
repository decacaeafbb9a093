import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDsn } from './parse-dsn.ts'

const dsn = (
  status: string,
  returned = 'Content-Type: message/rfc822\r\n\r\nMessage-ID: <m1@example.test>\r\n\r\nhi',
) =>
  Buffer.from(
    [
      'From: MAILER-DAEMON@mx.example',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      '--b',
      '',
      'Sorry.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      status,
      '--b',
      returned,
      '--b--',
      '',
    ].join('\r\n'),
  )

test('each recipient has its action and the words of the server, and the message its ids', () => {
  const parsed = parseDsn(
    dsn(
      [
        'Reporting-MTA: dns; mx.example',
        'Original-Envelope-Id: 7d3a',
        '',
        'Original-Recipient: rfc822;bob@example.test',
        'Final-Recipient: rfc822; robert@inner.example',
        'Action: Failed (really)',
        'Status: 5.1.1',
        'Diagnostic-Code: smtp; 550 5.1.1',
        ' No such user',
        '',
        'Final-Recipient: RFC822;carol@example.test',
        'Action: delivered',
        'Status: 2.0.0',
        '',
        'Final-Recipient: x400; c=de',
        'Action: misread',
      ].join('\r\n'),
    ),
  )
  assert.deepEqual(parsed, {
    envelopeId: '7d3a',
    originalMessageId: 'm1@example.test',
    recipients: [
      {
        addresses: ['bob@example.test', 'robert@inner.example'],
        action: 'failed',
        reply: '550 5.1.1 No such user',
      },
      { addresses: ['carol@example.test'], action: 'delivered', reply: '2.0.0' },
    ],
  })
})

test('headers alone may come back, in base64 too', () => {
  const text = Buffer.from('Subject: x\r\nMessage-ID: <m2@example.test>\r\n').toString('base64')
  const returned = `Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64\r\n\r\n${text}`
  assert.equal(parseDsn(dsn('Reporting-MTA: dns; x', returned))?.originalMessageId, 'm2@example.test')
})

test('what is no report is none, and what is broken says nothing', () => {
  assert.equal(
    parseDsn(Buffer.from('Subject: Undelivered\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed')),
    null,
  )
  assert.deepEqual(parseDsn(dsn('\0\0:::')), { envelopeId: null, originalMessageId: 'm1@example.test', recipients: [] })
})
