// RFC 8621 §4.4, §4.5: finding Emails, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Answer, type Fields, type MailWorld, message } from './mail-world.ts'

export function emailQueryTests(open: () => Promise<MailWorld>): void {
  let world: MailWorld
  let box: string
  let other: string
  const ids: Record<string, string> = {}
  const names = (list: readonly string[]) =>
    list.map((id) => Object.keys(ids).find((name) => ids[name] === id) ?? id).join('')

  const pdf = [
    '--x',
    '',
    'see the file',
    '--x',
    'Content-Type: application/pdf',
    'Content-Disposition: attachment; filename=x.pdf',
    '',
    'pdf',
    '--x--',
    '',
  ].join('\r\n')

  before(async () => {
    world = await open()
    box = await world.mailbox()
    other = await world.mailbox()
    const root = '<root.query@example.test>'
    const put = async (name: string, raw: string, over: Fields) => {
      ids[name] = (await world.put(box, raw, over)).id
    }
    await put(
      'a',
      message(
        {
          Subject: 'Zebra',
          From: 'Dora <dora@x.test>',
          To: 'Zoe <zoe@x.test>',
          Date: 'Thu, 5 Mar 2020 00:00:00 +0000',
          'Message-ID': root,
          'X-Tag': 'red',
        },
        'the quick brown fox\r\n',
      ),
      { receivedAt: '2020-01-01T00:00:00Z', keywords: { $seen: true, $flagged: true } },
    )
    await put(
      'b',
      message(
        {
          Subject: 'Re: zebra',
          From: 'Cora <cora@x.test>',
          To: 'Yves <yves@x.test>',
          Cc: 'Carl <carl@c.test>',
          Date: 'Wed, 4 Mar 2020 00:00:00 +0000',
          'In-Reply-To': root,
          References: root,
        },
        'jumps over\r\n',
      ),
      { receivedAt: '2020-01-02T00:00:00Z', keywords: { $seen: true }, mailboxIds: { [box]: true, [other]: true } },
    )
    await put(
      'c',
      message(
        {
          Subject: 'Apple',
          From: 'Bert <bert@x.test>',
          To: 'Xena <xena@x.test>',
          Bcc: 'hidden@x.test',
          Date: 'Tue, 3 Mar 2020 00:00:00 +0000',
        },
        `the lazy dog ${'long '.repeat(400)}\r\n`,
      ),
      { receivedAt: '2020-01-03T00:00:00Z' },
    )
    await put(
      'd',
      message(
        {
          Subject: 'Mango',
          From: 'Anna <anna@x.test>',
          To: 'Will <will@x.test>',
          Date: 'Mon, 2 Mar 2020 00:00:00 +0000',
          'MIME-Version': '1.0',
          'Content-Type': 'multipart/mixed; boundary=x',
        },
        pdf,
      ),
      { receivedAt: '2020-01-04T00:00:00Z', keywords: { $flagged: true, custom: true } },
    )
  })
  after(() => world.stop())

  const query = async (filter: Fields | null, args: Fields = {}) => {
    const scoped = filter === null ? { inMailbox: box } : { operator: 'AND', conditions: [{ inMailbox: box }, filter] }
    return names((await world.ok('Email/query', { filter: scoped, sort: [{ property: 'receivedAt' }], ...args })).ids)
  }

  test('every filter condition', async () => {
    const cases: [Fields, string][] = [
      [{ inMailbox: other }, 'b'],
      [{ inMailboxOtherThan: [box] }, 'b'],
      [{ before: '2020-01-02T00:00:00Z' }, 'a'],
      [{ after: '2020-01-02T00:00:00Z' }, 'bcd'],
      [{ minSize: 1000 }, 'c'],
      [{ maxSize: 1000 }, 'abd'],
      [{ hasKeyword: '$flagged' }, 'ad'],
      [{ hasKeyword: '$FLAGGED' }, 'ad'],
      [{ notKeyword: '$seen' }, 'cd'],
      [{ allInThreadHaveKeyword: '$seen' }, 'ab'],
      [{ allInThreadHaveKeyword: '$flagged' }, 'd'],
      [{ someInThreadHaveKeyword: '$flagged' }, 'abd'],
      [{ noneInThreadHaveKeyword: '$flagged' }, 'c'],
      [{ hasAttachment: true }, 'd'],
      [{ hasAttachment: false }, 'abc'],
      [{ from: 'anna' }, 'd'],
      [{ from: 'bert@x.test' }, 'c'],
      [{ to: 'zoe' }, 'a'],
      [{ cc: 'carl' }, 'b'],
      [{ bcc: 'hidden' }, 'c'],
      [{ subject: 'zebra' }, 'ab'],
      [{ body: 'quick fox' }, 'a'],
      [{ body: '"quick fox"' }, ''],
      [{ body: '"quick brown"' }, 'a'],
      [{ text: 'apple' }, 'c'],
      [{ text: 'lazy' }, 'c'],
      [{ text: 'dora quick' }, 'a'],
      [{ header: ['X-Tag'] }, 'a'],
      [{ header: ['x-tag', 'red'] }, 'a'],
      [{ header: ['X-Tag', 'blue'] }, ''],
      [{}, 'abcd'],
      [{ inMailbox: 'nope' }, ''],
      [{ hasKeyword: '$flagged', notKeyword: '$seen' }, 'd'],
      [
        {
          operator: 'OR',
          conditions: [
            { subject: 'apple' },
            { operator: 'AND', conditions: [{ hasKeyword: '$seen' }, { from: 'cora' }] },
          ],
        },
        'bc',
      ],
      [{ operator: 'NOT', conditions: [{ subject: 'apple' }, { subject: 'mango' }] }, 'ab'],
      [
        {
          operator: 'AND',
          conditions: [
            { operator: 'NOT', conditions: [{ operator: 'OR', conditions: [{ from: 'anna' }, { from: 'dora' }] }] },
          ],
        },
        'bc',
      ],
    ]
    for (const [filter, expected] of cases) assert.equal(await query(filter), expected, JSON.stringify(filter))
  })

  test('every sort', async () => {
    const cases: [Fields[], string][] = [
      [[{ property: 'receivedAt' }], 'abcd'],
      [[{ property: 'receivedAt', isAscending: false }], 'dcba'],
      [[{ property: 'sentAt' }], 'dcba'],
      [[{ property: 'from' }], 'dcba'],
      [[{ property: 'to' }], 'dcba'],
      [[{ property: 'subject' }, { property: 'receivedAt' }], 'cdab'],
      [
        [
          { property: 'subject', isAscending: false },
          { property: 'receivedAt', isAscending: false },
        ],
        'badc',
      ],
      [[{ property: 'hasKeyword', keyword: '$flagged', isAscending: false }, { property: 'receivedAt' }], 'adbc'],
      [[{ property: 'hasKeyword', keyword: '$flagged' }, { property: 'receivedAt' }], 'bcad'],
      [
        [{ property: 'someInThreadHaveKeyword', keyword: '$flagged', isAscending: false }, { property: 'receivedAt' }],
        'abdc',
      ],
      [
        [{ property: 'allInThreadHaveKeyword', keyword: '$flagged', isAscending: false }, { property: 'receivedAt' }],
        'dabc',
      ],
    ]
    for (const [sort, expected] of cases) assert.equal(await query(null, { sort }), expected, JSON.stringify(sort))
    const bySize = await world.ok('Email/query', {
      filter: { inMailbox: box },
      sort: [{ property: 'size', isAscending: false }],
    })
    assert.equal(bySize.ids[0], ids.c)
  })

  test('threads collapse to their first message in the order', async () => {
    assert.equal(await query(null, { collapseThreads: true }), 'acd')
    assert.equal(
      await query(null, { collapseThreads: true, sort: [{ property: 'receivedAt', isAscending: false }] }),
      'dcb',
    )
    const { total } = await world.ok('Email/query', {
      filter: { inMailbox: box },
      collapseThreads: true,
      calculateTotal: true,
    })
    assert.equal(total, 3)
  })

  test('windows by position, anchor and limit', async () => {
    const window = async (args: Fields) => {
      const answer = await world.ok('Email/query', {
        filter: { inMailbox: box },
        sort: [{ property: 'receivedAt' }],
        ...args,
      })
      return [names(answer.ids), answer.position]
    }
    assert.deepEqual(await window({ limit: 2 }), ['ab', 0])
    assert.deepEqual(await window({ position: 1, limit: 2 }), ['bc', 1])
    assert.deepEqual(await window({ position: -2 }), ['cd', 2])
    assert.deepEqual(await window({ position: -100, limit: 1 }), ['a', 0])
    assert.deepEqual((await window({ position: 100 }))[0], '')
    assert.deepEqual(await window({ limit: 0 }), ['', 0])
    assert.deepEqual(await window({ anchor: ids.c, limit: 1 }), ['c', 2])
    assert.deepEqual(await window({ anchor: ids.c, anchorOffset: -1, limit: 2 }), ['bc', 1])
    assert.deepEqual(await window({ anchor: ids.c, anchorOffset: 1 }), ['d', 3])
    assert.deepEqual(await window({ anchor: ids.b, anchorOffset: -100, limit: 1 }), ['a', 0])
    assert.deepEqual(await window({ anchor: ids.b, position: 3, limit: 1 }), ['b', 1])
    assert.equal(
      (await world.error('Email/query', { filter: { inMailbox: box }, anchor: 'nope' })).type,
      'anchorNotFound',
    )
  })

  test('the answer has a state and, when asked, a total', async () => {
    const plain = await world.ok('Email/query', { filter: { inMailbox: box } })
    assert.deepEqual(Object.keys(plain).sort(), ['accountId', 'canCalculateChanges', 'ids', 'position', 'queryState'])
    assert.equal(
      (await world.ok('Email/query', { filter: { inMailbox: box }, limit: 1, calculateTotal: true })).total,
      4,
    )
    const all = await world.ok('Email/query', {})
    assert.ok(all.ids.length >= 4)
    assert.equal((await world.ok('Email/query', { filter: null, sort: null })).ids.length, all.ids.length)
  })

  test('wrong arguments are refused for what is wrong with them', async () => {
    const cases: [Fields, string][] = [
      [{ filter: { nope: 1 } }, 'unsupportedFilter'],
      [{ filter: { operator: 'AND', conditions: [{ nope: 1 }] } }, 'unsupportedFilter'],
      [{ sort: [{ property: 'nope' }] }, 'unsupportedSort'],
      [{ sort: [{ property: 'subject', collation: 'nope' }] }, 'unsupportedSort'],
      [{ filter: 'x' }, 'invalidArguments'],
      [{ filter: { operator: 'XOR', conditions: [] } }, 'invalidArguments'],
      [{ filter: { operator: 'AND' } }, 'invalidArguments'],
      [{ filter: { before: 'yesterday' } }, 'invalidArguments'],
      [{ filter: { before: '2020-01-01T00:00:00+01:00' } }, 'invalidArguments'],
      [{ filter: { minSize: -1 } }, 'invalidArguments'],
      [{ filter: { hasAttachment: 'yes' } }, 'invalidArguments'],
      [{ filter: { inMailboxOtherThan: box } }, 'invalidArguments'],
      [{ filter: { header: [] } }, 'invalidArguments'],
      [{ filter: { header: ['a', 'b', 'c'] } }, 'invalidArguments'],
      [{ sort: [{ property: 'hasKeyword' }] }, 'invalidArguments'],
      [{ sort: [{ property: 'receivedAt', isAscending: 'x' }] }, 'invalidArguments'],
      [{ sort: [{}] }, 'invalidArguments'],
      [{ limit: -1 }, 'invalidArguments'],
      [{ limit: '5' }, 'invalidArguments'],
      [{ position: 'x' }, 'invalidArguments'],
      [{ position: 1.5 }, 'invalidArguments'],
      [{ anchor: 5 }, 'invalidArguments'],
      [{ anchorOffset: 'x' }, 'invalidArguments'],
      [{ collapseThreads: 'x' }, 'invalidArguments'],
      [{ calculateTotal: 1 }, 'invalidArguments'],
      [{ nope: 1 }, 'invalidArguments'],
    ]
    for (const [args, type] of cases)
      assert.equal((await world.error('Email/query', args)).type, type, JSON.stringify(args))
  })

  test('queryChanges turns the old list into the new one, through every kind of change', async () => {
    const place = await world.mailbox()
    const put = async (receivedAt: string, over: Fields = {}) =>
      (await world.put(place, message({ Subject: `QC ${receivedAt}` }), { receivedAt, ...over })).id as string
    const queries: Fields[] = [
      { filter: { inMailbox: place }, sort: [{ property: 'receivedAt', isAscending: false }] },
      { filter: { inMailbox: place }, sort: [{ property: 'receivedAt' }], collapseThreads: true },
      {
        filter: { operator: 'AND', conditions: [{ inMailbox: place }, { notKeyword: '$seen' }] },
        sort: [{ property: 'receivedAt' }],
      },
      {
        filter: { inMailbox: place },
        sort: [{ property: 'hasKeyword', keyword: '$flagged', isAscending: false }, { property: 'receivedAt' }],
      },
    ]
    const [first, second] = [await put('2021-01-01T00:00:00Z'), await put('2021-01-03T00:00:00Z')]
    const steps: (() => Promise<unknown>)[] = [
      () => put('2021-01-02T00:00:00Z'),
      () => world.ok('Email/set', { update: { [first]: { 'keywords/$seen': true } } }),
      () => world.ok('Email/set', { update: { [second]: { 'keywords/$flagged': true } } }),
      () => world.ok('Email/set', { destroy: [second] }),
      () => world.ok('Email/set', { update: { [first]: { mailboxIds: { [other]: true } } } }),
      async () => {},
    ]
    const states: { ids: string[]; queryState: string }[] = []
    for (const args of queries) states.push(await world.ok('Email/query', args))
    for (const step of steps) {
      await step()
      for (const [index, args] of queries.entries()) {
        const before = states[index]!
        const fresh = await world.ok('Email/query', args)
        const changes = await world.ok('Email/queryChanges', {
          ...args,
          sinceQueryState: before.queryState,
          calculateTotal: true,
        })
        const list = before.ids.filter((id) => !changes.removed.includes(id))
        for (const item of changes.added) list.splice(item.index, 0, item.id)
        assert.deepEqual(list, fresh.ids)
        assert.equal(changes.total, fresh.ids.length)
        assert.equal(changes.oldQueryState, before.queryState)
        states[index] = { ids: list, queryState: changes.newQueryState }
      }
    }
    const [args] = queries
    assert.equal(
      (await world.error('Email/queryChanges', { ...args, sinceQueryState: 'nope' })).type,
      'cannotCalculateChanges',
    )
    assert.equal((await world.error('Email/queryChanges', { ...args })).type, 'invalidArguments')
    const { queryState } = await world.ok('Email/query', args!)
    await put('2021-02-01T00:00:00Z')
    await put('2021-02-02T00:00:00Z')
    const many = await world.error('Email/queryChanges', { ...args, sinceQueryState: queryState, maxChanges: 1 })
    assert.equal(many.type, 'tooManyChanges')
  })

  test('back-references chain a query to what it found', async () => {
    const reference = (name: string, path: string) => ({ resultOf: 'c0', name, path })
    const [, got] = await world.several(
      ['Email/query', { filter: { inMailbox: box }, sort: [{ property: 'receivedAt' }], limit: 2 }],
      ['Email/get', { '#ids': reference('Email/query', '/ids'), properties: ['threadId'] }],
    )
    assert.deepEqual(
      got![1].list.map((email: Answer) => email.id),
      [ids.a, ids.b],
    )
  })
}
