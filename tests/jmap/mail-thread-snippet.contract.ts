// RFC 8621 §3 (threads) and §5 (search snippets), from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailWorld, message } from './mail-world.ts'

export function threadAndSnippetTests(open: () => Promise<MailWorld>): void {
  let world: MailWorld
  let box: string
  before(async () => {
    world = await open()
    box = await world.mailbox()
  })
  after(() => world.stop())

  const put = async (raw: string) => (await world.put(box, raw)).id as string

  test('threads gather replies, oldest first, and change with them', async () => {
    const messageId = `<t${Date.now()}@example.test>`
    const at = (receivedAt: string) => ({ receivedAt })
    const first = await world.put(
      box,
      message({ Subject: 'Topic', 'Message-ID': messageId }),
      at('2020-01-01T00:00:00Z'),
    )
    const { state } = await world.ok('Thread/get', { ids: [] })
    const reply = message({ Subject: 'Re: Topic', 'In-Reply-To': messageId, References: messageId })
    const second = await world.put(box, reply, at('2020-01-02T00:00:00Z'))
    assert.equal(second.threadId, first.threadId)
    const { list, notFound } = await world.ok('Thread/get', { ids: [first.threadId, 'nope'] })
    assert.deepEqual([list, notFound], [[{ id: first.threadId, emailIds: [first.id, second.id] }], ['nope']])
    const changes = await world.ok('Thread/changes', { sinceState: state })
    assert.deepEqual([...changes.created, ...changes.updated], [first.threadId])
    await world.ok('Email/set', { destroy: [first.id, second.id] })
    const gone = await world.ok('Thread/changes', { sinceState: changes.newState })
    assert.deepEqual(gone.destroyed, [first.threadId])
    assert.equal((await world.error('Thread/changes', { sinceState: 'nope' })).type, 'cannotCalculateChanges')
    assert.equal((await world.error('Thread/get', { ids: [], properties: ['nope'] })).type, 'invalidArguments')
  })

  test('snippets mark what was searched for, escape the rest, and are null without a match', async () => {
    const id = await put(
      message({ Subject: 'The <big> quest & more' }, `${'filler '.repeat(50)}a quest for <truth> & questions\r\n`),
    )
    const get = (filter: unknown) => world.ok('SearchSnippet/get', { filter, emailIds: [id, 'nope'] })
    const { list, notFound } = await get({ text: 'quest' })
    assert.deepEqual(notFound, ['nope'])
    assert.equal(list[0].subject, 'The &lt;big&gt; <mark>quest</mark> &amp; more')
    assert.match(list[0].preview, /a <mark>quest<\/mark> for &lt;truth&gt; &amp; <mark>quest<\/mark>ions/)
    assert.ok(Buffer.byteLength(list[0].preview) <= 255)
    assert.deepEqual((await get({ subject: 'quest' })).list[0].preview, null)
    assert.deepEqual((await get({ body: 'truth' })).list[0].subject, null)
    assert.deepEqual((await get(null)).list, [{ emailId: id, subject: null, preview: null }])
    assert.deepEqual((await get({ operator: 'NOT', conditions: [{ text: 'quest' }] })).list[0].subject, null)
    assert.equal(
      (await world.error('SearchSnippet/get', { filter: { nope: 1 }, emailIds: [id] })).type,
      'unsupportedFilter',
    )
    assert.equal((await world.error('SearchSnippet/get', { filter: null })).type, 'invalidArguments')
  })
}
