// Every hook of the table through a whole node over Dovecot: that it runs, changes what it may change, and ends what it may end, with a
// text that the person reads. One plugin (probe/) listens to all of them.

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { HookChange, HookEvent, HookName } from '#plugin-api/hooks.ts'
import type { Context } from '#plugin-api/plugin.ts'
import { hookKinds } from '#plugins/hook-kinds.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type ScriptedSmtp, startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { probe } from './probe/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; what they are is what the tests check.
type Answer = any
type Fields = Record<string, unknown>

let dovecot: DovecotServer
let smtp: ScriptedSmtp
let node: WholeNode
let alice: TestClient

before(async () => {
  dovecot = await startDovecot({ quotaMegabytes: 100 })
  smtp = await startScriptedSmtp({
    answer: (verb, line) => (verb === 'RCPT' && line.includes('nobody@') ? '550 5.1.1 no such user' : undefined),
  })
  node = await startWholeNode({
    host: '127.0.0.1',
    imapPort: dovecot.imapPort,
    smtpPort: smtp.port,
    config: {
      submission: { undo: 1 },
      http: { metricsToken: 'figures' },
      plugins: { folders: [import.meta.dirname], enabled: ['probe'] },
    },
  })
  alice = await signIn(node)
})
after(async () => {
  await node?.stop()
  await smtp?.stop()
  await dovecot?.stop()
})
beforeEach(() => {
  for (const name of probe().hooks) delete probe().answers[name]
})

/** What the plugin does from now on, for the rest of the test. */
function on<Name extends HookName>(
  name: Name,
  answer: (
    event: HookEvent<Name>,
    context: Context,
  ) => Partial<HookChange<Name>> | { abort: string } | undefined | Promise<unknown>,
): void {
  probe().answers[name] = answer as never
}
const heard = <Name extends HookName>(name: Name) =>
  probe()
    .heard.filter(({ hook }) => hook === name)
    .map(({ event }) => event as HookEvent<Name>)
const heardOf = <Name extends HookName>(name: Name, is: (event: HookEvent<Name>) => boolean) =>
  eventually(async () => heard(name).find(is), Boolean, `${name} is heard`)

const text = 'Not on a Sunday.'
const no = () => ({ abort: text })

async function call(name: string, args: Fields): Promise<[string, Answer]> {
  const [answered, result] = await alice.call(name, { accountId: alice.accountId, ...args })
  return [answered, result]
}
async function ok(name: string, args: Fields): Promise<Answer> {
  const [answered, result] = await call(name, args)
  assert.equal(answered, name, JSON.stringify(result))
  return result
}
/** The one SetError of a /set. */
function refusal(result: Answer): Fields {
  const all = { ...result.notCreated, ...result.notUpdated, ...result.notDestroyed }
  return Object.values(all)[0] as Fields
}
const isRefused = (result: Answer) =>
  assert.deepEqual([refusal(result)?.type, refusal(result)?.description], ['forbidden', text], JSON.stringify(result))

async function mailbox(role: string): Promise<string> {
  return (await ok('Mailbox/get', { ids: null })).list.find((one: Answer) => one.role === role).id
}
let unique = 0
async function newDraft(over: Fields = {}): Promise<Fields> {
  return {
    mailboxIds: { [await mailbox('drafts')]: true },
    keywords: { $draft: true },
    from: [{ name: 'Alice', email: 'alice@example.test' }],
    to: [{ name: 'Bob', email: 'bob@example.test' }],
    subject: `subject ${++unique}`,
    textBody: [{ partId: 't', type: 'text/plain' }],
    bodyValues: { t: { value: 'Hello Bob' } },
    ...over,
  }
}
async function create(over: Fields = {}): Promise<string> {
  const result = await ok('Email/set', { create: { d: await newDraft(over) } })
  assert.ok(result.created, JSON.stringify(result.notCreated))
  return result.created.d.id
}
const emailOf = async (id: string, properties: readonly string[], more: Fields = {}) =>
  (await ok('Email/get', { ids: [id], properties, ...more })).list[0]
const identity = async () => (await ok('Identity/get', { ids: null })).list[0].id as string

async function send(emailId: string): Promise<Answer> {
  return ok('EmailSubmission/set', { create: { s: { identityId: await identity(), emailId, fileSent: true } } })
}
async function upload(bytes: string, type = 'text/plain'): Promise<Response> {
  return alice.fetch(`/jmap/upload/${alice.accountId}`, {
    method: 'POST',
    body: bytes,
    headers: { 'content-type': type },
  })
}

