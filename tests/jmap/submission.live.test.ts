// JMAP Submission, VacationResponse, Sieve, MDN and our own settings from outside: a whole node over Dovecot and Postfix.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { capabilities as urns } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { type PostfixServer, startPostfix } from '#testing/servers/postfix.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; what they are is what the tests check.
type Answer = any
type Fields = Record<string, unknown>

let dovecot: DovecotServer
let postfix: PostfixServer
let node: WholeNode
let alice: TestClient
let bob: TestClient
before(async () => {
  dovecot = await startDovecot()
  postfix = await startPostfix({ lmtpPort: dovecot.lmtpPort, saslPath: dovecot.saslPath, maxMessageBytes: 200_000 })
  node = await startWholeNode({
    host: '127.0.0.1',
    imapPort: dovecot.imapPort,
    smtpPort: postfix.submissionPort,
    sievePort: dovecot.sievePort,
    config: { submission: { undo: 200, maxRecipients: 3 } },
  })
  alice = await signIn(node)
  bob = await signIn(node, 'bob@example.test')
})
after(async () => {
  await node?.stop()
  await postfix?.stop()
  await dovecot?.stop()
})

const standard = [urns.core, urns.mail, urns.submission]
const all = [...standard, urns.vacation, urns.sieve, urns.mdn, urns.paquebot, urns.blob]

async function several(
  client: TestClient,
  using: readonly string[],
  ...calls: readonly (readonly [string, Fields])[]
): Promise<[string, Answer][]> {
  const methodCalls = calls.map(([name, args], at) => [name, { accountId: client.accountId, ...args }, `c${at}`])
  const { body } = await client.request({ using, methodCalls })
  return (body.methodResponses as [string, Answer, string][]).map(([name, args]) => [name, args])
}
async function ok(client: TestClient, name: string, args: Fields, using: readonly string[] = all): Promise<Answer> {
  const [[answered, result]] = (await several(client, using, [name, args])) as [[string, Answer]]
  assert.equal(answered, name, JSON.stringify(result))
  return result
}
async function role(client: TestClient, name: string): Promise<string> {
  const { list } = await ok(client, 'Mailbox/get', { ids: null })
  return list.find((mailbox: Answer) => mailbox.role === name).id
}
const own = async (client: TestClient) => (await ok(client, 'Identity/get', { ids: null })).list[0].id as string

let unique = 0
const subject = () => `subject ${++unique}`
async function draft(client: TestClient, over: Fields = {}): Promise<Fields> {
  return {
    mailboxIds: { [await role(client, 'drafts')]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ name: 'Alice', email: 'alice@example.test' }],
    to: [{ name: 'Bob', email: 'bob@example.test' }],
    bcc: [{ name: null, email: 'carol@example.test' }],
    subject: subject(),
    textBody: [{ partId: 't', type: 'text/plain' }],
    bodyValues: { t: { value: 'Hello Bob' } },
    ...over,
  }
}
const until = async <T>(what: () => Promise<T | null | undefined | false>, text: string) =>
  (await eventually(what, Boolean, text)) as T
async function received(client: TestClient, wanted: string): Promise<Answer> {
  const inbox = await role(client, 'inbox')
  return until(async () => {
    const { ids } = await ok(client, 'Email/query', { filter: { inMailbox: inbox, subject: wanted } })
    if (ids.length === 0) return null
    const { list } = await ok(client, 'Email/get', {
      ids,
      properties: ['id', 'blobId', 'from', 'bcc', 'subject', 'keywords', 'header:Disposition-Notification-To'],
    })
    return list.find((email: Answer) => email.subject === wanted)
  }, `${wanted} in the inbox`)
}
const status = async (id: string) => (await ok(alice, 'EmailSubmission/get', { ids: [id] })).list[0]
const final = (id: string) =>
  until(async () => {
    const one = await status(id)
    return one.nextAttemptAt === null && one
  }, 'the end of the submission')

