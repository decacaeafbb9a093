import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHeaderFields } from '#formats/mime/header-fields.ts'
import { type MdnToWrite, parseMdn, writeMdn } from './mdn.ts'

const plain: MdnToWrite = {
  from: { name: 'Älice "A"', email: 'alice@example.test' },
  to: 'bob@example.test',
  subject: 'Gelesen: Grüße',
  text: 'Your message was read. Ja – wirklich.\r\n.\r\n--b--\r\n',
  date: '2026-11-22T12:00:00Z',
  messageId: 'n1@example.test',
  boundary: 'b',
  inReplyTo: 'm1@example.test',
  fields: [
    ['Final-Recipient', 'rfc822; alice@example.test'],
    ['Original-Message-ID', '<m1@example.test>'],
    ['Disposition', 'manual-action/MDN-sent-manually; displayed'],
    ['Error', 'first'],
    ['Error', 'second'],
    ['X-Ours', 'yes'],
  ],
  original: { type: 'message/rfc822', bytes: Buffer.from('From: bob@example.test\r\n\r\nhi\r\n') },
}

test('what is written is read back', () => {
  const mdn = parseMdn(writeMdn(plain))!
  assert.deepEqual(mdn.disposition, {
    actionMode: 'manual-action',
    sendingMode: 'mdn-sent-manually',
    type: 'displayed',
  })
  assert.equal(mdn.textBody, plain.text)
  assert.deepEqual([mdn.finalRecipient, mdn.originalMessageId], ['rfc822; alice@example.test', '<m1@example.test>'])
  assert.deepEqual(
    [mdn.error, mdn.extensionFields, mdn.includeOriginalMessage],
    [['first', 'second'], { 'X-Ours': 'yes' }, true],
  )
})

test('nothing in a value begins a header field or a part', () => {
  const evil = 'x\r\nBcc: mallory@x.test\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<script>'
  const bytes = writeMdn({
    ...plain,
    subject: evil,
    text: evil,
    fields: [...plain.fields, ['X-Evil', evil]],
    original: null,
  })
  const names = parseHeaderFields(bytes).map(({ name }) => name.toLowerCase())
  assert.ok(!names.includes('bcc'))
  assert.equal(bytes.toString().split('\r\n--b\r\n').length, 3, 'two parts')
  const mdn = parseMdn(bytes)!
  assert.equal(mdn.extensionFields?.['X-Evil'], evil.replace(/[\r\n]+/g, ' ').replace(/ +/g, ' '))
})

test('what is no notification, or a broken one, is told as such', () => {
  const report = (disposition: string) =>
    `Content-Type: multipart/report; report-type="Disposition-Notification"; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n${disposition}\r\n--b--\r\n`
  for (const text of ['', 'From: a\r\n\r\nx', report('Disposition: nonsense'), report('X: y'), report('')]) {
    assert.equal(parseMdn(Buffer.from(text)), null, text)
  }
  const read = parseMdn(Buffer.from(report('disposition:Automatic-Action/MDN-Sent-Automatically ; Deleted/error')))
  assert.deepEqual(read?.disposition, {
    actionMode: 'automatic-action',
    sendingMode: 'mdn-sent-automatically',
    type: 'deleted',
  })
})