test('node.started, account.created, session.signedIn: told at the start and at the first sign-in', async () => {
  assert.deepEqual(
    heard('node.started').map(({ url }) => url),
    [node.url],
  )
  await heardOf(
    'account.created',
    ({ accountId, address }) => accountId === alice.accountId && address === 'alice@example.test',
  )
  await heardOf('session.signedIn', ({ remoteAddress }) => remoteAddress === '127.0.0.1')
  await signIn(node)
  assert.equal(heard('account.created').length, 1, 'once for each account')
})

test('session.signIn: the name may be completed, or the door shut with a reason', async () => {
  on('session.signIn', ({ username }) => ({ username: `${username}@example.test` }))
  const bob = await signIn(node, 'bob')
  assert.notEqual(bob.accountId, alice.accountId)
  on('session.signIn', ({ username }) => (username === 'carol@example.test' ? no() : undefined))
  const reply = await fetch(`${node.url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: node.url },
    body: JSON.stringify({ username: 'carol@example.test', password: 'demo', remember: false }),
  })
  assert.equal(reply.status, 403)
  assert.equal(((await reply.json()) as Fields).text, text)
  const basic = `Basic ${Buffer.from('carol@example.test:demo').toString('base64')}`
  assert.equal((await fetch(`${node.url}/jmap/session`, { headers: { authorization: basic } })).status, 403)
})

test('session.signInFailed and session.ended: told with the reason, and when somebody leaves', async () => {
  await assert.rejects(signIn(node, 'bob@example.test', 'wrong'))
  await heardOf(
    'session.signInFailed',
    ({ username, reason }) => username === 'bob@example.test' && reason === 'badCredentials',
  )
  const bob = await signIn(node, 'bob@example.test')
  await bob.fetch('/auth/sign-out', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"everywhere":true}',
  })
  await heardOf('session.ended', ({ everywhere }) => everywhere)
})

test('node.check: a plugin makes a node unready', async () => {
  const ready = async () => (await fetch(`${node.url}/readyz`)).status
  await eventually(ready, (status) => status === 200, 'ready')
  on('node.check', no)
  await eventually(ready, (status) => status === 503, 'unready')
  delete probe().answers['node.check']
  await eventually(ready, (status) => status === 200, 'ready again')
})

test('request.method and request.answer: any method may be refused, any answer shaped', async () => {
  on('request.method', ({ method }) => (method === 'Core/echo' ? no() : undefined))
  assert.deepEqual(await call('Core/echo', { a: 1 }), ['error', { type: 'forbidden', description: text }])
  delete probe().answers['request.method']
  on('request.answer', ({ method, answer }) => (method === 'Core/echo' ? { answer: { ...answer, b: 2 } } : undefined))
  const [, echoed] = await alice.call('Core/echo', { a: 1 })
  assert.deepEqual(echoed, { a: 1, b: 2 })
})

test('mailServer.route: an address may be led to another server', async () => {
  on('mailServer.route', ({ address, imap }) =>
    address === 'carol@example.test' ? { imap: { ...imap, port: 1 } } : {},
  )
  await assert.rejects(signIn(node, 'carol@example.test'), /503/)
  delete probe().answers['mailServer.route']
  await signIn(node, 'carol@example.test')
})

test('mailbox.list, mailbox.create, mailbox.update, mailbox.destroy', async () => {
  on('mailbox.create', ({ name }) => (name === 'Secret' ? no() : { name: `${name} 1` }))
  isRefused(await ok('Mailbox/set', { create: { m: { name: 'Secret' } } }))
  const { created } = await ok('Mailbox/set', { create: { m: { name: 'Plan' } } })
  assert.equal(created.m.name, 'Plan 1')
  const id = created.m.id
  on('mailbox.list', () => ({ looks: { [id]: { name: 'As shown', isSubscribed: false } } }))
  const [shown] = (await ok('Mailbox/get', { ids: [id] })).list
  assert.deepEqual([shown.name, shown.isSubscribed], ['As shown', false])
  delete probe().answers['mailbox.list']
  on('mailbox.update', ({ name }) => (name === 'Secret' ? no() : { name: `${name} 2` }))
  isRefused(await ok('Mailbox/set', { update: { [id]: { name: 'Secret' } } }))
  assert.ok((await ok('Mailbox/set', { update: { [id]: { name: 'Plan' } } })).updated)
  assert.equal((await ok('Mailbox/get', { ids: [id] })).list[0].name, 'Plan 2')
  on('mailbox.destroy', no)
  isRefused(await ok('Mailbox/set', { destroy: [id] }))
  delete probe().answers['mailbox.destroy']
  assert.deepEqual((await ok('Mailbox/set', { destroy: [id] })).destroyed, [id])
})

test('quota.read: what is told of the room may differ from what the server says', async () => {
  on('quota.read', ({ quotas }) => ({ quotas: quotas.map((quota) => ({ ...quota, limit: 12_345_678 })) }))
  const { list } = await ok('Quota/get', { ids: null })
  assert.ok(list.length > 0)
  assert.equal(list[0].hardLimit, 12_345_678)
})

test('email.create and email.created: a draft may be put elsewhere, or not be taken', async () => {
  const trash = await mailbox('trash')
  on('email.create', () => ({ mailboxIds: [trash], keywords: ['probe'] }))
  const id = await create()
  const email = await emailOf(id, ['mailboxIds', 'keywords'])
  assert.deepEqual([email.mailboxIds, email.keywords], [{ [trash]: true }, { probe: true }])
  await heardOf('email.created', (event) => event.id === id && event.source === 'draft' && event.size > 100)
  on('email.create', no)
  isRefused(await ok('Email/set', { create: { d: await newDraft() } }))
  const { blobId } = (await (await upload('Subject: imported\r\n\r\nx\r\n')).json()) as { blobId: string }
  isRefused(await ok('Email/import', { emails: { i: { blobId, mailboxIds: { [trash]: true } } } }))
  delete probe().answers['email.create']
  const { created } = await ok('Email/import', { emails: { i: { blobId, mailboxIds: { [trash]: true } } } })
  await heardOf('email.created', (event) => event.id === created.i.id && event.source === 'import')
})

test('email.query: what is searched may be narrowed, and may be refused', async () => {
  const id = await create({ subject: 'wanted' })
  await create({ subject: 'unwanted' })
  on('email.query', ({ filter }) => ({
    filter: {
      operator: 'AND',
      conditions: [
        ...(filter ? [filter] : []),
        { subject: 'wanted' },
        { operator: 'NOT', conditions: [{ subject: 'unwanted' }] },
      ],
    },
  }))
  const { ids } = await ok('Email/query', { filter: null })
  assert.deepEqual(ids, [id])
  on('email.query', no)
  assert.deepEqual(await call('Email/query', { filter: null }), ['error', { type: 'forbidden', description: text }])
})

test('email.list and email.read: what is told of messages may be shaped, never which there are', async () => {
  const id = await create()
  on('email.list', ({ emails }) => ({
    emails: [...emails.map((email) => ({ ...email, subject: 'listed', id: 'other' })), { id: 'made-up' }],
  }))
  assert.notEqual((await emailOf(id, ['subject'])).subject, 'listed', 'an id that was not asked for changes nothing')
  on('email.list', ({ emails }) => ({ emails: emails.map((email) => ({ ...email, subject: 'listed' })) }))
  assert.equal((await emailOf(id, ['subject'])).subject, 'listed')
  on('email.read', ({ emails }) => ({
    emails: emails.map((email) => ({
      ...email,
      bodyValues: { 1: { value: 'read', isEncodingProblem: false, isTruncated: false } },
    })),
  }))
  const read = await emailOf(id, ['bodyValues', 'subject'], { fetchTextBodyValues: true })
  assert.deepEqual([read.bodyValues['1'].value, read.subject === 'listed'], ['read', false])
})

test('email.change and email.changed: a move may be led elsewhere, left out, or refused', async () => {
  const [first, second] = [await create(), await create()]
  const [drafts, archive, trash] = [await mailbox('drafts'), await mailbox('archive'), await mailbox('trash')]
  on('email.change', ({ changes }) => ({
    changes: changes.filter(({ id }) => id === first).map((change) => ({ ...change, addMailboxes: [trash] })),
  }))
  const move = { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${archive}`]: true }
  const result = await ok('Email/set', { update: { [first]: move, [second]: move } })
  assert.deepEqual(Object.keys(result.updated).sort(), [first, second].sort())
  assert.deepEqual((await emailOf(first, ['mailboxIds'])).mailboxIds, { [trash]: true })
  assert.deepEqual((await emailOf(second, ['mailboxIds'])).mailboxIds, { [drafts]: true }, 'left out')
  const told = await heardOf('email.changed', ({ changes }) => changes.some(({ id }) => id === first))
  assert.deepEqual(
    told!.changes.map(({ id }) => id),
    [first],
  )
  on('email.change', no)
  const [answered, error] = await call('Email/set', { update: { [first]: { 'keywords/$flagged': true } } })
  if (answered === 'error') assert.deepEqual(error, { type: 'forbidden', description: text })
  else isRefused(error)
})