test('the session object tells what there is', async () => {
  const session = (await (await alice.fetch('/jmap/session')).json()) as Answer
  const account = session.accounts[alice.accountId].accountCapabilities
  assert.equal(account[urns.submission].maxDelayedSend, 365 * 86_400)
  assert.deepEqual(account[urns.submission].submissionExtensions.SIZE, ['200000'])
  assert.ok('DSN' in account[urns.submission].submissionExtensions)
  assert.ok(!('AUTH' in account[urns.submission].submissionExtensions))
  assert.ok(account[urns.sieve].sieveExtensions.includes('vacation'))
  assert.deepEqual([account[urns.vacation], account[urns.mdn]], [{}, {}])
  assert.equal(account[urns.paquebot].undoWindow, 0.2)
})

test('a standard client: draft, send and move to Sent in one request (RFC 8621 §7.5.1)', async () => {
  const email = await draft(alice)
  const [drafts, sent, identityId] = [await role(alice, 'drafts'), await role(alice, 'sent'), await own(alice)]
  const before = await ok(alice, 'EmailSubmission/get', { ids: [] }, standard)
  const answers = await several(
    alice,
    standard,
    ['Email/set', { create: { m: email } }],
    [
      'EmailSubmission/set',
      {
        create: { s: { identityId, emailId: '#m' } },
        onSuccessUpdateEmail: {
          '#s': { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null },
        },
      },
    ],
  )
  assert.deepEqual(
    answers.map(([name]) => name),
    ['Email/set', 'EmailSubmission/set', 'Email/set'],
  )
  const created = answers[1]![1].created.s
  assert.deepEqual(created.envelope, {
    mailFrom: { email: 'alice@example.test', parameters: null },
    rcptTo: ['bob@example.test', 'carol@example.test'].map((address) => ({ email: address, parameters: null })),
  })
  assert.equal(created.undoStatus, 'pending')
  assert.ok(!('problem' in created), 'our own properties are for those who know them')
  const emailId = answers[0]![1].created.m.id
  assert.deepEqual(answers[2]![1].updated, { [emailId]: null })
  const got = await received(bob, email.subject as string)
  assert.equal(got.bcc, null)
  const carol = await signIn(node, 'carol@example.test')
  await received(carol, email.subject as string)
  await final(created.id)
  const { list } = await ok(alice, 'Email/get', { ids: [emailId], properties: ['mailboxIds', 'bcc', 'keywords'] })
  assert.deepEqual([list[0].mailboxIds, list[0].bcc[0].email], [{ [sent]: true }, 'carol@example.test'])
  const changes = await ok(alice, 'EmailSubmission/changes', { sinceState: before.state })
  assert.deepEqual([changes.created, changes.updated], [[created.id], []])
  const found = await ok(alice, 'EmailSubmission/query', {
    filter: { emailIds: [emailId], undoStatus: 'final' },
    calculateTotal: true,
  })
  assert.deepEqual([found.ids, found.total], [[created.id], 1])
  const queryChanges = await ok(alice, 'EmailSubmission/queryChanges', {
    sinceQueryState: before.state,
    filter: { emailIds: [emailId] },
  })
  assert.deepEqual(queryChanges.added, [{ id: created.id, index: 0 }])
})

test('our client: filed when it was accepted, the original marked, and the same key sends nothing twice', async () => {
  const identityId = await own(alice)
  const original = (
    await ok(alice, 'Email/set', {
      create: { o: await draft(alice, { mailboxIds: { [await role(alice, 'inbox')]: true }, keywords: {} }) },
    })
  ).created.o.id
  const email = await draft(alice)
  const emailId = (await ok(alice, 'Email/set', { create: { m: email } })).created.m.id
  const create = { s: { identityId, emailId, fileSent: true, answered: [original], idempotencyKey: 'key-1' } }
  const first = (await ok(alice, 'EmailSubmission/set', { create })).created.s
  const again = (await ok(alice, 'EmailSubmission/set', { create })).created.s
  assert.equal(again.id, first.id)
  await received(bob, email.subject as string)
  const end = await final(first.id)
  assert.deepEqual([end.problem, end.undoStatus], [null, 'final'])
  const { list } = await ok(alice, 'Email/get', { ids: [emailId, original], properties: ['mailboxIds', 'keywords'] })
  const [sent, marked] = [list.find((m: Answer) => m.id === emailId), list.find((m: Answer) => m.id === original)]
  assert.deepEqual([sent.mailboxIds, sent.keywords], [{ [await role(alice, 'sent')]: true }, { $seen: true }])
  assert.equal(marked.keywords.$answered, true)
  const inbox = await role(bob, 'inbox')
  const { ids } = await ok(bob, 'Email/query', { filter: { inMailbox: inbox, subject: email.subject } })
  assert.equal(ids.length, 1)
})

