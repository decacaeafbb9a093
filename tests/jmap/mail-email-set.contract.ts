// RFC 8621 §4.6–4.8: creating, changing, importing and copying Emails, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Answer, type Fields, type MailWorld, message } from './mail-world.ts'

/** `hasModseq`: without it a store may tell more messages as updated than were, since it cannot know which flags a state saw. */
export function emailSetTests(open: () => Promise<MailWorld>, { hasModseq = true } = {}): void {
  let world: MailWorld
  let box: string
  before(async () => {
    world = await open()
    box = await world.mailbox()
  })
  after(() => world.stop())

  const set = (args: Fields): Promise<Answer> => world.ok('Email/set', args)
  const inBox = () => ({ mailboxIds: { [box]: true } })
  const text = (value = 'Hello') => ({ textBody: [{ partId: 't' }], bodyValues: { t: { value } } })
  const made = async (fields: Fields): Promise<Answer> => {
    const { created, notCreated } = await world.create({ ...inBox(), ...fields })
    assert.ok(created, JSON.stringify(notCreated))
    return created
  }
  const refused = async (fields: Fields): Promise<Answer> => {
    const { created, notCreated } = await world.create({ ...inBox(), ...fields })
    assert.equal(created, undefined)
    return notCreated
  }
  const invalid = async (fields: Fields, ...properties: readonly string[]) =>
    assert.deepEqual(await refused(fields), { type: 'invalidProperties', properties }, JSON.stringify(fields))

  test('the least that makes an Email is a mailbox; the answer tells what the server made', async () => {
    const created = await made({})
    assert.deepEqual(Object.keys(created).sort(), ['blobId', 'id', 'size', 'threadId'])
    const email = await world.get(created.id)
    assert.deepEqual(email.keywords, {})
    assert.equal(email.messageId.length, 1)
    assert.match(email.sentAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.equal(email.size, created.size)
    assert.deepEqual(
      email.textBody.map((part: Answer) => [part.type, part.charset, part.size]),
      [['text/plain', 'us-ascii', 0]],
    )
    const { notCreated } = await world.create({})
    assert.deepEqual(notCreated, { type: 'invalidProperties', properties: ['mailboxIds'] })
  })

  test('everything that may be set comes back', async () => {
    const fields = {
      keywords: { $draft: true, $seen: true },
      receivedAt: '2019-02-03T04:05:06Z',
      messageId: ['mid@example.test'],
      inReplyTo: ['a@b'],
      references: ['a@b', 'c@d'],
      sender: [{ name: 'Sender', email: 's@x.test' }],
      from: [{ name: 'Jörg', email: 'j@x.test' }],
      to: [
        { name: null, email: 'a@x.test' },
        { name: 'B, C', email: 'b@x.test' },
      ],
      cc: [{ name: 'C', email: 'c@x.test' }],
      bcc: [{ name: 'D', email: 'd@x.test' }],
      replyTo: [{ name: 'E', email: 'e@x.test' }],
      subject: 'Ein Gruß 😀',
      sentAt: '2018-08-30T12:00:59-04:00',
      'header:X-Text:asText': 'Käse',
      'header:X-All:all': ['one', ' two'],
    }
    const created = await made({ ...fields, ...text('zwei\nZeilen ü') })
    const { list } = await world.ok('Email/get', {
      ids: [created.id],
      properties: [...Object.keys(fields), 'bodyValues', 'textBody'],
      fetchTextBodyValues: true,
    })
    const { id: _, bodyValues, textBody, ...rest } = list[0]
    assert.deepEqual(rest, { ...fields, 'header:X-All:all': [' one', ' two'] })
    assert.deepEqual(bodyValues[textBody[0].partId], {
      value: 'zwei\nZeilen ü',
      isEncodingProblem: false,
      isTruncated: false,
    })
  })

  test('text, HTML, an inline picture and an attachment become the tree that readers expect', async () => {
    const png = await world.upload(Buffer.from([1, 2, 3, 4]), 'image/png')
    const created = await made({
      subject: 'Tree',
      textBody: [{ partId: 't', type: 'text/plain' }],
      htmlBody: [{ partId: 'h', type: 'text/html' }],
      attachments: [
        { blobId: png, type: 'image/png', cid: 'pic@x', disposition: 'inline', name: 'ä.png' },
        { blobId: png, type: 'application/x-thing', name: 'thing.bin' },
      ],
      bodyValues: { t: { value: 'plain' }, h: { value: '<img src="cid:pic@x">' } },
    })
    const email = await world.get(created.id, ['bodyStructure', 'attachments', 'hasAttachment', 'textBody', 'htmlBody'])
    const outline = (part: Answer): unknown => (part.subParts ? [part.type, part.subParts.map(outline)] : part.type)
    assert.deepEqual(outline(email.bodyStructure), [
      'multipart/mixed',
      [
        ['multipart/alternative', ['text/plain', ['multipart/related', ['text/html', 'image/png']]]],
        'application/x-thing',
      ],
    ])
    const [picture, thing] = email.attachments
    assert.deepEqual([picture.name, picture.cid, picture.disposition, picture.size], ['ä.png', 'pic@x', 'inline', 4])
    assert.deepEqual([thing.name, thing.disposition], ['thing.bin', 'attachment'])
    assert.equal(email.hasAttachment, true)
    assert.deepEqual([...Buffer.from(await (await world.download(thing.blobId)).arrayBuffer())], [1, 2, 3, 4])
  })

  test('a structure is written as given, header fields of its root in the header of the message', async () => {
    const whole = await world.upload(message({ Subject: 'Inner' }))
    const created = await made({
      subject: 'Outer',
      bodyStructure: {
        type: 'multipart/mixed',
        'header:X-Root': 'r',
        subParts: [
          {
            partId: 'a',
            type: 'text/plain',
            cid: 'fooz',
            language: ['US'],
            location: 'https://x.test/y',
            'header:X-Part:asText': 'ü',
          },
          { partId: 'b' },
          { 'header:Content-Type': 'text/calendar; method=REQUEST', partId: 'c' },
          { blobId: whole, type: 'message/rfc822' },
        ],
      },
      bodyValues: { a: { value: 'A' }, b: { value: 'B' }, c: { value: 'BEGIN:VCALENDAR' } },
    })
    const { bodyStructure, ...rest } = await world.get(
      created.id,
      ['bodyStructure', 'subject', 'header:X-Root:asText'],
      {
        bodyProperties: [
          'type',
          'cid',
          'language',
          'location',
          'charset',
          'header:X-Part:asText',
          'header:Content-Type:asText',
        ],
      },
    )
    assert.deepEqual([rest.subject, rest['header:X-Root:asText']], ['Outer', 'r'])
    const [a, b, c, d] = bodyStructure.subParts
    assert.deepEqual(
      [a.cid, a.language, a.location, a.charset, a['header:X-Part:asText']],
      ['fooz', ['US'], 'https://x.test/y', 'us-ascii', 'ü'],
    )
    assert.equal(b.type, 'text/plain')
    assert.match(c['header:Content-Type:asText'], /^text\/calendar; method=REQUEST/)
    assert.equal(d.type, 'message/rfc822')
  })

  test('bodies may be blobs, and blobs parts of other messages', async () => {
    const blobId = await world.upload('from a blob ü', 'text/plain')
    const created = await made({ textBody: [{ blobId, charset: 'utf-8', size: 99 }] })
    const { bodyValues, textBody } = await world.get(created.id, ['bodyValues', 'textBody'], {
      fetchTextBodyValues: true,
    })
    assert.equal(bodyValues[textBody[0].partId].value, 'from a blob ü')
    const again = await made({
      attachments: [
        { blobId: textBody[0].blobId, name: 'x.txt' },
        { blobId: created.blobId, type: 'message/rfc822' },
      ],
    })
    const { attachments } = await world.get(again.id, ['attachments'])
    assert.equal(await (await world.download(attachments[0].blobId)).text(), 'from a blob ü')
    const inner = await (await world.download(attachments[1].blobId)).text()
    assert.equal(inner, await (await world.download(created.blobId)).text())
  })

  test('blobs that are not there are named', async () => {
    assert.deepEqual(
      await refused({ textBody: [{ blobId: 'cat' }], attachments: [{ blobId: 'dog' }, { blobId: 'cat' }] }),
      {
        type: 'blobNotFound',
        notFound: ['cat', 'dog'],
      },
    )
  })

  test('the rules of §4.6 are told by the path of what breaks them', async () => {
    const blobId = await world.upload('x', 'text/plain')
    const values = { bodyValues: { t: { value: 'x' } } }
    const part = { partId: 't', type: 'text/plain' }
    await invalid({ headers: [] }, 'headers')
    await invalid({ bodyStructure: { ...part, headers: [] }, ...values }, 'bodyStructure/headers')
    await invalid({ from: [{ email: 'a@b' }], 'header:From': 'c@d' }, 'header:From')
    await invalid({ 'header:X': 'a', 'header:x:asText': 'b' }, 'header:x:asText')
    await invalid({ 'header:From:asText': 'x' }, 'header:From:asText')
    await invalid({ 'header:Content-Type': 'text/plain' }, 'header:Content-Type')
    await invalid({ 'header:foo': ['a', 'b'] }, 'header:foo')
    await invalid({ 'header:foo:all': 'a' }, 'header:foo:all')
    await invalid(
      { 'header:foo': 'bar', bodyStructure: { ...part, 'header:foo': 'x' }, ...values },
      'bodyStructure/header:foo',
    )
    await invalid(
      { bodyStructure: part, textBody: [part], htmlBody: [part], attachments: [], ...values },
      'textBody',
      'htmlBody',
      'attachments',
    )
    await invalid({ textBody: [part, part], ...values }, 'textBody')
    await invalid({ textBody: [], ...values }, 'textBody')
    await invalid({ textBody: [{ partId: 't', type: 'text/html' }], ...values }, 'textBody/0/type')
    await invalid({ htmlBody: [part], ...values }, 'htmlBody/0/type')
    await invalid({ bodyStructure: { ...part, blobId }, ...values }, 'bodyStructure/partId', 'bodyStructure/blobId')
    await invalid({ bodyStructure: { type: 'text/plain' } }, 'bodyStructure/partId')
    await invalid({ bodyStructure: { ...part, partId: 'none' }, ...values }, 'bodyStructure/partId')
    await invalid({ bodyStructure: { ...part, charset: 'utf-8' }, ...values }, 'bodyStructure/charset')
    await invalid({ bodyStructure: { ...part, size: 5 }, ...values }, 'bodyStructure/size')
    await invalid(
      { bodyStructure: { ...part, 'header:Content-Transfer-Encoding': '7BIT' }, ...values },
      'bodyStructure/header:Content-Transfer-Encoding',
    )
    await invalid({ bodyStructure: { ...part, type: 'nonsense' }, ...values }, 'bodyStructure/type')
    await invalid({ bodyStructure: { ...part, nope: 1 }, ...values }, 'bodyStructure/nope')
    await invalid({ bodyStructure: { type: 'multipart/mixed', subParts: [] } }, 'bodyStructure/subParts')
    await invalid(
      { bodyStructure: { type: 'multipart/mixed', subParts: [{ ...part, cid: 'a b' }] }, ...values },
      'bodyStructure/subParts/0/cid',
    )
    await invalid(
      { bodyStructure: part, bodyValues: { t: { value: 'x', isTruncated: true, isEncodingProblem: true } } },
      'bodyValues/t/isTruncated',
      'bodyValues/t/isEncodingProblem',
    )
    await invalid(
      { bodyStructure: part, bodyValues: { t: { value: 5 } } },
      'bodyValues/t/value',
      'bodyStructure/partId',
    )
    await invalid({ id: 'x', threadId: 'y', size: 5, nope: 1 }, 'id', 'threadId', 'size', 'nope')
    await invalid(
      { subject: 5, from: 'x', to: [{ name: 'x' }], sentAt: 'yesterday', messageId: ['a b'] },
      'subject',
      'from',
      'to',
      'sentAt',
      'messageId',
    )
    await invalid({ keywords: { a: false } }, 'keywords')
    await invalid({ keywords: ['a'] }, 'keywords')
    await invalid({ keywords: { 'a b': true } }, 'keywords')
    await invalid({ mailboxIds: { nope: true } }, 'mailboxIds')
    await invalid({ mailboxIds: {} }, 'mailboxIds')
    await invalid({ mailboxIds: { [box]: false } }, 'mailboxIds')
    await invalid({ receivedAt: '2020-01-01T00:00:00+01:00' }, 'receivedAt')
  })

  test('no value makes a further header field', async () => {
    for (const evil of ['x\r\nBcc: evil@x.test', 'x\nBcc: evil@x.test', 'x\r\n\r\nbody']) {
      await invalid({ 'header:X': evil }, 'header:X')
      const created = await made({ subject: evil, from: [{ name: evil, email: 'a@b' }], ...text() })
      const { bcc, headers } = await world.get(created.id, ['bcc', 'headers'])
      assert.equal(bcc, null)
      assert.ok(!headers.some((header: Answer) => /bcc/i.test(header.name)))
      await invalid({ from: [{ email: evil }] }, 'from')
      await invalid({ textBody: [{ partId: 't', cid: evil }], bodyValues: { t: { value: '' } } }, 'textBody/0/cid')
      await invalid({ textBody: [{ partId: 't', name: evil }], bodyValues: { t: { value: '' } } }, 'textBody/0/name')
    }
  })

  test('a mailbox made in the same request may be named by its creation id', async () => {
    const [, emails] = await world.several(
      ['Mailbox/set', { create: { m: { name: `Made ${Date.now()}` } } }],
      ['Email/set', { create: { e: { mailboxIds: { '#m': true } } } }],
      ['Email/set', { update: { '#e': { [`mailboxIds/${box}`]: true } } }],
    )
    const { mailboxIds } = await world.get(emails![1].created.e.id, ['mailboxIds'])
    assert.equal(Object.keys(mailboxIds).length, 2)
  })

  test('keywords and mailboxes change whole or by member', async () => {
    const other = await world.mailbox()
    const { id } = await world.put(box, message(), { keywords: { $seen: true, custom: true } })
    const change = async (patch: Fields) => {
      const { updated, notUpdated } = await set({ update: { [id]: patch } })
      assert.ok(updated && id in updated, JSON.stringify(notUpdated))
      const { keywords, mailboxIds } = await world.get(id, ['keywords', 'mailboxIds'])
      return [Object.keys(keywords).sort(), Object.keys(mailboxIds).sort()]
    }
    assert.deepEqual(await change({ 'keywords/$flagged': true, 'keywords/$seen': null }), [
      ['$flagged', 'custom'],
      [box],
    ])
    assert.deepEqual(await change({ keywords: { $answered: true } }), [['$answered'], [box]])
    assert.deepEqual(await change({ keywords: null }), [[], [box]])
    assert.deepEqual(await change({ [`mailboxIds/${other}`]: true }), [[], [box, other].sort()])
    assert.deepEqual(await change({ [`mailboxIds/${box}`]: null, 'keywords/$Flagged': true }), [['$flagged'], [other]])
    assert.deepEqual(await change({ mailboxIds: { [box]: true } }), [['$flagged'], [box]])
    assert.deepEqual(await change({}), [['$flagged'], [box]])
  })

  test('wrong updates are refused and change nothing', async () => {
    const { id } = await world.put(box, message({ Subject: 'Kept' }))
    const cases: [Fields, Fields][] = [
      [{ mailboxIds: {} }, { type: 'invalidProperties', properties: ['mailboxIds'] }],
      [{ [`mailboxIds/${box}`]: null }, { type: 'invalidProperties', properties: ['mailboxIds'] }],
      [{ 'mailboxIds/nope': true }, { type: 'invalidProperties', properties: ['mailboxIds'] }],
      [{ 'keywords/a b': true }, { type: 'invalidProperties', properties: ['keywords'] }],
      [{ 'keywords/$seen': false }, { type: 'invalidProperties', properties: ['keywords'] }],
      [{ subject: 'Other' }, { type: 'invalidProperties', properties: ['subject'] }],
      [{ nope: 1 }, { type: 'invalidProperties', properties: ['nope'] }],
      [{ size: 5 }, { type: 'invalidProperties', properties: ['size'] }],
    ]
    for (const [patch, error] of cases) {
      assert.deepEqual((await set({ update: { [id]: patch } })).notUpdated[id], error, JSON.stringify(patch))
    }
    assert.deepEqual((await set({ update: { [id]: { subject: 'Kept', 'keywords/$seen': true } } })).updated, {
      [id]: null,
    })
    assert.equal(
      (await set({ update: { [id]: { keywords: {}, 'keywords/a': true } } })).notUpdated[id].type,
      'invalidPatch',
    )
    assert.equal((await set({ update: { [id]: { 'keywords/a/b': true } } })).notUpdated[id].type, 'invalidPatch')
    assert.equal((await set({ update: { nope: { keywords: {} } } })).notUpdated.nope.type, 'notFound')
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, true]))
    assert.equal((await set({ update: { [id]: { keywords: many } } })).notUpdated[id].type, 'tooManyKeywords')
  })

  test('destroying removes from everywhere; an id to be destroyed is not updated', async () => {
    const other = await world.mailbox()
    const { id } = await world.put(box, message(), { mailboxIds: { [box]: true, [other]: true } })
    const { updated, notUpdated, destroyed, notDestroyed } = await set({
      update: { [id]: { keywords: {} } },
      destroy: [id, 'nope'],
    })
    assert.equal(updated, null)
    assert.equal(notUpdated[id].type, 'willDestroy')
    assert.deepEqual(destroyed, [id])
    assert.equal(notDestroyed.nope.type, 'notFound')
    assert.deepEqual((await world.ok('Email/get', { ids: [id] })).notFound, [id])
    assert.equal((await world.ok('Mailbox/get', { ids: [other] })).list[0].totalEmails, 0)
  })

  test('ifInState, empty members and limits', async () => {
    const { state } = await world.ok('Email/get', { ids: [] })
    const { oldState, newState, created, updated, destroyed, notCreated, notUpdated, notDestroyed } = await set({})
    assert.deepEqual([oldState, newState], [state, state])
    assert.deepEqual([created, updated, destroyed, notCreated, notUpdated, notDestroyed], Array(6).fill(null))
    await made({})
    assert.equal((await world.error('Email/set', { ifInState: state, create: { a: inBox() } })).type, 'stateMismatch')
    const ids = Array.from({ length: 51 }, (_, index) => `e${index}`)
    assert.equal((await world.error('Email/set', { destroy: ids })).type, 'requestTooLarge')
    for (const wrong of [{ create: [] }, { update: 'x' }, { destroy: {} }, { nope: 1 }, { create: { 'a b': {} } }]) {
      assert.equal((await world.error('Email/set', wrong)).type, 'invalidArguments')
    }
  })

  test('changes tell each kind of change, once, from any state', async () => {
    const { state } = await world.ok('Email/get', { ids: [] })
    const since = (sinceState: string, over = {}) => world.ok('Email/changes', { sinceState, ...over })
    assert.deepEqual(
      { ...(await since(state)), accountId: 0 },
      {
        accountId: 0,
        oldState: state,
        newState: state,
        hasMoreChanges: false,
        created: [],
        updated: [],
        destroyed: [],
      },
    )
    const { id } = await made({})
    const created = await since(state)
    assert.deepEqual([created.created, created.destroyed], [[id], []])
    if (hasModseq) assert.deepEqual(created.updated, [])
    assert.ok(!created.updated.includes(id))
    await set({ update: { [id]: { 'keywords/$seen': true } } })
    const updated = await since(created.newState)
    assert.deepEqual([updated.created, updated.destroyed], [[], []])
    if (hasModseq) assert.deepEqual(updated.updated, [id])
    assert.ok(updated.updated.includes(id))
    assert.deepEqual((await since(state)).created, [id])
    await set({ destroy: [id] })
    const destroyed = await since(updated.newState)
    assert.deepEqual([destroyed.created, destroyed.destroyed], [[], [id]])
    if (hasModseq) assert.deepEqual(destroyed.updated, [])
    const both = await since(state)
    assert.ok(!both.created.includes(id) && !both.updated.includes(id))
    const three = [await made({}), await made({}), await made({})].map((email) => email.id)
    const seen: string[] = []
    for (let at = destroyed.newState, more = true; more; ) {
      const piece = await since(at, { maxChanges: 1 })
      assert.ok(piece.created.length + piece.updated.length + piece.destroyed.length <= 1)
      seen.push(...piece.created)
      at = piece.newState
      more = piece.hasMoreChanges
    }
    assert.deepEqual(seen.sort(), three.sort())
    assert.equal((await world.error('Email/changes', { sinceState: 'nope' })).type, 'cannotCalculateChanges')
    assert.equal((await world.error('Email/changes', { sinceState: state, maxChanges: 0 })).type, 'invalidArguments')
    assert.equal((await world.error('Email/changes', {})).type, 'invalidArguments')
  })
}