test('email.destroy and email.destroyed', async () => {
  const id = await create()
  on('email.destroy', no)
  const [answered, error] = await call('Email/set', { destroy: [id] })
  if (answered === 'error') assert.deepEqual(error, { type: 'forbidden', description: text })
  else isRefused(error)
  delete probe().answers['email.destroy']
  await ok('Email/set', { destroy: [id] })
  await heardOf('email.destroyed', ({ ids }) => ids.includes(id))
})

test('message.beforeSend: refused, the author reads why, and nothing is in the outbox', async () => {
  on('message.beforeSend', ({ subject, recipients, attachments, texts }) =>
    attachments.length === 0 &&
    texts[0]?.text.startsWith('Hello') &&
    recipients[0] === 'bob@example.test' &&
    subject !== ''
      ? no()
      : undefined,
  )
  isRefused(await send(await create()))
  assert.equal(smtp.messages.length, 0)
})

test('message.outgoing and message.sent: what is added is sent, and stands in Sent, once', async () => {
  on('message.outgoing', ({ texts, addHeaders }) => ({
    texts: texts.map((part) => ({ ...part, text: `${part.text}\nÜber uns: GmbH\n` })),
    addHeaders: [...addHeaders, ['X-Probe', 'yes'] as const],
  }))
  const emailId = await create()
  const subject = (await emailOf(emailId, ['subject'])).subject
  assert.ok((await send(emailId)).created)
  await heardOf('message.sent', (event) => event.emailId === emailId && event.recipients.includes('bob@example.test'))
  const message = smtp.messages.at(-1)!
  assert.match(message, /^X-Probe: yes\r\n/)
  assert.match(message, /Hello Bob\r\n=C3=9Cber uns: GmbH/)
  const sent = await mailbox('sent')
  const ids = await eventually(
    async () => (await ok('Email/query', { filter: { inMailbox: sent, subject } })).ids as string[],
    (found) => found.length > 0,
    'the copy in Sent',
  )
  assert.equal(ids.length, 1)
  const filed = await emailOf(ids[0]!, ['bodyValues', 'keywords'], { fetchTextBodyValues: true })
  assert.equal(Object.values<Answer>(filed.bodyValues)[0].value, 'Hello Bob\nÜber uns: GmbH\n')
  assert.deepEqual(filed.keywords, { $seen: true })
  await eventually(
    async () => emailOf(emailId, ['id']),
    (draft) => draft === undefined,
    'the draft is gone',
  )
  on('message.outgoing', no)
  isRefused(await send(await create()))
})