test('undo, and what cannot be undone', async () => {
  const identityId = await own(alice)
  await ok(alice, 'Settings/set', { update: { composing: { 'value/undoSeconds': 60 } } })
  const emailId = (await ok(alice, 'Email/set', { create: { m: await draft(alice) } })).created.m.id
  const { id, sendAt } = (await ok(alice, 'EmailSubmission/set', { create: { s: { identityId, emailId } } })).created.s
  assert.ok(Date.parse(sendAt) > Date.now() + 50_000)
  const undone = await ok(alice, 'EmailSubmission/set', { update: { [id]: { undoStatus: 'canceled' } } })
  assert.deepEqual(undone.updated, { [id]: null })
  assert.equal((await status(id)).undoStatus, 'canceled')
  const wrong = await ok(alice, 'EmailSubmission/set', {
    update: { [id]: { undoStatus: 'pending' }, nope: { undoStatus: 'canceled' } },
  })
  assert.deepEqual([wrong.notUpdated[id].type, wrong.notUpdated.nope.type], ['invalidProperties', 'notFound'])
  await ok(alice, 'Settings/set', { destroy: ['composing'] })

  const other = (await ok(alice, 'EmailSubmission/set', { create: { s: { identityId, emailId } } })).created.s
  await final(other.id)
  const late = await ok(alice, 'EmailSubmission/set', { update: { [other.id]: { undoStatus: 'canceled' } } })
  assert.equal(late.notUpdated[other.id].type, 'cannotUnsend')
  const gone = await ok(alice, 'EmailSubmission/set', { destroy: [other.id, 'nope'] })
  assert.deepEqual([gone.destroyed, gone.notDestroyed.nope.type], [[other.id], 'notFound'])
})

test('refusals by the names of RFC 8621 §7.5', async () => {
  const identityId = await own(alice)
  const made = await ok(alice, 'Email/set', {
    create: {
      good: await draft(alice),
      foreign: await draft(alice, { from: [{ name: null, email: 'mallory@elsewhere.test' }] }),
      nobody: await draft(alice, { to: null, bcc: null }),
      big: await draft(alice, { bodyValues: { t: { value: 'x'.repeat(250_000) } } }),
    },
  })
  const id = (name: string) => made.created[name].id
  const to = (...emails: readonly string[]) => ({
    mailFrom: { email: 'alice@example.test' },
    rcptTo: emails.map((email) => ({ email })),
  })
  const { notCreated } = await ok(alice, 'EmailSubmission/set', {
    create: {
      from: { identityId, emailId: id('foreign') },
      mailFrom: {
        identityId,
        emailId: id('good'),
        envelope: { ...to('bob@example.test'), mailFrom: { email: 'mallory@elsewhere.test' } },
      },
      nobody: { identityId, emailId: id('nobody') },
      many: { identityId, emailId: id('good'), envelope: to('a@x.test', 'b@x.test', 'c@x.test', 'd@x.test') },
      bad: { identityId, emailId: id('good'), envelope: to('bob@example.test', 'not an address', 'x@y\r\nDATA') },
      big: { identityId, emailId: id('big') },
      unknown: { identityId, emailId: 'nope' },
      identity: { identityId: 'nope', emailId: id('good') },
      property: { identityId, emailId: id('good'), nope: 1 },
    },
  })
  assert.deepEqual(
    Object.fromEntries(Object.entries(notCreated as Fields).map(([name, error]) => [name, (error as Answer).type])),
    {
      from: 'forbiddenFrom',
      mailFrom: 'forbiddenMailFrom',
      nobody: 'noRecipients',
      many: 'tooManyRecipients',
      bad: 'invalidRecipients',
      big: 'tooLarge',
      unknown: 'invalidProperties',
      identity: 'invalidProperties',
      property: 'invalidProperties',
    },
  )
  assert.equal(notCreated.many.maxRecipients, 3)
  assert.deepEqual(notCreated.bad.invalidRecipients, ['not an address', 'x@y\r\nDATA'])
  assert.equal(notCreated.big.maxSize, 200_000)
})

