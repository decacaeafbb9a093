import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  carriedAttachments,
  forwardSubject,
  pickIdentity,
  promisesAttachment,
  quoteText,
  replyRecipients,
  replySubject,
  threading,
} from './start-draft.ts'

const person = (email: string, name: string | null = null) => ({ name, email })
const own = ['alice@x.org', 'Alice@work.org']

test('a reply goes to Reply-To, else to the author', () => {
  const message = { from: [person('bob@x.org')], replyTo: null, to: [person('alice@x.org')], cc: null }
  assert.deepEqual(replyRecipients(message, own, false), { to: [person('bob@x.org')], cc: [] })
  assert.deepEqual(replyRecipients({ ...message, replyTo: [person('list@x.org')] }, own, false).to, [
    person('list@x.org'),
  ])
})

test('a reply to all leaves myself out, and nobody stands there twice', () => {
  const message = {
    from: [person('bob@x.org')],
    replyTo: null,
    to: [person('ALICE@x.org'), person('carol@x.org'), person('Bob@x.org')],
    cc: [person('alice@WORK.org'), person('carol@x.org'), person('dan@x.org')],
  }
  assert.deepEqual(replyRecipients(message, own, true), {
    to: [person('bob@x.org')],
    cc: [person('carol@x.org'), person('dan@x.org')],
  })
})

test('an answer to my own message goes on to its recipients', () => {
  const message = {
    from: [person('alice@x.org')],
    replyTo: null,
    to: [person('bob@x.org')],
    cc: [person('carol@x.org')],
  }
  assert.deepEqual(replyRecipients(message, own, false).to, [person('bob@x.org')])
  assert.deepEqual(replyRecipients(message, own, true), { to: [person('bob@x.org')], cc: [person('carol@x.org')] })
})

test('subjects get one mark, whatever marks they have', () => {
  assert.equal(replySubject('Lunch'), 'Re: Lunch')
  assert.equal(replySubject('RE: Aw: Re[3]: Lunch'), 'Re: Lunch')
  assert.equal(replySubject(null), 'Re:')
  assert.equal(forwardSubject('WG: Fwd: Lunch'), 'Fwd: Lunch')
  assert.equal(forwardSubject('Re: Lunch'), 'Fwd: Re: Lunch')
})

test('references grow by the parent, and a thread of a thousand keeps its first', () => {
  assert.deepEqual(threading({ messageId: ['c'], references: ['a', 'b'], inReplyTo: ['b'] }), {
    inReplyTo: ['c'],
    references: ['a', 'b', 'c'],
  })
  assert.deepEqual(threading({ messageId: ['c'], references: null, inReplyTo: ['b'] }).references, ['b', 'c'])
  const long = threading({
    messageId: ['z'],
    references: Array.from({ length: 1000 }, (_, n) => `m${n}`),
    inReplyTo: null,
  })
  assert.equal(long.references.length, 40)
  assert.equal(long.references[0], 'm0')
  assert.equal(long.references.at(-1), 'z')
})

test('the identity is the one that was written to', () => {
  const identity = (id: string, email: string) => ({
    id,
    email,
    name: '',
    replyTo: null,
    bcc: null,
    textSignature: '',
    htmlSignature: '',
    mayDelete: true,
  })
  const mine = [identity('1', 'alice@x.org'), identity('2', 'alice@work.org')]
  const to = (email: string) => ({ to: [person(email)], cc: null, bcc: null, from: null })
  assert.equal(pickIdentity(mine, to('ALICE@work.org'), null)?.id, '2')
  assert.equal(pickIdentity(mine, to('list@x.org'), '2')?.id, '2')
  assert.equal(pickIdentity(mine, null, null)?.id, '1')
  assert.equal(pickIdentity([], null, null), null)
})

test('text is quoted with one more mark', () => {
  assert.equal(quoteText('a\n> b\n\nc\n\n'), '> a\n>> b\n>\n> c')
})

test('a promised file is noticed in my own words alone', () => {
  assert.equal(promisesAttachment('Please see the attached file'), true)
  assert.equal(promisesAttachment('Anbei die Rechnung'), true)
  assert.equal(promisesAttachment('La facture ci-jointe'), true)
  assert.equal(promisesAttachment('Le envío la factura adjunta'), true)
  assert.equal(promisesAttachment('تجدون الفاتورة في المرفقات'), true)
  assert.equal(promisesAttachment('請求書を添付します'), true)
  assert.equal(promisesAttachment('Thanks\n> see attached'), false)
  assert.equal(promisesAttachment('I am attracted'), false)
})

test('what is carried within the text is what the text shows; any other Content-ID is a file to be seen', () => {
  const part = (blobId: string, cid: string | null) => ({ blobId, cid, name: blobId, type: 'image/png', size: 1 })
  const message = { attachments: [part('logo', 'a@b'), part('scan', 'c@d'), part('plan', null)] } as never
  const carried = (only: 'all' | 'inline', html: string) =>
    carriedAttachments(message, only, html, 'unnamed').map(({ blobId, cid }) => [blobId, cid])
  const html = '<img src="cid:a@b">'
  assert.deepEqual(carried('inline', html), [['logo', 'a@b']])
  assert.deepEqual(carried('all', html), [
    ['logo', 'a@b'],
    ['scan', null],
    ['plan', null],
  ])
  assert.deepEqual(carried('inline', ''), [])
})
