// What a person sees when a send fails, over a whole node and an SMTP server that does what the test says: the server's words, the
// draft, and the way to send it after all.

import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { signIn as signInClient, type TestClient } from '#testing/node.ts'
import { type Answer, type ScriptedSmtp, startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { person } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens, signIn } from './screens.ts'

let dovecot: DovecotServer
let smtp: ScriptedSmtp
let node: WholeNode
let client: TestClient
let browser: Browser
/** What the SMTP server says; undefined is what a friendly one would. */
let say: (verb: string, line: string) => Answer = () => undefined

const refusal = '550 5.1.1 No such user here'
const refusesNobody = (verb: string, line: string) =>
  verb === 'RCPT' && line.includes('nobody@') ? refusal : undefined

before(async () => {
  dovecot = await startDovecot({ users: { [person.address]: person.password } })
  smtp = await startScriptedSmtp({ offers: ['PIPELINING', 'AUTH PLAIN'], answer: (verb, line) => say(verb, line) })
  const [mailbox, raw] = [
    { port: dovecot.imapPort, username: person.address, password: person.password },
    letter({ subject: 'Welcome' }),
  ]
  await fillMailbox(mailbox, [{ folder: 'INBOX', flags: [], date: new Date(), raw }], () => {})
  node = await startWholeNode({ host: '127.0.0.1', imapPort: dovecot.imapPort, smtpPort: smtp.port })
  client = await signInClient(node, person.address, person.password)
  const { accountId } = client
  await client.call('Settings/set', { accountId, update: { composing: { 'value/undoSeconds': 0 } } })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await node?.stop()
  await smtp?.stop()
  await dovecot?.stop()
})
beforeEach(async () => {
  say = () => undefined
  const { accountId } = client
  const [, { ids }] = await client.call('EmailSubmission/query', { accountId })
  await client.call('EmailSubmission/set', { accountId, destroy: ids })
})

const outbox = (page: Page) => page.getByRole('region', { name: 'Outbox' })
const composer = (page: Page) => page.locator('section[role=dialog]')

async function send(page: Page, to: string, subject: string): Promise<void> {
  await page.keyboard.press('c')
  await composer(page).getByLabel('To', { exact: true }).fill(to)
  await page.keyboard.press('Enter')
  await composer(page).getByLabel('Subject').fill(subject)
  await page.keyboard.press('Control+Enter')
  await page.getByText('Message sent').waitFor()
}

function onScreen(name: string, run: (page: Page) => Promise<void>, options = screens.wide as object): void {
  test(name, async () => {
    const screen = await openScreen(browser, options)
    await signIn(screen.page, node.url)
    await run(screen.page)
    await screen.close()
  })
}

onScreen('a refused message is told with the words of the server, edited and sent after all', async (page) => {
  say = refusesNobody
  await send(page, 'nobody@example.test', 'Regatta')
  const notice = outbox(page)
  await notice.getByRole('alert').getByText('Not sent:').waitFor()
  await notice.getByText('“Regatta” to nobody@example.test').waitFor()
  await notice.getByText(refusal).waitFor()
  await assertAccessible(page, 'notice')
  const before = smtp.messages.length
  await notice.getByRole('button', { name: 'Edit' }).press('Enter')
  await composer(page).getByText('nobody@example.test').waitFor()
  assert.equal(await composer(page).getByLabel('Subject').inputValue(), 'Regatta')
  await notice.waitFor({ state: 'detached' })
  await composer(page).getByLabel('To', { exact: true }).press('Backspace')
  await composer(page).getByLabel('To', { exact: true }).fill('bob@example.test')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Control+Enter')
  await page.waitForFunction(() => document.querySelector('section[role=dialog]') === null)
  await messages(page, before + 1)
  assert.match(smtp.messages.at(-1)!, /^To: bob@example\.test\r$/m)
  assert.equal(await outbox(page).count(), 0)
})

onScreen('sent again, only those who were refused get it', async (page) => {
  say = refusesNobody
  await send(page, 'carol@example.test, nobody@example.test', 'Sails')
  await outbox(page).getByText('Not sent to everybody:').waitFor()
  await outbox(page).getByText('nobody@example.test').last().waitFor()
  const before = smtp.messages.length
  const recipients = () => smtp.commands.filter((line) => line.startsWith('RCPT')).length
  const asked = recipients()
  say = () => undefined
  await outbox(page).getByRole('button', { name: 'Send again' }).click()
  await outbox(page).waitFor({ state: 'detached' })
  await messages(page, before + 1)
  assert.equal(recipients(), asked + 1)
  assert.match(smtp.commands.findLast((line) => line.startsWith('RCPT'))!, /nobody@example\.test/)
})

onScreen('a temporary refusal says when it is tried again, and can be called back', async (page) => {
  say = (verb) => (verb === 'RCPT' ? '451 4.7.1 Greylisted, come back' : undefined)
  await send(page, 'dan@example.test', 'Anchors')
  const notice = outbox(page)
  await notice.getByRole('status').getByText('Not sent yet:').waitFor()
  await notice.getByText('451 4.7.1 Greylisted, come back').waitFor()
  assert.equal(await notice.getByRole('button', { name: 'Dismiss' }).count(), 0)
  await notice.getByRole('button', { name: 'Cancel sending' }).click()
  await page.getByText('Not sent. The message is in Drafts.').waitFor()
  await notice.waitFor({ state: 'detached' })
})