test('a recipient refused by the server: told, and the draft kept', async () => {
  const identityId = await own(alice)
  const emailId = (
    await ok(alice, 'Email/set', {
      create: { m: await draft(alice, { to: [{ name: null, email: 'reject@elsewhere.test' }], bcc: null }) },
    })
  ).created.m.id
  const { id } = (await ok(alice, 'EmailSubmission/set', { create: { s: { identityId, emailId, fileSent: true } } }))
    .created.s
  const end = await final(id)
  assert.equal(end.problem.kind, 'failed')
  assert.match(end.deliveryStatus['reject@elsewhere.test'].smtpReply, /^550 5\.1\.1/)
  assert.equal(end.deliveryStatus['reject@elsewhere.test'].delivered, 'no')
  const { list } = await ok(alice, 'Email/get', { ids: [emailId], properties: ['mailboxIds', 'keywords'] })
  assert.deepEqual([list[0].mailboxIds, list[0].keywords.$draft], [{ [await role(alice, 'drafts')]: true }, true])
})

test('identities', async () => {
  const { list, state } = await ok(alice, 'Identity/get', { ids: null }, standard)
  assert.deepEqual([list[0].email, list[0].mayDelete], ['alice@example.test', false])
  const set = await ok(alice, 'Identity/set', {
    create: {
      a: { name: 'A', email: 'alice@example.test', textSignature: '-- \nA' },
      b: { email: 'mallory@elsewhere.test' },
      c: { name: 'x' },
    },
    update: {
      [list[0].id]: { name: 'Alice', htmlSignature: '<b>A</b>', replyTo: [{ name: null, email: 'r@example.test' }] },
    },
    destroy: [list[0].id],
  })
  assert.deepEqual([set.notCreated.b.type, set.notCreated.c.type], ['forbiddenFrom', 'invalidProperties'])
  // RFC 8620 §5.3: an update of what is to be destroyed in the same call.
  assert.equal(set.notUpdated[list[0].id].type, 'willDestroy')
  assert.equal(set.notDestroyed[list[0].id].type, 'forbidden')
  const update = {
    [list[0].id]: { name: 'Alice', htmlSignature: '<b>A</b>' },
    [set.created.a.id]: { email: 'other@example.test' },
  }
  const second = await ok(alice, 'Identity/set', { ifInState: set.newState, update })
  assert.deepEqual(
    [second.updated, second.notUpdated[set.created.a.id].type],
    [{ [list[0].id]: null }, 'invalidProperties'],
  )
  const changes = await ok(alice, 'Identity/changes', { sinceState: state })
  assert.deepEqual(
    [changes.created, changes.updated, changes.newState],
    [[set.created.a.id], [list[0].id], second.newState],
  )
})

test('the absence is a singleton, read and written; the state follows', async () => {
  const { list, state } = await ok(alice, 'VacationResponse/get', { ids: ['singleton', 'other'] })
  assert.deepEqual([list[0].id, list[0].isEnabled], ['singleton', false])
  const set = await ok(alice, 'VacationResponse/set', {
    create: { x: { isEnabled: true } },
    update: {
      singleton: { isEnabled: true, subject: 'Away', textBody: 'Back "soon"', toDate: '2099-01-01T00:00:00Z' },
      other: {},
    },
    destroy: ['singleton2'],
  })
  assert.deepEqual(
    [set.notCreated.x.type, set.notUpdated.other.type, set.notDestroyed.singleton2.type],
    ['singleton', 'notFound', 'singleton'],
  )
  assert.notEqual(set.newState, state)
  const after = (await ok(alice, 'VacationResponse/get', { ids: null })).list[0]
  assert.deepEqual([after.isEnabled, after.textBody, after.toDate], [true, 'Back "soon"', '2099-01-01T00:00:00Z'])
  const bad = await ok(alice, 'VacationResponse/set', { update: { singleton: { fromDate: 'tomorrow' } } })
  assert.equal(bad.notUpdated.singleton.type, 'invalidProperties')
  await ok(alice, 'VacationResponse/set', { update: { singleton: { isEnabled: false } } })
})

