// RFC 8621 §4.1, §4.2: what an Email is, from outside.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { tnef } from '#testing/tnef.ts'
import { type Answer, type MailWorld, message } from './mail-world.ts'

export function emailGetTests(open: () => Promise<MailWorld>): void {
  let world: MailWorld
  let box: string
  before(async () => {
    world = await open()
    box = await world.mailbox()
  })
  after(() => world.stop())

  const put = async (raw: string | Uint8Array) => (await world.put(box, raw)).id as string
  const defaultBodyPart = { name: null, disposition: null, cid: null, language: null, location: null }

  test('the default properties are those of the RFC, and no more', async () => {
    const id = await put(message())
    const email = await world.get(id)
    assert.deepEqual(
      Object.keys(email).sort(),
      [
        'id',
        'blobId',
        'threadId',
        'mailboxIds',
        'keywords',
        'size',
        'receivedAt',
        'messageId',
        'inReplyTo',
        'references',
        'sender',
        'from',
        'to',
        'cc',
        'bcc',
        'replyTo',
        'subject',
        'sentAt',
        'hasAttachment',
        'preview',
        'bodyValues',
        'textBody',
        'htmlBody',
        'attachments',
      ].sort(),
    )
    const { partId, blobId, size, ...rest } = email.textBody[0]
    assert.deepEqual(rest, { ...defaultBodyPart, type: 'text/plain', charset: 'us-ascii' })
    assert.equal(typeof partId, 'string')
    assert.equal(typeof blobId, 'string')
    assert.equal(size, 7)
    assert.deepEqual(
      { ...email, id: 0, blobId: 0, threadId: 0, receivedAt: 0, messageId: 0, textBody: 0, htmlBody: 0, size: 0 },
      {
        id: 0,
        blobId: 0,
        threadId: 0,
        receivedAt: 0,
        messageId: 0,
        size: 0,
        textBody: 0,
        htmlBody: 0,
        mailboxIds: { [box]: true },
        keywords: {},
        inReplyTo: null,
        references: null,
        sender: null,
        from: [{ name: 'Alice', email: 'alice@example.test' }],
        to: [{ name: null, email: 'bob@example.test' }],
        cc: null,
        bcc: null,
        replyTo: null,
        subject: 'A subject',
        sentAt: '2018-06-18T16:51:28-04:00',
        hasAttachment: false,
        preview: 'Hello',
        bodyValues: {},
        attachments: [],
      },
    )
    assert.match(email.receivedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.equal(email.messageId.length, 1)
    assert.ok(!email.messageId[0].includes('<'))
  })

  test('wrong arguments are refused', async () => {
    const id = await put(message())
    const wrong: Record<string, unknown>[] = [
      { properties: ['nope'] },
      { properties: ['header:x:all:asText'] },
      { properties: ['header:From:asText'] },
      { properties: ['header:Subject:asDate'] },
      { properties: ['header:'] },
      { properties: 'id' },
      { bodyProperties: ['nope'] },
      { bodyProperties: ['header:Subject:asAddresses'] },
      { fetchTextBodyValues: 'yes' },
      { fetchHTMLBodyValues: null },
      { fetchAllBodyValues: 1 },
      { nope: true },
      ...[-5, 'cat', '1', {}, [], true, null].map((maxBodyValueBytes) => ({ maxBodyValueBytes })),
    ]
    for (const args of wrong) {
      assert.equal(
        (await world.error('Email/get', { ids: [id], ...args })).type,
        'invalidArguments',
        JSON.stringify(args),
      )
    }
    assert.equal((await world.error('Email/get', { ids: 'x' })).type, 'invalidArguments')
    assert.equal(
      (await world.error('Email/get', { ids: Array.from({ length: 51 }, (_, i) => `e${i}`) })).type,
      'requestTooLarge',
    )
  })

  test('ids that are not there are notFound; repeated ones come once', async () => {
    const id = await put(message())
    const { list, notFound } = await world.ok('Email/get', { ids: [id, 'nope', id], properties: ['id'] })
    assert.deepEqual([list, notFound], [[{ id }], ['nope']])
    assert.deepEqual((await world.ok('Email/get', { ids: [] })).list, [])
  })

  test('header properties answer under the very name they were asked by', async () => {
    const id = await put(
      message({
        Single: 'A single value',
        Multiple: ['1st value', '2nd value', '3rd value'],
        'List-Subscribe': '<https://example.net>',
      }),
    )
    const names = [
      'header:DAte',
      'header:FROm',
      'header:SuBject:asText',
      'header:None',
      'header:None:all',
      'header:None:asDate',
      'header:SinglE:all',
      'header:Multiple',
      'header:Multiple:all',
      'header:Multiple:asText:all',
      'header:List-Subscribe:asURLs',
      'header:from:asGroupedAddresses',
      'header:date:asDate',
    ]
    const { id: _, ...values } = await world.get(id, names)
    assert.deepEqual(values, {
      'header:DAte': ' Mon, 18 Jun 2018 16:51:28 -0400',
      'header:FROm': ' Alice <alice@example.test>',
      'header:SuBject:asText': 'A subject',
      'header:None': null,
      'header:None:all': [],
      'header:None:asDate': null,
      'header:SinglE:all': [' A single value'],
      'header:Multiple': ' 3rd value',
      'header:Multiple:all': [' 1st value', ' 2nd value', ' 3rd value'],
      'header:Multiple:asText:all': ['1st value', '2nd value', '3rd value'],
      'header:List-Subscribe:asURLs': ['https://example.net'],
      'header:from:asGroupedAddresses': [{ name: null, addresses: [{ name: 'Alice', email: 'alice@example.test' }] }],
      'header:date:asDate': '2018-06-18T16:51:28-04:00',
    })
  })

  test('headers come in their order with their names as written, folding kept', async () => {
    const raw = 'FROM: a@b\r\nX-fold:  one\r\n two\r\nSubject: =?utf-8?q?=C3=A4?=\r\nX-Fold: b\r\n\r\nx'
    const { headers, subject } = await world.get(await put(raw), ['headers', 'subject'])
    assert.deepEqual(headers, [
      { name: 'FROM', value: ' a@b' },
      { name: 'X-fold', value: '  one\r\n two' },
      { name: 'Subject', value: ' =?utf-8?q?=C3=A4?=' },
      { name: 'X-Fold', value: ' b' },
    ])
    assert.equal(subject, 'ä')
  })

  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
    'base64',
  )
  const tree = () =>
    message(
      { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary=mix' },
      [
        '--mix',
        'Content-Type: multipart/alternative; boundary=alt',
        '',
        '--alt',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: quoted-printable',
        'Content-Language: de, en',
        '',
        'Gr=C3=BC=C3=9Fe',
        '--alt',
        'Content-Type: multipart/related; boundary=rel',
        '',
        '--rel',
        'Content-Type: text/html; charset=iso-8859-1',
        'Content-Transfer-Encoding: quoted-printable',
        '',
        '<p>Gr=FC=DFe</p><img src="cid:p@x">',
        '--rel',
        'Content-Type: image/png; name="p.png"',
        'Content-ID: <p@x>',
        'Content-Disposition: inline',
        'Content-Location: https://x.test/p.png',
        'Content-Transfer-Encoding: base64',
        'X-Part: yes',
        '',
        png.toString('base64'),
        '--rel--',
        '--alt--',
        '--mix',
        'Content-Type: application/pdf',
        "Content-Disposition: attachment; filename*=utf-8''%C3%A4.pdf",
        '',
        'pdf',
        '--mix',
        'Content-Type: message/rfc822',
        '',
        'Subject: inner',
        'Content-Type: multipart/mixed; boundary=in',
        '',
        '--in',
        '',
        'inner text',
        '--in',
        'Content-Type: text/csv; name=i.csv',
        '',
        'a,b',
        '--in--',
        '--mix--',
        '',
      ].join('\r\n'),
    )

  test('the structure, the lists and the values of a tree of parts', async () => {
    const id = await put(tree())
    const email = await world.get(
      id,
      ['bodyStructure', 'textBody', 'htmlBody', 'attachments', 'hasAttachment', 'bodyValues'],
      {
        fetchAllBodyValues: true,
      },
    )
    const outline = (part: Answer): unknown => (part.subParts ? [part.type, part.subParts.map(outline)] : part.type)
    assert.deepEqual(outline(email.bodyStructure), [
      'multipart/mixed',
      [
        ['multipart/alternative', ['text/plain', ['multipart/related', ['text/html', 'image/png']]]],
        'application/pdf',
        'message/rfc822',
      ],
    ])
    assert.equal(email.bodyStructure.partId, null)
    assert.equal(email.bodyStructure.blobId, null)
    assert.deepEqual(
      email.textBody.map((part: Answer) => part.type),
      ['text/plain'],
    )
    assert.deepEqual(
      email.htmlBody.map((part: Answer) => part.type),
      ['text/html'],
    )
    assert.deepEqual(
      email.attachments.map((part: Answer) => part.type),
      ['image/png', 'application/pdf', 'message/rfc822'],
    )
    assert.equal(email.hasAttachment, true)
    const [text, html, picture] = [email.textBody[0], email.htmlBody[0], email.attachments[0]]
    assert.deepEqual(text.language, ['de', 'en'])
    assert.equal(text.charset, 'utf-8')
    assert.equal(text.size, 7)
    assert.deepEqual(
      [picture.name, picture.cid, picture.disposition, picture.location, picture.charset, picture.size],
      ['p.png', 'p@x', 'inline', 'https://x.test/p.png', null, png.length],
    )
    assert.equal(email.attachments[1].name, 'ä.pdf')
    assert.deepEqual(email.bodyValues, {
      [text.partId]: { value: 'Grüße', isEncodingProblem: false, isTruncated: false },
      [html.partId]: { value: '<p>Grüße</p><img src="cid:p@x">', isEncodingProblem: false, isTruncated: false },
    })
  })

  test('values are told for the lists that are asked for, and for none otherwise', async () => {
    const id = await put(tree())
    const values = async (args: Record<string, unknown>) =>
      Object.values((await world.get(id, ['bodyValues'], args)).bodyValues).map((one: Answer) => one.value[0])
    assert.deepEqual(await values({}), [])
    assert.deepEqual(await values({ fetchTextBodyValues: false }), [])
    assert.deepEqual(await values({ fetchTextBodyValues: true }), ['G'])
    assert.deepEqual(await values({ fetchHTMLBodyValues: true }), ['<'])
    assert.deepEqual(await values({ fetchTextBodyValues: true, fetchHTMLBodyValues: true }), ['G', '<'])
  })

  test('body properties are those asked for', async () => {
    const id = await put(tree())
    const ask = async (bodyProperties: readonly string[]) =>
      (await world.get(id, ['attachments'], { bodyProperties })).attachments[0]
    assert.deepEqual(await ask([]), {})
    assert.deepEqual(await ask(['size', 'name', 'type']), { size: png.length, name: 'p.png', type: 'image/png' })
    assert.deepEqual(await ask(['type', 'subParts']), { type: 'image/png', subParts: [] })
    assert.deepEqual(await ask(['header:X-Part:asText', 'header:Content-ID:asMessageIds']), {
      'header:X-Part:asText': 'yes',
      'header:Content-ID:asMessageIds': ['p@x'],
    })
    const { headers } = await ask(['headers'])
    assert.deepEqual(headers.at(-1), { name: 'X-Part', value: ' yes' })
  })

  test('parts download decoded, messages raw, both in ranges', async () => {
    const raw = tree()
    const id = await put(raw)
    const email = await world.get(id, ['attachments', 'blobId', 'size'])
    const bytes = async (blobId: string, headers = {}) =>
      Buffer.from(await (await world.download(blobId, headers)).arrayBuffer())
    assert.deepEqual(await bytes(email.attachments[0].blobId), png)
    assert.equal((await bytes(email.blobId)).toString(), raw)
    assert.equal(email.size, raw.length)
    assert.deepEqual(await bytes(email.attachments[0].blobId, { range: 'bytes=10-19' }), png.subarray(10, 20))
    assert.equal((await bytes(email.blobId, { range: 'bytes=3-7' })).toString(), raw.slice(3, 8))
    assert.equal((await world.download('mnope')).status, 404)
    assert.equal((await world.download(`${email.attachments[0].blobId}9`)).status, 404)
  })

  test('an embedded message is parsed by its blob, and its parts have blobs again', async () => {
    const id = await put(tree())
    const { attachments } = await world.get(id, ['attachments'])
    const blobId = attachments[2].blobId
    const { parsed, notFound, notParsable } = await world.ok('Email/parse', {
      blobIds: [blobId],
      properties: [
        'id',
        'mailboxIds',
        'keywords',
        'receivedAt',
        'threadId',
        'blobId',
        'size',
        'subject',
        'attachments',
        'textBody',
        'bodyValues',
      ],
      fetchTextBodyValues: true,
    })
    assert.deepEqual([notFound, notParsable], [null, null])
    const inner = parsed[blobId]
    assert.deepEqual([inner.id, inner.mailboxIds, inner.keywords, inner.receivedAt], [null, null, null, null])
    assert.equal(inner.blobId, blobId)
    assert.equal(inner.subject, 'inner')
    assert.deepEqual(
      Object.values(inner.bodyValues).map((one: Answer) => one.value),
      ['inner text'],
    )
    const csv = await world.download(inner.attachments[0].blobId)
    assert.equal(await csv.text(), 'a,b')
  })

  test('maxBodyValueBytes cuts between characters and outside tags, and says so', async () => {
    const cut = async (raw: string, maxBodyValueBytes: number) => {
      const { bodyValues } = await world.get(await put(raw), ['bodyValues'], {
        fetchAllBodyValues: true,
        maxBodyValueBytes,
      })
      return Object.values(bodyValues)[0] as Answer
    }
    const text = message({ 'Content-Type': 'text/plain; charset=utf-8' }, '1234☃')
    for (const [limit, value, isTruncated] of [
      [500, '1234☃', false],
      [0, '1234☃', false],
      [3, '123', true],
      [5, '1234', true],
      [6, '1234', true],
      [7, '1234☃', false],
    ] as const) {
      assert.deepEqual(await cut(text, limit), { value, isTruncated, isEncodingProblem: false }, `${limit}`)
    }
    const html = message({ 'Content-Type': 'text/html; charset=utf-8' }, '<p>x</p><a href="y">z</a>')
    assert.equal((await cut(html, 15)).value, '<p>x</p>')
  })

  test('what cannot be decoded is told, and CRLF becomes LF', async () => {
    const value = async (type: string, body: string, encoding?: string) => {
      const raw = message({ 'Content-Type': type, 'Content-Transfer-Encoding': encoding ?? null }, body)
      const { bodyValues } = await world.get(await put(Buffer.from(raw, 'latin1')), ['bodyValues'], {
        fetchAllBodyValues: true,
      })
      return Object.values(bodyValues)[0] as Answer
    }
    assert.deepEqual(await value('text/plain', 'a\r\nb\r\n'), {
      value: 'a\nb\n',
      isEncodingProblem: false,
      isTruncated: false,
    })
    assert.deepEqual(await value('text/plain; charset=utf-8', 'a\xff'), {
      value: 'a\ufffd',
      isEncodingProblem: true,
      isTruncated: false,
    })
    assert.equal((await value('text/plain; charset=nope', 'abc')).isEncodingProblem, true)
    assert.equal((await value('text/plain', 'abc', 'x-nope')).isEncodingProblem, true)
  })

  test('an upload is parsed like a message; what is none is told apart from what is not there', async () => {
    const good = await world.upload(tree())
    const bad = await world.upload('some data', 'text/plain')
    const { parsed, notParsable, notFound } = await world.ok('Email/parse', { blobIds: [good, bad, 'nope', 'bnope'] })
    assert.deepEqual([notParsable, notFound], [[bad], ['nope', 'bnope']])
    assert.deepEqual(
      Object.keys(parsed[good]).sort(),
      [
        'messageId',
        'inReplyTo',
        'references',
        'sender',
        'from',
        'to',
        'cc',
        'bcc',
        'replyTo',
        'subject',
        'sentAt',
        'hasAttachment',
        'preview',
        'bodyValues',
        'textBody',
        'htmlBody',
        'attachments',
      ].sort(),
    )
    assert.equal(parsed[good].preview, 'Grüße')
    const picture = await world.download(parsed[good].attachments[0].blobId)
    assert.deepEqual(
      createHash('sha256')
        .update(Buffer.from(await picture.arrayBuffer()))
        .digest('hex'),
      createHash('sha256').update(png).digest('hex'),
    )
    assert.equal((await world.error('Email/parse', { blobIds: 'x' })).type, 'invalidArguments')
    assert.equal((await world.error('Email/get', { ids: [], properties: ['authentication'] })).type, 'invalidArguments')
    assert.equal((await world.error('Email/parse', {})).type, 'invalidArguments')
    assert.equal((await world.error('Email/parse', { blobIds: [good], properties: ['nope'] })).type, 'invalidArguments')
  })

  test('files in a winmail.dat and in uuencoded text are listed and downloaded, by our own capability', async () => {
    const winmail = tnef([
      ['ä.txt', 'first'],
      ['b/../c.pdf', 'second'],
    ])
    const part = (...lines: readonly string[]) => ['--x', ...lines].join('\r\n')
    const id = await put(
      message(
        { 'Content-Type': 'multipart/mixed; boundary=x' },
        [
          part('', 'before', 'begin 644 uu.txt', '#86)C', '`', 'end', 'after'),
          part(
            'Content-Type: application/ms-tnef; name=winmail.dat',
            'Content-Transfer-Encoding: base64',
            '',
            winmail.toString('base64'),
          ),
          '--x--',
          '',
        ].join('\r\n'),
      ),
    )
    const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', 'urn:paquebot:params:jmap:settings:1']
    const args = {
      accountId: world.accountId,
      ids: [id],
      properties: ['bodyStructure'],
      bodyProperties: ['containedFiles'],
    }
    assert.equal((await world.error('Email/get', args)).type, 'invalidArguments')
    const { body } = await world.alice.request({ using, methodCalls: [['Email/get', args, 'c']] })
    // The node of some tests does not offer our capability.
    if (!body.methodResponses) return
    const [[, { list }]] = body.methodResponses as Answer
    const [text, attachment] = list[0].bodyStructure.subParts
    const told = (files: readonly Answer[]) => files.map(({ name, size }) => [name, size])
    assert.deepEqual(told(text.containedFiles), [['uu.txt', 3]])
    assert.deepEqual(told(attachment.containedFiles), [
      ['ä.txt', 5],
      ['b..c.pdf', 6],
    ])
    const content = async (file: Answer) => (await world.download(file.blobId)).text()
    assert.equal(await content(text.containedFiles[0]), 'abc')
    assert.equal(await content(attachment.containedFiles[1]), 'second')
  })
}
