// RFC 8621 §4.7, §4.8: importing and copying Emails, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Fields, type MailWorld, message } from './mail-world.ts'

export function emailImportTests(open: () => Promise<MailWorld>): void {
  let world: MailWorld
  let box: string
  before(async () => {
    world = await open()
    box = await world.mailbox()
  })
  after(() => world.stop())

  const made = async (fields: Fields) => (await world.create({ mailboxIds: { [box]: true }, ...fields })).created

  test('imports keep octets, keywords and dates', async () => {
    const raw = message({ Subject: 'Imported' }, 'körper\r\n')
    const blobId = await world.upload(raw)
    const { oldState, newState, created, ...rest } = await world.ok('Email/import', {
      emails: {
        a: {
          blobId,
          mailboxIds: { [box]: true },
          keywords: { $Seen: true, foo: true },
          receivedAt: '2015-06-07T08:09:10Z',
        },
      },
    })
    assert.notEqual(oldState, newState)
    assert.deepEqual({ ...rest, accountId: 0 }, { accountId: 0, notCreated: null })
    assert.deepEqual(Object.keys(created.a).sort(), ['blobId', 'id', 'size', 'threadId'])
    const email = await world.get(created.a.id, ['keywords', 'receivedAt', 'size'])
    assert.deepEqual(
      { ...email, id: 0 },
      { id: 0, keywords: { $seen: true, foo: true }, receivedAt: '2015-06-07T08:09:10Z', size: Buffer.byteLength(raw) },
    )
    assert.equal(await (await world.download(created.a.blobId)).text(), raw)
  })

  test('an import without a date takes that of the newest Received field; bare line feeds become CRLF', async () => {
    const raw = `Received: by x; Fri, 1 Feb 2019 10:00:00 +0100\nReceived: by y; Thu, 31 Jan 2019 10:00:00 +0100\n${message().replaceAll('\r\n', '\n')}`
    const { id, size } = await world.put(box, raw)
    const email = await world.get(id, ['receivedAt', 'headers'])
    assert.equal(email.receivedAt, '2019-02-01T09:00:00Z')
    assert.equal(size, raw.length + raw.split('\n').length - 1)
  })

  test('wrong imports are refused one by one', async () => {
    const blobId = await world.upload(message())
    const nothing = await world.upload('some data', 'text/plain')
    const good = { blobId, mailboxIds: { [box]: true } }
    const cases: [Fields, Fields][] = [
      [{}, { type: 'invalidProperties', properties: ['blobId', 'mailboxIds'] }],
      [
        { ...good, blobId: ['foo'] },
        { type: 'invalidProperties', properties: ['blobId'] },
      ],
      [
        { ...good, blobId: 'foo' },
        { type: 'invalidProperties', properties: ['blobId'] },
      ],
      [
        { ...good, receivedAt: ['foo'] },
        { type: 'invalidProperties', properties: ['receivedAt'] },
      ],
      [
        { ...good, receivedAt: 'foo' },
        { type: 'invalidProperties', properties: ['receivedAt'] },
      ],
      [
        { ...good, mailboxIds: ['foo'] },
        { type: 'invalidProperties', properties: ['mailboxIds'] },
      ],
      [
        { ...good, mailboxIds: 'foo' },
        { type: 'invalidProperties', properties: ['mailboxIds'] },
      ],
      [
        { ...good, mailboxIds: { nope: true } },
        { type: 'invalidProperties', properties: ['mailboxIds'] },
      ],
      [
        { ...good, keywords: ['foo'] },
        { type: 'invalidProperties', properties: ['keywords'] },
      ],
      [
        { ...good, keywords: 'foo' },
        { type: 'invalidProperties', properties: ['keywords'] },
      ],
      [{ ...good, blobId: nothing }, { type: 'invalidEmail' }],
    ]
    for (const [fields, error] of cases) {
      const { created, notCreated } = await world.ok('Email/import', { emails: { good, bad: fields } })
      assert.deepEqual(notCreated.bad, error, JSON.stringify(fields))
      assert.ok(created.good.id)
    }
    for (const emails of [null, 'none', ['foo'], undefined]) {
      assert.deepEqual(await world.error('Email/import', { emails }), {
        type: 'invalidArguments',
        arguments: ['emails'],
      })
    }
    const { state } = await world.ok('Email/get', { ids: [] })
    await made({})
    assert.equal((await world.error('Email/import', { ifInState: state, emails: { good } })).type, 'stateMismatch')
  })

  test('copying is between two accounts, and there is but one', async () => {
    const { id } = await made({})
    const create = { a: { id, mailboxIds: { [box]: true } } }
    const copy = (args: Fields) => world.error('Email/copy', args)
    assert.equal((await copy({ fromAccountId: world.accountId, create })).type, 'invalidArguments')
    assert.equal((await copy({ fromAccountId: 'nope', create })).type, 'fromAccountNotFound')
    assert.equal((await copy({ create })).type, 'invalidArguments')
    assert.equal((await copy({ fromAccountId: 'nope' })).type, 'invalidArguments')
    assert.equal((await copy({ fromAccountId: 'nope', create, accountId: 'nope' })).type, 'accountNotFound')
  })

  test('every method refuses another account', async () => {
    const methods = [
      'Mailbox/get',
      'Mailbox/changes',
      'Mailbox/query',
      'Mailbox/queryChanges',
      'Mailbox/set',
      'Thread/get',
      'Thread/changes',
      'Email/get',
      'Email/changes',
      'Email/query',
      'Email/queryChanges',
      'Email/set',
      'Email/copy',
      'Email/import',
      'Email/parse',
      'SearchSnippet/get',
    ]
    for (const method of methods) {
      assert.equal((await world.error(method, { accountId: 'nope' })).type, 'accountNotFound', method)
    }
  })
}
