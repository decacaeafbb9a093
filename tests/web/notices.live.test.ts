// Courtesies of the client, over a real node: notices of the mail server, lists that can be left, drafts taken up again, labels in any
// script on every device, pictures that are not there, a quiet console.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { signIn as signInClient, type TestClient } from '#testing/node.ts'
import { startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { person } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, type Screen, screens, signIn } from './screens.ts'

let node: WholeNode
let browser: Browser
/** One page for all that need no other: signed in once, its code read once. */
let shared: Screen
let accountId: string
let client: TestClient
const stops: (() => Promise<void>)[] = []

const listFields = [
  'DKIM-Signature: v=1; d=news.example; s=a; h=from:list-unsubscribe:list-unsubscribe-post; b=AbCdEfGh',
  'List-Unsubscribe: <mailto:leave@news.example>, <https://127.0.0.1/leave>',
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  '',
].join('\r\n')

before(async () => {
  const dovecot = await startDovecot({ users: { [person.address]: person.password } })
  stops.unshift(() => dovecot.stop())
  const smtp = await startScriptedSmtp({ offers: ['AUTH PLAIN'] })
  stops.unshift(() => smtp.stop())
  const mailbox = { port: dovecot.imapPort, username: person.address, password: person.password }
  const raw = Buffer.concat([Buffer.from(listFields), letter({ subject: 'Harbour news' })])
  const picture = Buffer.from(
    `${letter({ subject: 'Pictures' }).toString().replace('text/plain', 'text/html')}<img src="https://example.com/a.png" width="80" height="40" alt="A pier">\r\n`,
  )
  const question = letter({ subject: 'Question', id: 'question' })
  const all = [raw, picture, question].map((one) => ({ folder: 'INBOX', flags: [], date: new Date(), raw: one }))
  await fillMailbox(mailbox, all, () => {})
  node = await startWholeNode({ host: '127.0.0.1', imapPort: dovecot.imapPort, smtpPort: smtp.port })
  stops.unshift(() => node.stop())
  client = await signInClient(node, person.address, person.password)
  accountId = client.accountId
  await client.call('Settings/set', { accountId, update: { composing: { 'value/undoSeconds': 0 } } })
  browser = await openBrowser()
  stops.unshift(() => browser.close())
  shared = await openScreen(browser)
  stops.unshift(() => shared.close())
  await signIn(shared.page, node.url)
})
after(async () => {
  for (const stop of stops) await stop()
})

const say = (text: string) => node.domains.alerts.record({ account: accountId, server: 'mail.example.test', text })
async function inbox(): Promise<Page> {
  await shared.page.goto(`${node.url}/mail/inbox`)
  await shared.page.getByRole('grid').waitFor()
  return shared.page
}
const shown = (page: Page) => page.getByRole('region', { name: 'Notices of the mail server' })

test('an alert of the mail server appears by itself, is read out as text, and goes away once and for all', async () => {
  const screen = await openScreen(browser, screens.phone)
  const { page } = screen
  await signIn(page, node.url)
  const text = 'Maintenance <b>on Sunday</b> from 06:00. Your mail is safe.'
  say(text)
  const alert = shown(page).getByRole('alert')
  await alert.getByText(text).waitFor({ timeout: 20_000 })
  await alert.getByText('mail.example.test says:').waitFor()
  await assertAccessible(page, 'alert')
  const second = await inbox()
  await shown(second).getByText(text).waitFor({ timeout: 20_000 })
  await shown(page)
    .getByRole('button', { name: /^Dismiss/ })
    .press('Enter')
  await shown(page).waitFor({ state: 'detached' })
  await shown(second).waitFor({ state: 'detached', timeout: 20_000 })
  await page.reload()
  await page.getByRole('grid').waitFor()
  await Promise.all([
    page.waitForResponse((reply) => reply.request().postData()?.includes('MailAlert/get') === true, {
      timeout: 20_000,
    }),
  ])
  assert.equal(await shown(page).count(), 0)
  await screen.close()
})

test('leaving a list says who will be asked, then what became of it, and leaves the other ways open', async () => {
  const page = await inbox()
  await page.getByText('Harbour news').first().click()
  const article = page.getByRole('article')
  await article.getByText('asks 127.0.0.1 to take you off it.').waitFor()
  const button = article.getByRole('button', { name: 'Unsubscribe', exact: true })
  await button.waitFor()
  await assertAccessible(page, 'unsubscribe')
  // Our own server refuses to reach inside, and the letter's other way is offered.
  await button.click()
  await article.getByText('does not offer leaving with one click').waitFor()
  await article.getByRole('button', { name: 'Unsubscribe by mail' }).click()
  await page.locator('section[role=dialog]').getByText('leave@news.example').waitFor()
})

