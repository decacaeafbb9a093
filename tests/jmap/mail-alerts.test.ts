// [ALERT] of the IMAP server (RFC 9051 §7.1) through a whole node: kept for whoever is signed in, told to whoever is refused. And an
// IMAP server that is down, which takes the session object with it no more than a reload of the page.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually } from '#testing/eventually.ts'
import { signIn } from '#testing/node.ts'
import { startScriptedImap } from '#testing/scripted-imap.ts'
import { startWholeNode } from '#testing/whole-node.ts'

const alert = 'Your password expires on Friday'
const imap = await startScriptedImap({
  script: ({ text }) => {
    if (!text.startsWith('LOGIN')) return undefined
    return text.endsWith('"demo"')
      ? `$T OK [ALERT] ${alert}\r\n`
      : '$T NO [ALERT] Use an \u001bapplication password\r\n'
  },
})
const node = await startWholeNode({ host: imap.host, imapPort: imap.port, smtpPort: 1 })
after(async () => {
  await node.stop()
  await imap.stop().catch(() => {})
})

test('an alert at sign-in is there for the client to show, and gone when it was put away', async () => {
  const client = await signIn(node)
  const { accountId } = client
  const list = await eventually(
    async () => {
      const [, reply] = await client.call('MailAlert/get', { accountId, ids: null })
      return reply.list as { id: string; text: string; server: string }[]
    },
    (found) => found.length === 1,
    'the alert',
  )
  assert.deepEqual([list[0]!.text, list[0]!.server], [alert, '127.0.0.1'])
  const { id } = list[0]!
  const [, refused] = await client.call('MailAlert/set', {
    accountId,
    create: { a: { text: 'x' } },
    update: { [id]: { text: 'x' } },
  })
  const types = (fates: unknown) => Object.values(fates as Record<string, { type: string }>).map(({ type }) => type)
  assert.deepEqual([types(refused.notCreated), types(refused.notUpdated)], [['forbidden'], ['forbidden']])
  const [, done] = await client.call('MailAlert/set', { accountId, destroy: [id] })
  assert.deepEqual(done.destroyed, [id])
  assert.deepEqual((await client.call('MailAlert/get', { accountId, ids: null }))[1].list, [])
  await signIn(node)
  assert.deepEqual((await client.call('MailAlert/get', { accountId, ids: null }))[1].list, [])
})

test('what the server says to a refused sign-in reaches whoever tried', async () => {
  const reply = await fetch(`${node.url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: node.url },
    body: JSON.stringify({ username: 'alice@example.test', password: 'wrong' }),
  })
  const { type, alert: told } = (await reply.json()) as { type: string; alert: string }
  assert.deepEqual([reply.status, type, told], [401, 'badCredentials', 'Use an application password'])
})

test('with the mail server down the session object is still given', async () => {
  const client = await signIn(node)
  await node.mail.mailStore.forget(client.accountId)
  await imap.stop()
  const reply = await client.fetch('/jmap/session')
  assert.equal(reply.status, 200)
  const session = (await reply.json()) as { accounts: Record<string, { accountCapabilities: object }> }
  const names = Object.keys(session.accounts[client.accountId]!.accountCapabilities)
  assert.ok(names.includes('urn:ietf:params:jmap:mail'), names.join())
})

test('the limits of [mail] are those that the session object announces', async (t) => {
  const other = await startScriptedImap()
  const small = await startWholeNode({
    host: other.host,
    imapPort: other.port,
    smtpPort: 1,
    config: { mail: { maxSizeAttachments: 12_345, maxMailboxes: 7 } },
  })
  t.after(async () => {
    await small.stop()
    await other.stop()
  })
  const client = await signIn(small)
  const session = (await (await client.fetch('/jmap/session')).json()) as {
    accounts: Record<string, { accountCapabilities: Record<string, Record<string, unknown>> }>
  }
  const limits = session.accounts[client.accountId]!.accountCapabilities['urn:ietf:params:jmap:mail']!
  assert.deepEqual([limits.maxSizeAttachmentsPerEmail, limits.maxMailboxesPerEmail], [12_345, 7])
})
