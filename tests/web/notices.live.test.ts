// What others have to say, and what is done about it: notices of the mail server, lists that can be left.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { signIn as signInClient } from '#testing/node.ts'
import { startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { person } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens, signIn } from './screens.ts'

let node: WholeNode
let browser: Browser
let accountId: string
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
  await fillMailbox(mailbox, [{ folder: 'INBOX', flags: [], date: new Date(), raw }], () => {})
  node = await startWholeNode({ host: '127.0.0.1', imapPort: dovecot.imapPort, smtpPort: smtp.port })
  stops.unshift(() => node.stop())
  accountId = (await signInClient(node, person.address, person.password)).accountId
  browser = await openBrowser()
  stops.unshift(() => browser.close())
})
after(async () => {
  for (const stop of stops) await stop()
})

const say = (text: string) => node.domains.alerts.record({ account: accountId, server: 'mail.example.test', text })
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
  const second = await openScreen(browser)
  await signIn(second.page, node.url)
  await shown(second.page).getByText(text).waitFor({ timeout: 20_000 })
  await shown(page)
    .getByRole('button', { name: /^Dismiss/ })
    .press('Enter')
  await shown(page).waitFor({ state: 'detached' })
  await shown(second.page).waitFor({ state: 'detached', timeout: 20_000 })
  await second.close()
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
  const screen = await openScreen(browser)
  const { page } = screen
  await signIn(page, node.url)
  await page.getByText('Harbour news').first().click()
  const article = page.getByRole('article')
  await article.getByText('127.0.0.1 will be asked to take you off it.').waitFor()
  const button = article.getByRole('button', { name: 'Unsubscribe', exact: true })
  await button.waitFor()
  await assertAccessible(page, 'unsubscribe')
  // Our own server refuses to reach inside, and the letter's other way is offered.
  await button.click()
  await article.getByText('does not offer leaving with one click').waitFor()
  await article.getByRole('button', { name: 'Unsubscribe by mail' }).click()
  await page.locator('section[role=dialog]').getByText('leave@news.example').waitFor()
  await screen.close()
})

for (const [outcome, status, words] of [
  ['done', 200, 'news.example has taken you off its list.'],
  ['refused', 410, 'news.example refused to take you off its list (410).'],
  ['unreachable', null, 'news.example did not answer.'],
] as const) {
  test(`a list that answered «${outcome}» is told as such`, async () => {
    const screen = await openScreen(browser)
    const { page } = screen
    await page.route('**/jmap/api', async (route) => {
      const { methodCalls } = route.request().postDataJSON() as { methodCalls: [string, { emailId: string }, string][] }
      const call = methodCalls.find(([name]) => name === 'Email/unsubscribe')
      if (!call) return route.continue()
      const reply = { accountId, emailId: call[1].emailId, outcome, host: 'news.example', status }
      await route.fulfill({ json: { methodResponses: [[call[0], reply, call[2]]], sessionState: 'x' } })
    })
    await signIn(page, node.url)
    await page.getByText('Harbour news').first().click()
    await page.getByRole('article').getByRole('button', { name: 'Unsubscribe', exact: true }).click()
    await page.getByRole('status').getByText(words).waitFor()
    const others = page.getByRole('article').getByRole('button', { name: 'Unsubscribe by mail' })
    assert.equal(await others.count(), outcome === 'done' ? 0 : 1)
    await screen.close()
  })
}
