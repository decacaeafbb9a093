import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutgoingText } from 'paquebot/plugin-api'
import { openPluginUnderTest } from 'paquebot/plugin-test'

const settings = { text: 'Firm & Sons Ltd.\nHarbour 1', own_domains: ['firm.test'] }
const outgoing = (texts: OutgoingText['texts'], recipients = ['bob@example.test']): OutgoingText => ({
  emailId: 'e1',
  subject: 'x',
  from: ['alice@firm.test'],
  recipients,
  texts,
  addHeaders: [],
})
const plain = (text: string) => [{ part: '1', type: 'text/plain', text }]
const html = (text: string) => [{ part: '2', type: 'text/html', text }]

test('the footer stands once below each of the texts', async () => {
  const plugin = await openPluginUnderTest(import.meta.url, { settings })
  const texts = async (given: OutgoingText['texts']) =>
    (await plugin.ask('message.outgoing', outgoing(given))).texts.map(({ text }) => text)
  const footer = '<p style="white-space:pre-line">Firm &#38; Sons Ltd.\nHarbour 1</p>'
  const [asText, asHtml] = await texts([...plain('Hello\n\n'), ...html('<html><body><p>Hello</p></body></html>')])
  assert.equal(asText, 'Hello\n\nFirm & Sons Ltd.\nHarbour 1\n')
  assert.equal(asHtml, `<html><body><p>Hello</p>${footer}</body></html>`)
  assert.deepEqual(await texts([...plain(asText!), ...html(asHtml!)]), [asText, asHtml])
  assert.deepEqual(await texts(html('<p>Hello</p>')), [`<p>Hello</p>${footer}`])
  assert.deepEqual(await texts(html('<p>about &lt;/body&gt; </body> and</p></BODY >')), [
    `<p>about &lt;/body&gt; </body> and</p>${footer}</BODY >`,
  ])
  await plugin.close()
})

test('among ourselves there is none; one from outside is enough for it', async () => {
  const plugin = await openPluginUnderTest(import.meta.url, { settings: { ...settings, html: '<hr>F' } })
  const last = async (recipients: string[]) =>
    (await plugin.ask('message.outgoing', outgoing(html('x'), recipients))).texts[0]!.text
  assert.equal(await last(['a@firm.test', 'b@FIRM.test']), 'x')
  assert.equal(await last(['a@firm.test', 'b@example.test']), 'x<hr>F')
  await plugin.close()
})