onScreen('a password that no longer holds is asked for, and the message waits', async (page) => {
  say = (verb) => (verb === 'AUTH' ? '535 5.7.8 Authentication failed' : undefined)
  await submitDraft('Harbour')
  const notice = outbox(page)
  await notice.getByRole('alert').getByText('Waiting for your password:').waitFor()
  await assertAccessible(page, 'sign in')
  assert.equal(await notice.getByRole('button', { name: 'Dismiss' }).count(), 0)
  await notice.getByRole('button', { name: 'Sign in again' }).click()
  await page.getByLabel('Password', { exact: true }).waitFor()
})

onScreen('what nobody can know is told as that, and sent again only when asked to', async (page) => {
  say = (verb) => (verb === 'DOT' ? 'hangUp' : undefined)
  await submitDraft('Fog')
  const notice = outbox(page)
  await notice.getByRole('alert').getByText('Perhaps not sent:').waitFor({ timeout: 60_000 })
  await assertAccessible(page, 'uncertain')
  say = () => undefined
  const before = smtp.messages.length
  await notice.getByRole('button', { name: 'Send again' }).click()
  await notice.waitFor({ state: 'detached' })
  await messages(page, before + 1)
})

onScreen(
  'several failures are one line and a list, on a phone as well; what is dismissed is gone everywhere',
  async (page) => {
    say = refusesNobody
    await submitDraft('First')
    await submitDraft('Second')
    await outbox(page).getByText('2 messages need your attention').waitFor()
    await assertAccessible(page, 'several')
    await outbox(page).getByRole('button', { name: 'Show' }).click()
    const list = page.getByRole('dialog', { name: 'Outbox' })
    await list.getByText('“Second” to nobody@example.test').waitFor()
    await assertAccessible(page, 'list')
    await list.getByRole('article').filter({ hasText: 'Second' }).getByRole('button', { name: 'Dismiss' }).click()
    await list.getByText('“Second”').waitFor({ state: 'detached' })
    await list.getByRole('button', { name: 'Close' }).click()
    await outbox(page).getByText('“First” to nobody@example.test').waitFor()
    const { accountId } = client
    const [, { ids }] = await client.call('EmailSubmission/query', { accountId, filter: { hasProblem: true } })
    assert.equal((ids as string[]).length, 1)
  },
  screens.phone,
)

onScreen('what is scheduled is listed, and can be canceled', async (page) => {
  await submitDraft('Tomorrow', new Date(Date.now() + 86_400_000))
  await page.getByRole('button', { name: 'Scheduled 1' }).click()
  const list = page.getByRole('dialog', { name: 'Outbox' })
  await list.getByText('“Tomorrow” to nobody@example.test').waitFor()
  await list.getByText('Will be sent').waitFor()
  await assertAccessible(page, 'scheduled')
  await list.getByRole('button', { name: 'Cancel sending' }).click()
  await list.getByText('Nothing waits here any more.').waitFor()
  const { accountId } = client
  const [, { ids }] = await client.call('EmailSubmission/query', { accountId, filter: { undoStatus: 'pending' } })
  assert.deepEqual(ids, [])
})

/** From another device. */
async function submitDraft(subject: string, sendAt?: Date): Promise<void> {
  const { accountId } = client
  const [, { list: boxes }] = await client.call('Mailbox/get', { accountId })
  const drafts = (boxes as { id: string; role: string }[]).find(({ role }) => role === 'drafts')!
  const [, { list: identities }] = await client.call('Identity/get', { accountId })
  const [, { created: emails }] = await client.call('Email/set', {
    accountId,
    create: {
      draft: {
        mailboxIds: { [drafts.id]: true },
        keywords: { $draft: true },
        from: [{ name: null, email: person.address }],
        to: [{ name: null, email: 'nobody@example.test' }],
        subject,
        bodyValues: { text: { value: 'Ahoy' } },
        textBody: [{ partId: 'text', type: 'text/plain' }],
      },
    },
  })
  const [, { created }] = await client.call('EmailSubmission/set', {
    accountId,
    create: {
      send: {
        identityId: (identities as { id: string }[])[0]!.id,
        emailId: (emails as { draft: { id: string } }).draft.id,
        fileSent: true,
        ...(sendAt && { sendAt: sendAt.toISOString().replace(/\.\d+Z$/, 'Z') }),
      },
    },
  })
  assert.ok(created)
}

async function messages(page: Page, count: number): Promise<void> {
  for (const end = Date.now() + 15_000; smtp.messages.length < count; ) {
    if (Date.now() > end) assert.fail(`${smtp.messages.length} messages, not ${count}`)
    await page.waitForTimeout(100)
  }
  assert.equal(smtp.messages.length, count)
}