test('rules are a singleton: mailboxes by id, patches, conditions on the state', async () => {
  const mailboxId = await role(alice, 'sent')
  const { list, state } = await ok(alice, 'FilterRules/get', { ids: ['singleton'] })
  assert.deepEqual(list[0].rules, [])
  const actions = [{ type: 'copy', mailboxId, mailbox: '' }]
  const rule = { id: 'r1', name: 'Own', isEnabled: true, match: 'all', conditions: [], actions, stops: false }
  const set = await ok(alice, 'FilterRules/set', {
    ifInState: state,
    create: { x: {} },
    update: { singleton: { rules: [rule], 'forwarding/keepsCopy': false }, other: {} },
  })
  assert.deepEqual([set.notCreated.x.type, set.notUpdated.other.type], ['singleton', 'notFound'])
  const after = (await ok(alice, 'FilterRules/get', { ids: null, properties: ['rules', 'isActive', 'forwarding'] }))
    .list
  assert.deepEqual([after[0].isActive, after[0].forwarding.keepsCopy], [true, false])
  assert.equal(after[0].rules[0].actions[0].mailboxId, mailboxId)
  const update = (fields: Fields, rest: Fields = {}) =>
    several(alice, all, ['FilterRules/set', { ...rest, update: { singleton: fields } }])
  assert.equal((await update({ rules: [] }, { ifInState: state }))[0]?.[1].type, 'stateMismatch')
  for (const bad of [{ rules: [{ ...rule, match: 'some' }] }, { isActive: false }]) {
    assert.equal((await update(bad))[0]?.[1].notUpdated.singleton.type, 'invalidProperties')
  }
  await update({ rules: [] })
})

test('Sieve scripts (RFC 9661)', async () => {
  const upload = async (text: string) => {
    const reply = await alice.fetch(`/jmap/upload/${alice.accountId}`, {
      method: 'POST',
      headers: { 'content-type': 'application/sieve' },
      body: text,
    })
    return ((await reply.json()) as { blobId: string }).blobId
  }
  const [good, bad] = [await upload('keep;\r\n'), await upload('no sieve at all')]
  const set = await ok(alice, 'SieveScript/set', {
    create: { a: { name: 'mine', blobId: good } },
    onSuccessActivateScript: '#a',
  })
  assert.equal(set.created.a.isActive, true)
  const { id } = set.created.a
  const refused = await ok(alice, 'SieveScript/set', {
    create: {
      b: { name: 'bad', blobId: bad },
      c: { name: 'mine', blobId: good },
      d: { name: 'x', blobId: `b${'0'.repeat(64)}` },
    },
    destroy: [id],
  })
  assert.deepEqual(
    [refused.notCreated.b.type, refused.notCreated.c.type, refused.notCreated.d.type, refused.notDestroyed[id].type],
    ['invalidSieve', 'alreadyExists', 'blobNotFound', 'sieveIsActive'],
  )
  const { list } = await ok(alice, 'SieveScript/get', { ids: [id] })
  assert.deepEqual([list[0].name, list[0].isActive], ['mine', true])
  const content = await alice.fetch(`/jmap/download/${alice.accountId}/${list[0].blobId}/x`)
  assert.equal(await content.text(), 'keep;\r\n')
  assert.deepEqual((await ok(alice, 'SieveScript/query', { filter: { isActive: true } })).ids, [id])
  assert.equal((await ok(alice, 'SieveScript/validate', { blobId: good })).error, null)
  assert.equal((await ok(alice, 'SieveScript/validate', { blobId: bad })).error.type, 'invalidSieve')
  const off = await ok(alice, 'SieveScript/set', { onSuccessDeactivateScript: true })
  assert.deepEqual(off.updated, { [id]: { isActive: false } })
  assert.deepEqual((await ok(alice, 'SieveScript/set', { destroy: [id] })).destroyed, [id])
})