test('message.sendFailed: told with the words of the server', async () => {
  const emailId = await create({ to: [{ name: null, email: 'nobody@example.test' }] })
  assert.ok((await send(emailId)).created)
  const failed = await heardOf('message.sendFailed', (event) => event.emailId === emailId)
  assert.match(failed!.reply, /no such user/)
})

test('upload.begin and upload.check: bytes may be refused before and after they came', async () => {
  on('upload.begin', ({ type }) =>
    type === 'application/x-msdownload' ? no() : { type: 'text/checked', maxBytes: 10 },
  )
  assert.equal((await upload('x', 'application/x-msdownload')).status, 403)
  assert.equal(((await (await upload('short')).json()) as Fields).type, 'text/checked')
  assert.equal((await upload('far too long for it')).status, 413)
  delete probe().answers['upload.begin']
  on('upload.check', async ({ open }) =>
    Buffer.concat(await Array.fromAsync(await open())).includes('EICAR') ? no() : undefined,
  )
  assert.equal((await upload('all is well')).status, 201)
  const refused = await upload('EICAR here')
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /Not on a Sunday/)
  const { createHash } = await import('node:crypto')
  const guessed = `b${createHash('sha256').update('EICAR here').digest('hex')}`
  assert.equal(
    (await alice.fetch(`/jmap/download/${alice.accountId}/${guessed}/x`)).status,
    404,
    'its id is known, and opens nothing',
  )
})