for (const [outcome, status, words] of [
  ['done', 200, 'news.example has taken you off its list.'],
  ['refused', 410, 'news.example refused to take you off its list (410).'],
  ['unreachable', null, 'news.example did not answer.'],
] as const) {
  test(`a list that answered «${outcome}» is told as such`, async () => {
    const page = await inbox()
    await page.route('**/jmap/api', async (route) => {
      const { methodCalls } = route.request().postDataJSON() as { methodCalls: [string, { emailId: string }, string][] }
      const call = methodCalls.find(([name]) => name === 'Email/unsubscribe')
      if (!call) return route.continue()
      const reply = { accountId, emailId: call[1].emailId, outcome, host: 'news.example', status }
      await route.fulfill({ json: { methodResponses: [[call[0], reply, call[2]]], sessionState: 'x' } })
    })
    await page.getByText('Harbour news').first().click()
    await page.getByRole('article').getByRole('button', { name: 'Unsubscribe', exact: true }).click()
    await page.getByRole('status').getByText(words).waitFor()
    const others = page.getByRole('article').getByRole('button', { name: 'Unsubscribe by mail' })
    assert.equal(await others.count(), outcome === 'done' ? 0 : 1)
    await page.unroute('**/jmap/api')
  })
}

const composer = (page: Page) => page.locator('section[role=dialog]')

test('a link is set by keyboard; a reply that was put aside still knows what it answers', async () => {
  const page = await inbox()
  await page.getByText('Question').first().click()
  await page.getByRole('article').waitFor()
  await page.keyboard.press('r')
  const editor = composer(page).locator('.ProseMirror')
  await editor.waitFor()
  await editor.press('Control+k')
  const dialog = page.getByRole('dialog', { name: 'Link' })
  await dialog.getByLabel('Address').fill('javascript:alert(1)')
  await dialog.getByLabel('Address').press('Enter')
  await dialog.getByText('This is no address').waitFor()
  await dialog.getByLabel('Address').fill('harbour.example/tides')
  await dialog.getByLabel('Text').fill('the tides')
  await assertAccessible(page, 'link dialog')
  await dialog.getByLabel('Text').press('Enter')
  await editor.locator('a[href="https://harbour.example/tides"]').getByText('the tides').waitFor()
  await composer(page).getByRole('button', { name: 'Close' }).click()
  await composer(page).waitFor({ state: 'detached' })

  await page.goto(`${node.url}/mail/drafts`)
  await page.getByText('Re: Question').first().click()
  await composer(page).locator('.ProseMirror a').getByText('the tides').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
  const keywords = await eventually(
    async () => {
      const [, { ids }] = await client.call('Email/query', {
        accountId,
        filter: { header: ['Message-ID', 'question@'] },
      })
      const [, { list }] = await client.call('Email/get', { accountId, ids, properties: ['keywords'] })
      return (list as { keywords: Record<string, boolean> }[])[0]?.keywords ?? {}
    },
    (found) => found.$answered === true,
    'the message is marked as answered',
  )
  assert.ok(keywords.$answered)
})

test('a label in another script has its name on another device too', async () => {
  const one = await inbox()
  await one.goto(`${node.url}/settings/labels`)
  await one.getByLabel('New label').fill('Срочно Ёлки')
  await one.getByRole('button', { name: 'Add' }).click()
  await one.getByRole('listitem').getByText('Срочно Ёлки').waitFor()
  const two = await openScreen(browser)
  await signIn(two.page, node.url)
  await two.page.goto(`${node.url}/settings/labels`)
  await two.page.getByRole('listitem').getByText('Срочно Ёлки').waitFor()
  await two.close()
})

test('a picture that is not shown leaves a quiet place of its size', async () => {
  const page = await inbox()
  await page.getByText('Pictures').first().click()
  const image = page.frameLocator('article iframe').getByAltText('A pier')
  await image.waitFor()
  const look = await image.evaluate((element) => {
    const { src, naturalWidth, clientWidth, clientHeight } = element as HTMLImageElement
    return { kind: src.slice(0, 18), isDrawn: naturalWidth > 0, clientWidth, clientHeight }
  })
  assert.deepEqual(look, { kind: 'data:image/svg+xml', isDrawn: true, clientWidth: 80, clientHeight: 40 })
})

test('a first visit writes no error to the console', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  await page.goto(node.url)
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  assert.deepEqual(errors, [])
  await context.close()
})

test('v moves and l labels what is chosen, by keyboard alone', async () => {
  const page = await inbox()
  await page.getByRole('row').filter({ hasText: 'Harbour news' }).getByRole('button', { name: 'Select' }).click()
  await page.keyboard.press('l')
  await page.getByRole('menu', { name: 'Labels' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
  await page.keyboard.press('v')
  const menu = page.getByRole('menu', { name: 'Move to' })
  await menu.waitFor()
  await page.keyboard.type('Archive')
  await page.keyboard.press('Enter')
  await page.getByRole('row').filter({ hasText: 'Harbour news' }).waitFor({ state: 'detached' })
  await page.goto(`${node.url}/mail/archive`)
  await page.getByRole('row').filter({ hasText: 'Harbour news' }).waitFor()
})

test('who has no name is asked once by which one mail shall go out', async () => {
  const screen = await openScreen(browser, screens.phone)
  const { page } = screen
  await signIn(page, node.url)
  await page.keyboard.press('c')
  const field = composer(page).getByLabel('How shall your name appear to others?')
  await field.waitFor()
  await assertAccessible(page, 'name')
  await field.fill('Alice Ångström')
  await field.press('Enter')
  await field.waitFor({ state: 'detached' })
  const [, { list }] = await client.call('Identity/get', { accountId, ids: null })
  assert.deepEqual(
    (list as { name: string }[]).map(({ name }) => name),
    ['Alice Ångström'],
  )
  await screen.close()
})