test('a receipt is asked for, sent once, and read (RFC 9007)', async () => {
  const wanted = await draft(bob, {
    from: [{ name: null, email: 'bob@example.test' }],
    to: [{ name: null, email: 'alice@example.test' }],
    bcc: null,
    'header:Disposition-Notification-To:asAddresses': [{ name: null, email: 'bob@example.test' }],
  })
  const sentMail = (await ok(bob, 'Email/set', { create: { m: wanted } })).created.m.id
  await ok(bob, 'EmailSubmission/set', { create: { s: { identityId: await own(bob), emailId: sentMail } } })
  const got = await received(alice, wanted.subject as string)
  const mdn = {
    forEmailId: got.id,
    subject: `Read: ${wanted.subject}`,
    textBody: 'Gelesen – ja',
    disposition: { actionMode: 'manual-action', sendingMode: 'mdn-sent-manually', type: 'displayed' },
  }
  const args = {
    identityId: await own(alice),
    send: { k: mdn },
    onSuccessUpdateEmail: { '#k': { 'keywords/$mdnsent': true } },
  }
  const using = [...standard, urns.mdn]
  const [[name, sent], [implicit, updated]] = (await several(alice, using, ['MDN/send', args])) as [
    [string, Answer],
    [string, Answer],
  ]
  assert.deepEqual([name, implicit, updated.updated], ['MDN/send', 'Email/set', { [got.id]: null }])
  assert.equal(sent.sent.k.finalRecipient, 'rfc822; alice@example.test')
  const twice = await ok(alice, 'MDN/send', args)
  assert.equal(twice.notSent.k.type, 'mdnAlreadySent')
  assert.equal(
    (await ok(alice, 'EmailSubmission/get', { ids: null })).list.filter((s: Answer) => s.emailId === got.id).length,
    0,
  )

  const notice = await received(bob, `Read: ${wanted.subject}`)
  const { parsed, notParsable, notFound } = await ok(bob, 'MDN/parse', {
    blobIds: [notice.blobId, `m${sentMail}`, 'bnope'],
  })
  const read = parsed[notice.blobId]
  assert.deepEqual(read.disposition, mdn.disposition)
  assert.deepEqual([read.textBody.trim(), read.finalRecipient], ['Gelesen – ja', 'rfc822; alice@example.test'])
  const { messageId } = (await ok(bob, 'Email/get', { ids: [sentMail], properties: ['messageId'] })).list[0]
  assert.equal(read.originalMessageId, `<${messageId[0]}>`)
  assert.deepEqual([notParsable, notFound], [[`m${sentMail}`], ['bnope']])
})

test('settings merge by path, know their version, and refuse what is no key', async () => {
  const set = await ok(alice, 'Settings/set', {
    update: {
      appearance: { 'value/theme': 'dark' },
      'remote-content': { 'value/senders/news@example.org': true },
      'No Key': { 'value/x': 1 },
    },
    create: { x: {} },
  })
  assert.deepEqual(
    [set.updated.appearance, set.notUpdated['No Key'].type, set.notCreated.x.type],
    [{ version: 1 }, 'notFound', 'forbidden'],
  )
  await ok(alice, 'Settings/set', { update: { appearance: { 'value/density': 'compact', version: 1 } } })
  const stale = await ok(alice, 'Settings/set', { update: { appearance: { 'value/theme': 'light', version: 1 } } })
  assert.equal(stale.notUpdated.appearance.type, 'conflict')
  const { list } = await ok(alice, 'Settings/get', { ids: ['appearance', 'remote-content', 'shortcuts'] })
  assert.deepEqual(
    list.map((item: Answer) => [item.id, item.value, item.version]),
    [
      ['appearance', { theme: 'dark', density: 'compact' }, 2],
      ['remote-content', { senders: { 'news@example.org': true } }, 1],
      ['shortcuts', {}, 0],
    ],
  )
  assert.deepEqual((await ok(bob, 'Settings/get', { ids: null })).list, [])
  const unknown = await alice.request({
    using: standard,
    methodCalls: [['Settings/get', { accountId: alice.accountId, ids: null }, 'c']],
  })
  assert.equal((unknown.body.methodResponses as Answer)[0][1].type, 'unknownMethod')
})

test('templates', async () => {
  const set = await ok(alice, 'Template/set', {
    create: { t: { name: 'Hello', htmlBody: '<p>Hello</p>' }, u: { subject: 'no name' } },
  })
  assert.equal(set.notCreated.u.type, 'invalidProperties')
  const { id } = set.created.t
  await ok(alice, 'Template/set', { update: { [id]: { subject: 'Hi' } } })
  const { list } = await ok(alice, 'Template/get', { ids: null })
  assert.deepEqual([list[0].name, list[0].subject, list[0].attachments], ['Hello', 'Hi', []])
  const changes = await ok(alice, 'Template/changes', { sinceState: set.oldState })
  assert.deepEqual(changes.created, [id])
  assert.deepEqual((await ok(alice, 'Template/set', { destroy: [id] })).destroyed, [id])
})