test('blob.download and image.load: what goes out may be refused', async () => {
  const { blobId } = (await (await upload('a file')).json()) as { blobId: string }
  const download = () => alice.fetch(`/jmap/download/${alice.accountId}/${blobId}/file.txt`)
  assert.equal(await (await download()).text(), 'a file')
  on('blob.download', (event) => (event.blobId === blobId ? no() : undefined))
  assert.equal((await download()).status, 403)
  on('image.load', no)
  const url = 'https://192.0.2.1/pixel.png'
  const reply = await alice.fetch('/proxy/sign', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ urls: [url] }),
  })
  const [path] = ((await reply.json()) as { images: string[] }).images
  assert.equal((await alice.fetch(path!)).status, 403)
  assert.deepEqual(heard('image.load').at(-1), { url })
})

test('settings.save and settings.saved: a value may be corrected or refused', async () => {
  const { list } = await ok('Settings/get', { ids: ['probe-key'] })
  assert.equal(list[0].version, 0)
  on('settings.save', ({ value }) => ('bad' in value ? no() : { value: { ...value, checked: true } }))
  assert.ok((await ok('Settings/set', { update: { 'probe-key': { 'value/a': 1 } } })).updated)
  assert.deepEqual((await ok('Settings/get', { ids: ['probe-key'] })).list[0].value, { a: 1, checked: true })
  isRefused(await ok('Settings/set', { update: { 'probe-key': { 'value/bad': 1 } } }))
  await heardOf('settings.saved', ({ key, value }) => key === 'probe-key' && value.checked === true)
  const stale = await ok('Settings/set', { update: { 'probe-key': { version: 0, 'value/b': 1 } } })
  assert.equal(refusal(stale).type, 'conflict')
})

test('identity.save, identity.destroy, template.save, template.destroy', async () => {
  const own = await identity()
  on('identity.save', ({ name }) => (name === 'Boss' ? no() : { textSignature: `-- \n${name}, GmbH` }))
  isRefused(await ok('Identity/set', { update: { [own]: { name: 'Boss' } } }))
  await ok('Identity/set', { update: { [own]: { name: 'Alice' } } })
  assert.equal((await ok('Identity/get', { ids: [own] })).list[0].textSignature, '-- \nAlice, GmbH')
  const { created } = await ok('Identity/set', { create: { i: { name: 'Second', email: 'alice@example.test' } } })
  on('identity.destroy', no)
  isRefused(await ok('Identity/set', { destroy: [created.i.id] }))

  on('template.save', ({ name }) => (name === 'Bad' ? no() : { name: `${name}!` }))
  const template = { name: 'Thanks', subject: '', textBody: 'x', htmlBody: '', attachments: [] }
  const made = await ok('Template/set', { create: { t: template } })
  assert.ok(made.created, JSON.stringify(made.notCreated))
  const id = made.created.t.id
  await ok('Template/set', { update: { [id]: { name: 'Many thanks' } } })
  assert.equal((await ok('Template/get', { ids: [id] })).list[0].name, 'Many thanks!')
  isRefused(await ok('Template/set', { create: { t: { ...template, name: 'Bad' } } }))
  on('template.destroy', no)
  isRefused(await ok('Template/set', { destroy: [id] }))
})

test('a plugin that fails in the midst of it all is counted, and nobody notices', async () => {
  on('email.list', () => {
    throw new Error('of the plugin')
  })
  const id = await create()
  assert.match((await emailOf(id, ['subject'])).subject, /^subject/)
  const figures = await (await fetch(`${node.url}/metrics`, { headers: { authorization: 'Bearer figures' } })).text()
  assert.match(figures, /paquebot_plugin_calls_total\{plugin="probe",hook="email\.list",outcome="failed"\} 1/)
  assert.match(figures, /paquebot_plugin_on\{plugin="probe"\} 1/)
})

test('every hook of the table has run', () => {
  const ran = new Set(probe().heard.map(({ hook }) => hook))
  assert.deepEqual(
    Object.keys(hookKinds).filter((name) => !ran.has(name as HookName)),
    [],
  )
})
