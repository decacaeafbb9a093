// RFC 8621 §2: mailboxes, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Answer, type MailWorld, message, uniqueName } from './mail-world.ts'

export function mailboxTests(open: () => Promise<MailWorld>): void {
  let world: MailWorld
  before(async () => {
    world = await open()
  })
  after(() => world.stop())

  const set = (args: Record<string, unknown>): Promise<Answer> => world.ok('Mailbox/set', args)
  const getOne = async (id: string) => (await world.ok('Mailbox/get', { ids: [id] })).list[0]
  const counts = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads']

  test('the session says what the account can do', async () => {
    const session = (await (await world.alice.fetch('/jmap/session')).json()) as Answer
    const mail = session.accounts[world.accountId].accountCapabilities['urn:ietf:params:jmap:mail']
    assert.deepEqual(session.capabilities['urn:ietf:params:jmap:mail'], {})
    assert.ok(mail.maxSizeMailboxName >= 100)
    assert.equal(typeof mail.mayCreateTopLevelMailbox, 'boolean')
    assert.ok(mail.maxSizeAttachmentsPerEmail > 0)
    assert.ok(mail.maxMailboxesPerEmail === null || mail.maxMailboxesPerEmail >= 1)
    assert.ok(mail.maxMailboxDepth === null || mail.maxMailboxDepth >= 1)
    assert.ok(mail.emailQuerySortOptions.includes('receivedAt'))
  })

  test('a mailbox has every property, and null ids mean all', async () => {
    const { list, state, notFound } = await world.ok('Mailbox/get', { ids: null })
    assert.equal(typeof state, 'string')
    assert.deepEqual(notFound, [])
    assert.ok(list.some((mailbox: Answer) => mailbox.role === 'inbox' && mailbox.parentId === null))
    for (const mailbox of list) {
      assert.deepEqual(
        Object.keys(mailbox).sort(),
        ['id', 'isSubscribed', 'myRights', 'name', 'parentId', 'role', 'sortOrder', ...counts].sort(),
      )
      assert.equal(Object.keys(mailbox.myRights).length, 9)
    }
  })

  test('only the properties asked for come, with the id, and unknown ones are refused', async () => {
    const id = await world.role('inbox')
    assert.deepEqual((await world.ok('Mailbox/get', { ids: [id], properties: ['role'] })).list, [{ id, role: 'inbox' }])
    assert.deepEqual((await world.ok('Mailbox/get', { ids: [id], properties: [] })).list, [{ id }])
    assert.equal((await world.error('Mailbox/get', { ids: [id], properties: ['nope'] })).type, 'invalidArguments')
    const { list, notFound } = await world.ok('Mailbox/get', { ids: [id, 'nope', id] })
    assert.equal(list.length, 1)
    assert.deepEqual(notFound, ['nope'])
  })

  test('a mailbox is created with defaults, and the answer holds what the client did not send', async () => {
    const name = uniqueName()
    const { created, oldState, newState, notCreated, updated } = await set({ create: { a: { name } } })
    assert.notEqual(oldState, newState)
    assert.equal(notCreated, null)
    assert.equal(updated, null)
    const { id, ...rest } = created.a
    assert.deepEqual({ id, name, ...rest }, await getOne(id))
    assert.equal(rest.parentId, null)
    assert.equal(rest.sortOrder, 0)
    assert.equal(rest.role, null)
    assert.equal(rest.isSubscribed, false)
    assert.equal(rest.totalEmails, 0)
    assert.equal((await getOne(id)).name, name)
  })

  test('a mailbox is created with all that may be set, below one made in the same call, whatever their order', async () => {
    const { created } = await set({
      create: {
        child: { name: 'Child', parentId: '#parent', sortOrder: 7, isSubscribed: true },
        parent: { name: uniqueName('Parent') },
      },
    })
    const child = await getOne(created.child.id)
    assert.equal(child.parentId, created.parent.id)
    assert.equal(child.sortOrder, 7)
    assert.equal(child.isSubscribed, true)
  })

  test('wrong mailboxes are refused one by one, with the properties at fault', async () => {
    const taken = uniqueName()
    await world.mailbox({ name: taken })
    const cases: [Record<string, unknown>, readonly string[]][] = [
      [{}, ['name']],
      [{ name: '' }, ['name']],
      [{ name: null }, ['name']],
      [{ name: 'a\u0000b' }, ['name']],
      [{ name: 'x'.repeat(5000) }, ['name']],
      [{ name: taken }, ['name']],
      [{ name: uniqueName(), parentId: 'nope' }, ['parentId']],
      [{ name: uniqueName(), role: 'nope' }, ['role']],
      [{ name: uniqueName(), role: 'inbox' }, ['role']],
      [{ name: uniqueName(), sortOrder: -1 }, ['sortOrder']],
      [{ name: uniqueName(), sortOrder: 'x' }, ['sortOrder']],
      [{ name: uniqueName(), isSubscribed: 1 }, ['isSubscribed']],
      [{ name: uniqueName(), id: 'x' }, ['id']],
      [{ name: uniqueName(), totalEmails: 5 }, ['totalEmails']],
      [{ name: uniqueName(), nope: 5 }, ['nope']],
    ]
    for (const [fields, properties] of cases) {
      const { notCreated, created } = await set({ create: { good: { name: uniqueName() }, bad: fields } })
      assert.deepEqual(notCreated?.bad, { type: 'invalidProperties', properties }, JSON.stringify(fields))
      assert.ok(created.good.id, 'the good one is made all the same')
    }
  })

  test('server-set properties may be given with the values they have', async () => {
    const whole = await getOne(await world.mailbox())
    const { id, ...fields } = whole
    assert.ok((await set({ create: { a: { ...fields, name: uniqueName() } } })).created.a)
    const { updated } = await set({ update: { [id]: { ...whole, name: uniqueName() } } })
    assert.deepEqual(updated, { [id]: null })
    const { notUpdated } = await set({
      update: { [id]: { id: 'x', totalEmails: 52, myRights: { ...whole.myRights, mayRename: false } } },
    })
    assert.equal(notUpdated[id].type, 'invalidProperties')
    assert.deepEqual([...notUpdated[id].properties].sort(), ['id', 'myRights/mayRename', 'totalEmails'])
  })

  test('a mailbox keeps its id through rename and move, and cannot become its own ancestor', async () => {
    const [a, b] = [await world.mailbox(), await world.mailbox()]
    const name = uniqueName('Neu ü/').replace('/', '')
    assert.deepEqual(
      (await set({ update: { [b]: { name, parentId: a, sortOrder: 53, isSubscribed: true } } })).updated,
      {
        [b]: null,
      },
    )
    const moved = await getOne(b)
    assert.deepEqual([moved.name, moved.parentId, moved.sortOrder, moved.isSubscribed], [name, a, 53, true])
    for (const parentId of [a, b]) {
      const { notUpdated } = await set({ update: { [a]: { parentId } } })
      assert.deepEqual(notUpdated[a], { type: 'invalidProperties', properties: ['parentId'] })
    }
    assert.deepEqual((await set({ update: { [b]: { parentId: null } } })).updated, { [b]: null })
    assert.equal((await getOne(b)).parentId, null)
    assert.equal((await set({ update: { nope: { name: 'x' } } })).notUpdated.nope.type, 'notFound')
    assert.equal((await set({ update: { [a]: { 'name/x': 1 } } })).notUpdated[a].type, 'invalidPatch')
  })

  test('two siblings cannot come to have one name', async () => {
    const [first, second] = [uniqueName(), uniqueName()]
    await world.mailbox({ name: first })
    const id = await world.mailbox({ name: second })
    const { notUpdated } = await set({ update: { [id]: { name: first } } })
    assert.deepEqual(notUpdated[id], { type: 'invalidProperties', properties: ['name'] })
  })

  test('a mailbox with children or messages stays, unless its messages may go', async () => {
    const parent = await world.mailbox()
    const child = await world.mailbox({ parentId: parent })
    assert.equal((await set({ destroy: [parent] })).notDestroyed[parent].type, 'mailboxHasChild')
    const only = await world.put(child, message())
    const both = await world.put(child, message(), { mailboxIds: { [child]: true, [parent]: true } })
    assert.equal((await set({ destroy: [child] })).notDestroyed[child].type, 'mailboxHasEmail')
    const { destroyed } = await set({ destroy: [child], onDestroyRemoveEmails: true })
    assert.deepEqual(destroyed, [child])
    const { list, notFound } = await world.ok('Email/get', { ids: [only.id, both.id], properties: ['mailboxIds'] })
    assert.deepEqual(notFound, [only.id])
    assert.deepEqual(list[0].mailboxIds, { [parent]: true })
    assert.equal((await set({ destroy: ['nope'] })).notDestroyed.nope.type, 'notFound')
  })

  test('a parent and its child may be destroyed by one call', async () => {
    const parent = await world.mailbox()
    const child = await world.mailbox({ parentId: parent })
    const { destroyed } = await set({ destroy: [parent, child] })
    assert.deepEqual([...destroyed].sort(), [parent, child].sort())
  })

  test('ifInState keeps a stale client from changing anything', async () => {
    const { state } = await world.ok('Mailbox/get', { ids: [] })
    await world.mailbox()
    const name = uniqueName()
    assert.equal(
      (await world.error('Mailbox/set', { ifInState: state, create: { a: { name } } })).type,
      'stateMismatch',
    )
    assert.ok(!(await world.mailboxes()).some((mailbox) => mailbox.name === name))
  })

  test('changes tell creations, updates and destructions, and when only counts changed', async () => {
    const id = await world.mailbox()
    const { state } = await world.ok('Mailbox/get', { ids: [] })
    const nothing = await world.ok('Mailbox/changes', { sinceState: state })
    assert.deepEqual(
      { ...nothing, accountId: 0 },
      {
        accountId: 0,
        oldState: state,
        newState: state,
        hasMoreChanges: false,
        created: [],
        updated: [],
        destroyed: [],
        updatedProperties: null,
      },
    )
    const email = await world.put(id, message())
    const counted = await world.ok('Mailbox/changes', { sinceState: state })
    assert.deepEqual(counted.updated, [id])
    assert.deepEqual([...counted.updatedProperties].sort(), [...counts].sort())
    await set({ update: { [id]: { sortOrder: 9 } } })
    const ordered = await world.ok('Mailbox/changes', { sinceState: counted.newState })
    assert.deepEqual([ordered.updated, ordered.updatedProperties], [[id], null])
    const other = await world.mailbox()
    await set({ destroy: [id], onDestroyRemoveEmails: true })
    const last = await world.ok('Mailbox/changes', { sinceState: ordered.newState })
    assert.deepEqual([last.created, last.destroyed], [[other], [id]])
    assert.ok(email.id)
  })

  test('changes come in pieces when maxChanges is small, and none is lost', async () => {
    let { state } = await world.ok('Mailbox/get', { ids: [] })
    const made = [await world.mailbox(), await world.mailbox(), await world.mailbox()]
    const seen: string[] = []
    for (let round = 0; round < 10; round++) {
      const changes = await world.ok('Mailbox/changes', { sinceState: state, maxChanges: 1 })
      assert.ok(changes.created.length + changes.updated.length + changes.destroyed.length <= 1)
      seen.push(...changes.created)
      state = changes.newState
      if (!changes.hasMoreChanges) break
    }
    assert.deepEqual(seen.sort(), made.sort())
    assert.equal((await world.error('Mailbox/changes', { sinceState: state, maxChanges: 0 })).type, 'invalidArguments')
    assert.equal((await world.error('Mailbox/changes', { sinceState: 'nope' })).type, 'cannotCalculateChanges')
  })

  test('counts are of messages and of threads, a thread being unread when any of its messages is', async () => {
    const [box, elsewhere] = [await world.mailbox(), await world.mailbox()]
    const root = `<root-${Date.now()}@example.test>`
    const reply = { Subject: 'Re: Counting', 'In-Reply-To': root, References: root }
    await world.put(box, message({ Subject: 'Counting', 'Message-ID': root }), { keywords: { $seen: true } })
    const other = await world.put(elsewhere, message(reply))
    const count = async () =>
      counts.map(
        (
          (mailbox) => (name: string) =>
            mailbox[name]
        )(await getOne(box)),
      )
    assert.deepEqual(await count(), [1, 0, 1, 1])
    await world.put(box, message(reply))
    assert.deepEqual(await count(), [2, 1, 1, 1])
    await world.put(box, message({ Subject: 'Another' }), { keywords: { $seen: true } })
    assert.deepEqual(await count(), [3, 1, 2, 1])
    assert.ok(other.id)
  })

  test('queries filter, sort, walk the tree and take a window', async () => {
    const parent = await world.mailbox({ name: uniqueName('Q'), sortOrder: 3 })
    const b = await world.mailbox({ name: 'bbb', parentId: parent, sortOrder: 1, isSubscribed: true })
    const a = await world.mailbox({ name: 'AAA', parentId: parent, sortOrder: 2 })
    const deep = await world.mailbox({ name: 'aab', parentId: b })
    const query = async (args: Record<string, unknown>) => (await world.ok('Mailbox/query', args)).ids
    const below = { filter: { parentId: parent } }
    assert.deepEqual(await query({ ...below, sort: [{ property: 'sortOrder' }] }), [b, a])
    assert.deepEqual(await query({ ...below, sort: [{ property: 'name' }] }), [a, b])
    assert.deepEqual(await query({ ...below, sort: [{ property: 'name', isAscending: false }] }), [b, a])
    assert.deepEqual(await query({ filter: { parentId: parent, isSubscribed: true } }), [b])
    assert.deepEqual(
      await query({ filter: { operator: 'NOT', conditions: [{ parentId: null }, { name: 'aa' }] } }).then(
        (ids) => ids.includes(b) && !ids.includes(a),
      ),
      true,
    )
    assert.deepEqual(
      await query({
        filter: {
          operator: 'OR',
          conditions: [{ parentId: b }, { operator: 'AND', conditions: [{ parentId: parent }, { name: 'aa' }] }],
        },
        sort: [{ property: 'name' }],
      }),
      [a, deep],
    )
    const tree = await query({ sort: [{ property: 'name' }], sortAsTree: true })
    const places = [parent, a, b, deep].map((id) => tree.indexOf(id))
    assert.deepEqual(
      [...places].sort((x, y) => x - y),
      places,
    )
    assert.deepEqual(await query({ filter: { name: 'aab' }, filterAsTree: true }), [])
    const inbox = await world.role('inbox')
    assert.deepEqual(await query({ filter: { role: 'inbox' } }), [inbox])
    assert.ok((await query({ filter: { hasAnyRole: true } })).includes(inbox))
    assert.ok(!(await query({ filter: { hasAnyRole: false } })).includes(inbox))
    const page = await world.ok('Mailbox/query', {
      ...below,
      sort: [{ property: 'name' }],
      position: 1,
      limit: 1,
      calculateTotal: true,
    })
    assert.deepEqual([page.ids, page.total, page.position], [[b], 2, 1])
    assert.deepEqual(await query({ ...below, sort: [{ property: 'name' }], position: -1 }), [b])
    assert.deepEqual(await query({ ...below, sort: [{ property: 'name' }], anchor: b, anchorOffset: -1 }), [a, b])
    assert.deepEqual(await query({ ...below, limit: 0 }), [])
    assert.equal((await world.error('Mailbox/query', { anchor: 'nope' })).type, 'anchorNotFound')
    assert.equal((await world.error('Mailbox/query', { filter: { nope: 1 } })).type, 'unsupportedFilter')
    assert.equal((await world.error('Mailbox/query', { sort: [{ property: 'nope' }] })).type, 'unsupportedSort')
    assert.equal((await world.error('Mailbox/query', { filter: { parentId: 5 } })).type, 'invalidArguments')
    assert.equal((await world.error('Mailbox/query', { limit: -1 })).type, 'invalidArguments')
  })

  test('queryChanges turns the old result into the new one', async () => {
    const parent = await world.mailbox()
    const query = { filter: { parentId: parent }, sort: [{ property: 'name' }] }
    const before = await world.ok('Mailbox/query', query)
    assert.equal(before.canCalculateChanges, true)
    const id = await world.mailbox({ parentId: parent })
    const { removed, added, newQueryState, oldQueryState } = await world.ok('Mailbox/queryChanges', {
      ...query,
      sinceQueryState: before.queryState,
    })
    assert.equal(oldQueryState, before.queryState)
    const ids = before.ids.filter((one: string) => !removed.includes(one))
    for (const item of added) ids.splice(item.index, 0, item.id)
    assert.deepEqual(ids, [id])
    const same = await world.ok('Mailbox/queryChanges', { ...query, sinceQueryState: newQueryState })
    assert.deepEqual([same.removed, same.added], [[], []])
    assert.equal(
      (await world.error('Mailbox/queryChanges', { sinceQueryState: 'nope' })).type,
      'cannotCalculateChanges',
    )
  })
}
