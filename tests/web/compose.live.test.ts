// Writing in the real client over a real node, Dovecot and SMTP: what is sent, what is kept when a tab dies or two tabs write,
// what is asked before a send; by keyboard.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { base64, multipart, single } from '../hostile/corpus/build-message.ts'
import { type Oracle, openOracle } from '../hostile/oracle.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'

let mail: RealWebmail
let oracle: Oracle
let client: TestClient
let context: BrowserContext
let page: Page

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

before(async () => {
  mail = await startRealWebmail()
  await mail.append([
    single('lunch', 'text/plain; charset=utf-8', 'Shall we have lunch?\n\nBob', {
      subject: 'Lunch',
      from: 'Bob Builder <bob@example.test>',
      headers: ['Cc: Carol <carol@example.test>', 'Reply-To: Bob at lunch <bob+lunch@example.test>'],
    }),
    multipart(
      'plans',
      'mixed',
      [
        {
          headers: ['Content-Type: text/html; charset=utf-8'],
          body: '<table bgcolor="#eef"><tr><td style="color:red">The plans</td></tr></table><script>hostileMarker()</script>',
        },
        {
          headers: [
            'Content-Type: image/png; name=pier.png',
            'Content-Disposition: attachment; filename=pier.png',
            'Content-Transfer-Encoding: base64',
          ],
          body: png,
        },
      ],
      { subject: 'Plans', from: 'Carol <carol@example.test>' },
    ),
  ])
  ;[oracle, client] = await Promise.all([openOracle(), signIn(mail)])
  const watched = await oracle.watch(mail.url, { viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
  ;({ context, page } = watched)
  await mail.signIn(page)
})
after(async () => {
  await oracle?.close()
  await mail?.stop()
})

async function openMessage(subject: string): Promise<void> {
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('row').filter({ hasText: subject }).first().click()
  await page.locator('article header').first().waitFor()
}

const composer = (on: Page = page) => on.locator('section[role=dialog]')
const editor = (on: Page = page) => on.locator('.ProseMirror')

async function emails(
  role: string,
  properties = ['subject', 'to', 'cc', 'keywords', 'messageId', 'inReplyTo', 'references'],
) {
  const { accountId } = client
  const [, { list: boxes }] = await client.call('Mailbox/get', { accountId })
  const box = (boxes as { id: string; role: string }[]).find((one) => one.role === role)
  if (!box) return []
  const [, { ids }] = await client.call('Email/query', { accountId, filter: { inMailbox: box.id } })
  const [, { list }] = await client.call('Email/get', { accountId, ids, properties: ['id', ...properties] })
  return list as {
    id: string
    subject: string
    to: { email: string }[]
    keywords: Record<string, boolean>
    inReplyTo: string[]
  }[]
}

test('a reply is written and sent by keyboard alone, threaded, and its parent is marked', async () => {
  await openMessage('Lunch')
  await page.keyboard.press('a')
  // At once, as people do: nothing of it is lost, and no letter of it archives («e») or deletes («#») anything meanwhile.
  await page.keyboard.type('Yes, see you #1 at noom')
  await page.keyboard.press('Backspace')
  await page.keyboard.type('n.')
  await editor().getByText('Yes, see you #1 at noon.').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  assert.equal(mail.sent.length, 0, 'there is time to undo')
  const [sent] = await eventually(
    async () => mail.sent,
    (list) => list.length > 0,
    'it is sent after the undo time',
  )
  assert.deepEqual([...sent!.to].sort(), ['bob+lunch@example.test', 'carol@example.test'])
  assert.match(sent!.text, /^In-Reply-To: <lunch@hostile.example>\r$/m)
  assert.match(sent!.text, /^References: <lunch@hostile.example>\r$/m)
  assert.match(sent!.text, /^Subject: Re: Lunch\r$/m)
  assert.match(sent!.text, /Yes, see you #1 at noon\.[\s\S]*> Shall we have lunch\?/)
  assert.match(sent!.text, /multipart\/alternative/)
  const inSent = await eventually(
    () => emails('sent'),
    (list) => list.length > 0,
    'a copy is in Sent',
  )
  assert.equal(inSent.length, 1)
  await eventually(
    () => emails('drafts'),
    (list) => list.length === 0,
    'the draft is gone',
  )
  await eventually(
    () => emails('inbox'),
    (list) => list.some(({ subject, keywords }) => subject === 'Lunch' && keywords.$answered === true),
    'its parent is marked',
  )
})

test('undo takes a send back into the composer with all that was in it', async () => {
  await openMessage('Lunch')
  await page.keyboard.press('r')
  await editor().waitFor()
  await page.keyboard.type('Not like that.')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Undo' }).click()
  await editor().getByText('Not like that.').waitFor()
  assert.equal(mail.sent.length, 1)
  await composer().getByRole('button', { name: 'Discard the draft' }).click()
  await eventually(
    () => emails('drafts'),
    (list) => list.length === 0,
    'the draft is gone',
  )
})

test('forwarding takes the files along, and of the hostile text only what is harmless', async () => {
  const before = mail.sent.length
  await openMessage('Plans')
  await page.keyboard.press('f')
  await composer().getByText('pier.png').waitFor()
  await composer().getByLabel('To', { exact: true }).fill('dan@example.test')
  await page.keyboard.press('Enter')
  await editor().click()
  await page.keyboard.type('For you')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  const sent = await eventually(
    async () => mail.sent,
    (list) => list.length > before,
    'it is sent',
  )
  const { text } = sent.at(-1)!
  assert.match(text, /filename="?pier\.png/)
  assert.match(text.replaceAll('\r\n', ''), new RegExp(png.slice(0, 40).replace(/[+/]/g, '\\$&')))
  assert.match(text, /Fwd: Plans/)
  assert.match(text.replace(/=\r\n/g, ''), /bgcolor=(3D)?"#eef"/)
  assert.doesNotMatch(text, /hostileMarker|<script/)
  await eventually(
    () => emails('inbox'),
    (list) => list.some(({ subject, keywords }) => subject === 'Plans' && keywords.$forwarded === true),
    'the parent is marked forwarded',
  )
})

test('a promised file that is missing, and a missing recipient, are noticed', async () => {
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('row').first().waitFor()
  await page.keyboard.press('c')
  await editor().click()
  await page.keyboard.type('Please see the attached file.')
  await page.keyboard.press('Control+Enter')
  await composer().getByRole('alert').getByText('To whom').waitFor()
  await composer().getByLabel('To', { exact: true }).fill('bo')
  await page.getByRole('option', { name: /Bob Builder/ }).waitFor()
  await page.keyboard.press('Enter')
  await composer().getByLabel('Subject').fill('File')
  await page.keyboard.press('Control+Enter')
  const alert = page.getByRole('alertdialog')
  await alert.waitFor()
  await alert.getByRole('button', { name: 'Back to the message' }).click()
  await page.setInputFiles('section[role=dialog] input[type=file]', {
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('notes of mine'),
  })
  await composer().getByText('notes.txt').waitFor()
  const before = mail.sent.length
  await composer().getByRole('button', { name: 'Send', exact: true }).click()
  const sent = await eventually(
    async () => mail.sent,
    (list) => list.length > before,
    'it is sent',
  )
  assert.match(sent.at(-1)!.text, /filename="?notes\.txt/)
  assert.match(sent.at(-1)!.text, new RegExp(base64('notes of mine').trim().slice(0, 12)))
})

test('a domain that looks mistyped is told, and set right by one press', async () => {
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('grid').focus()
  await page.keyboard.press('c')
  await editor().waitFor()
  const to = composer().getByRole('combobox', { name: 'To' })
  await to.fill('ada@gmial.com')
  await to.press('Enter')
  await to.fill('bob@unheard-of.example')
  await to.press('Enter')
  const meant = composer().getByRole('button', { name: 'Did you mean ada@gmail.com?' })
  await meant.focus()
  await page.keyboard.press('Enter')
  await meant.waitFor({ state: 'detached' })
  await composer().getByText('ada@gmail.com').waitFor()
  assert.equal(
    await composer()
      .getByText(/Did you mean/)
      .count(),
    0,
  )
  await composer().getByRole('button', { name: 'Discard' }).click()
  await composer().waitFor({ state: 'detached' })
})

test('a draft is on the server without being asked for, and one copy of it', async () => {
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('row').first().waitFor()
  await page.keyboard.press('c')
  await composer().getByLabel('Subject').fill('Kept')
  await eventually(
    () => emails('drafts'),
    (list) => list.length === 1,
    'it is saved',
  )
  await editor().click()
  await page.keyboard.type('more and more')
  await composer().getByText('Saved').waitFor()
  await page.waitForTimeout(2_500)
  const drafts = await emails('drafts')
  assert.deepEqual(
    drafts.map(({ subject }) => subject),
    ['Kept'],
  )
  assert.equal(drafts[0]!.keywords.$draft, true)
  await composer().getByRole('button', { name: 'Save and close' }).click()
  await composer().waitFor({ state: 'detached' })
})

test('two tabs that write one draft: the later is told, and nothing is overwritten', async () => {
  const [draft] = await emails('drafts')
  const open = async (on: Page) => {
    await on.goto(`${mail.url}/mail/drafts`)
    await on.getByRole('row').filter({ hasText: 'Kept' }).first().click()
    await editor(on).getByText('more and more').waitFor()
  }
  const other = await context.newPage()
  await open(page)
  await open(other)
  await other.getByText('open in another tab').waitFor()
  await editor().click()
  await page.keyboard.type('FIRST ')
  await eventually(
    () => emails('drafts'),
    (list) => list.length === 1 && list[0]!.id !== draft!.id,
    'the first tab saves',
  )
  await editor(other).click()
  await other.keyboard.type('SECOND ')
  await composer(other).getByRole('alert').getByText('changed, sent or deleted elsewhere').waitFor()
  const read = async () => (await emails('drafts', ['subject', 'preview'])) as unknown as { preview: string }[]
  assert.deepEqual(
    (await read()).map(({ preview }) => /FIRST/.test(preview)),
    [true],
  )
  await composer(other).getByRole('button', { name: 'Keep both' }).click()
  const both = await eventually(read, (list) => list.length === 2, 'both are kept')
  assert.deepEqual(both.map(({ preview }) => (/FIRST/.test(preview) ? 1 : 2)).sort(), [1, 2])
  await other.close()
})

test('what is typed while the server is away outlives the tab', async () => {
  const tab = await context.newPage()
  await tab.goto(`${mail.url}/mail/inbox`)
  await tab.getByRole('row').first().waitFor()
  await tab.keyboard.press('c')
  await editor(tab).waitFor()
  await context.setOffline(true)
  await composer(tab).getByLabel('Subject').fill('Lost and found')
  await editor(tab).click()
  await tab.keyboard.type('written in a tunnel')
  await tab.waitForTimeout(600)
  await tab.close()
  await context.setOffline(false)
  const next = await context.newPage()
  await next.goto(`${mail.url}/mail/inbox`)
  await editor(next).getByText('written in a tunnel').waitFor()
  await eventually(
    () => emails('drafts'),
    (list) => list.some(({ subject }) => subject === 'Lost and found'),
    'and reaches the server',
  )
  await next.close()
})
