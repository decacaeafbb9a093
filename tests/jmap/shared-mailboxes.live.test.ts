// A mailbox that bob shares with alice, over Dovecot with its ACL plugin (RFC 4314): what she may is shown by Mailbox/get, what she may not is
// `forbidden`, and what she may works, so that bob sees it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'

const alice = 'alice@example.test'
const bob = 'bob@example.test'

interface Box {
  readonly id: string
  readonly name: string
  readonly myRights: Readonly<Record<string, boolean>>
}

let dovecot: DovecotServer
let node: WholeNode
let client: TestClient
let accountId: string
let inboxId: string

before(async () => {
  dovecot = await startDovecot({
    users: { [alice]: 'demo', [bob]: 'demo' },
    extraConfig: `
namespace shared {
  type = shared
  separator = /
  prefix = shared/%%u/
  location = sdbox:%%h/sdbox
  list = children
  subscriptions = no
}
plugin {
  acl_shared_dict = file:%h/../shared-mailboxes
}
`,
  })
  await dovecot.doveadm('mailbox', 'create', '-u', bob, 'Plans', 'Private')
  await share('lookup', 'read')
  node = await startWholeNode({ host: dovecot.host, imapPort: dovecot.imapPort, smtpPort: 1 })
  const owner = await signIn(node, bob, 'demo')
  const plans = (await boxesOf(owner)).find(({ name }) => name === 'Plans')
  await letter(owner, plans!.id, 'The new pier')
  client = await signIn(node, alice, 'demo')
  accountId = client.accountId
  inboxId = (await boxesOf(client)).find(({ name }) => name.toLowerCase() === 'inbox')!.id
})
after(async () => {
  await node?.stop()
  await dovecot?.stop()
})

const share = (...rights: string[]) => dovecot.doveadm('acl', 'set', '-u', bob, 'Plans', `user=${alice}`, ...rights)

async function boxesOf(one: TestClient): Promise<readonly Box[]> {
  const [, { list }] = await one.call('Mailbox/get', { accountId: one.accountId, ids: null })
  return list as Box[]
}

const plansOf = (maySetKeywords: boolean): Promise<Box> =>
  eventually(
    async () => (await boxesOf(client)).find(({ name }) => name.endsWith('Plans')),
    (box) => box?.myRights.maySetKeywords === maySetKeywords,
    'what alice may in Plans',
    30_000,
  ) as Promise<Box>

async function letter(one: TestClient, mailboxId: string, subject: string) {
  const [, reply] = await one.call('Email/set', {
    accountId: one.accountId,
    create: {
      new: {
        mailboxIds: { [mailboxId]: true },
        subject,
        bodyValues: { text: { value: subject } },
        textBody: [{ partId: 'text', type: 'text/plain' }],
      },
    },
  })
  return reply as {
    created: Record<string, { id: string }> | null
    notCreated: Record<string, { type: string }> | null
  }
}

async function emailsIn(one: TestClient, mailboxId: string) {
  const [, { ids }] = await one.call('Email/query', { accountId: one.accountId, filter: { inMailbox: mailboxId } })
  const [, { list }] = await one.call('Email/get', {
    accountId: one.accountId,
    ids,
    properties: ['subject', 'keywords', 'mailboxIds'],
  })
  return list as { id: string; subject: string; keywords: Record<string, boolean>; mailboxIds: object }[]
}

async function update(id: string, patch: object): Promise<string> {
  const [, reply] = await client.call('Email/set', { accountId, update: { [id]: patch } })
  const { notUpdated } = reply as { notUpdated: Record<string, { type: string }> | null }
  return notUpdated?.[id]?.type ?? 'updated'
}

test('a mailbox shared for reading can be read, and says that nothing more may be done', async () => {
  const plans = await plansOf(false)
  assert.deepEqual(plans.myRights, {
    mayReadItems: true,
    mayAddItems: false,
    mayRemoveItems: false,
    maySetSeen: false,
    maySetKeywords: false,
    mayCreateChild: false,
    mayRename: false,
    mayDelete: false,
    maySubmit: false,
  })
  assert.equal(plans.name, `shared/${bob}/Plans`)
  const names = (await boxesOf(client)).map(({ name }) => name)
  assert.ok(!names.some((name) => name.endsWith('Private')), 'what is not shared is not there')
  const [email] = await emailsIn(client, plans.id)
  assert.equal(email?.subject, 'The new pier')
})

test('what the rights do not allow is forbidden, and changes nothing', async () => {
  const plans = await plansOf(false)
  const [email] = await emailsIn(client, plans.id)
  const { id } = email!
  assert.equal(await update(id, { 'keywords/$flagged': true }), 'forbidden')
  assert.equal(await update(id, { 'keywords/$seen': true }), 'forbidden')
  assert.equal(await update(id, { mailboxIds: { [inboxId]: true } }), 'forbidden')
  const [, destroyed] = await client.call('Email/set', { accountId, destroy: [id] })
  assert.equal((destroyed.notDestroyed as Record<string, { type: string }>)[id]?.type, 'forbidden')
  assert.equal((await letter(client, plans.id, 'Not wanted')).notCreated?.new?.type, 'forbidden')
  const { created } = await letter(client, inboxId, 'Hers')
  assert.equal(await update(created!.new!.id, { mailboxIds: { [plans.id]: true } }), 'forbidden')
  for (const [name, args] of [
    ['notUpdated', { update: { [plans.id]: { name: 'Mine' } } }],
    ['notDestroyed', { destroy: [plans.id], onDestroyRemoveEmails: true }],
    ['notCreated', { create: { [plans.id]: { name: 'Below', parentId: plans.id } } }],
  ] as const) {
    const [, reply] = await client.call('Mailbox/set', { accountId, ...args })
    assert.equal((reply[name] as Record<string, { type: string }>)[plans.id]?.type, 'forbidden', name)
  }
  const [after] = await emailsIn(client, plans.id)
  assert.deepEqual([after?.keywords, Object.keys(after?.mailboxIds ?? {})], [email!.keywords, [plans.id]])
})

test('with more rights the same changes are done, and the owner sees them', async () => {
  await share('lookup', 'read', 'write', 'write-seen', 'write-deleted', 'insert', 'expunge')
  // Dovecot tells a connection the rights that stood when it opened the mailbox first.
  await node.mail.mailStore.forget(accountId)
  const plans = await plansOf(true)
  const { mayAddItems, mayRemoveItems, maySetSeen, mayRename, mayDelete } = plans.myRights
  assert.deepEqual([mayAddItems, mayRemoveItems, maySetSeen, mayRename, mayDelete], [true, true, true, false, false])
  const pier = (await emailsIn(client, plans.id)).find(({ subject }) => subject === 'The new pier')!
  assert.equal(await update(pier.id, { 'keywords/$flagged': true }), 'updated')
  const { created } = await letter(client, plans.id, 'A lighthouse')
  assert.ok(created?.new)
  const owner = await signIn(node, bob, 'demo')
  const his = (await boxesOf(owner)).find(({ name }) => name === 'Plans')!
  const seen = await eventually(
    () => emailsIn(owner, his.id),
    (list) => list.length === 2 && list.some(({ keywords }) => keywords.$flagged === true),
    'what bob sees',
  )
  assert.deepEqual(seen.map(({ subject }) => subject).sort(), ['A lighthouse', 'The new pier'])
  assert.equal(await update(pier.id, { mailboxIds: { [inboxId]: true } }), 'updated')
  await eventually(
    () => emailsIn(owner, his.id),
    (list) => list.length === 1,
    'the one that alice took out is gone',
  )
})
