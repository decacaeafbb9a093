import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutgoingSummary } from 'paquebot/plugin-api'
import { openPluginUnderTest } from 'paquebot/plugin-test'

const message = (text: string, over: Partial<OutgoingSummary> = {}): OutgoingSummary => ({
  emailId: 'e1',
  identityId: 'own',
  subject: 'Minutes',
  from: ['alice@example.test'],
  recipients: ['bob@example.test'],
  size: 1000,
  texts: [{ type: 'text/plain', text }],
  attachments: [],
  sendAt: 0,
  isRedirect: false,
  ...over,
})

test('a message that speaks of an attachment is asked about once, and goes when it is sent again', async () => {
  const plugin = await openPluginUnderTest(import.meta.url)
  const asked = (event: OutgoingSummary) => plugin.refusal('message.beforeSend', event)
  assert.match((await asked(message('See the attached file.')))!, /“attached”/)
  assert.equal(await asked(message('See the attached file.')), null)
  assert.match((await asked(message('See the attached file!')))!, /attached/, 'another text is another question')
  await plugin.close()
})

test('words count at their beginning, in any language that is set, and not in what is quoted', async () => {
  const plugin = await openPluginUnderTest(import.meta.url)
  const asks = async (event: OutgoingSummary) => (await plugin.refusal('message.beforeSend', event)) !== null
  assert.equal(await asks(message('Anbei der Bericht.')), true)
  assert.equal(await asks(message('Im Anhang: der Bericht')), true)
  assert.equal(await asks(message('Voir pièce jointe')), true)
  assert.equal(await asks(message('We detach the house; Zusammenhang')), false)
  assert.equal(await asks(message('No.\n> see the attached file\n')), false)
  assert.equal(await asks(message('Yes.\n-----Original Message-----\nattached\n')), false)
  assert.equal(await asks(message('hello', { subject: 'File attached' })), true)
  assert.equal(await asks(message('', { texts: [{ type: 'text/html', text: '<p>It is <b>attached</b></p>' }] })), true)
  const quoted = '<p>No</p><blockquote>attached</blockquote>'
  assert.equal(await asks(message('', { texts: [{ type: 'text/html', text: quoted }] })), false)
  await plugin.close()
})

test('with an attachment, for a redirect, and for whoever turned it off, there is no question', async () => {
  const plugin = await openPluginUnderTest(import.meta.url)
  const attachments = [{ name: 'a.pdf', type: 'application/pdf', size: 10 }]
  assert.equal(await plugin.refusal('message.beforeSend', message('attached', { attachments })), null)
  assert.equal(await plugin.refusal('message.beforeSend', message('attached', { isRedirect: true })), null)
  await plugin.close()
  const off = await openPluginUnderTest(import.meta.url, { preferences: { enabled: false } })
  assert.equal(await off.refusal('message.beforeSend', message('attached')), null)
  await off.close()
})

test('what our client has asked about is not asked again, unless it is another message', async () => {
  const plugin = await openPluginUnderTest(import.meta.url)
  const draft = { subject: 'Minutes', recipients: ['c@example.test', 'bob@example.test'] }
  const asked = message('See the attached file.', { recipients: draft.recipients.toReversed() })
  assert.equal(await plugin.call('asks', draft), true)
  assert.equal(await plugin.refusal('message.beforeSend', asked), null)
  assert.match((await plugin.refusal('message.beforeSend', { ...asked, subject: 'Other' }))!, /attached/)
  await plugin.close()
  const off = await openPluginUnderTest(import.meta.url, { preferences: { enabled: false } })
  assert.equal(await off.call('asks', draft), false)
  await off.close()
})
