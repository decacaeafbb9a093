// Filters in a browser over Dovecot's Pigeonhole: rules made, ordered and run by hand, and what they do to mail that arrives by LMTP.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import type { Page } from 'playwright-core'
import { openManageSieve } from '#drivers/sieve/index.ts'
import { eventually } from '#testing/eventually.ts'
import { person, type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens } from './screens.ts'

/** Written by hand, with what a printer would have made otherwise. */
const own =
  'require ["fileinto","mailbox"] ; # mine\nif header :contains "subject" "by hand" {\n\tfileinto :create "Sorted";\n}'

let mail: RealWebmail
let browser: Awaited<ReturnType<typeof openBrowser>>

before(async () => {
  mail = await startRealWebmail()
  for (const name of ['Reports', 'Junk', 'Trash']) {
    await mail.dovecot.doveadm('mailbox', 'create', '-s', '-u', person.address, name).catch(() => '')
  }
  await withScripts(async (session) => {
    await session.put('mine', own)
    await session.activate('mine')
  })
  await mail.append([letter({ subject: 'Old report' }), letter({ subject: 'Lunch' })])
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
})

async function withScripts<T>(
  work: (session: Awaited<ReturnType<ReturnType<typeof openManageSieve>['open']>>) => Promise<T>,
): Promise<T> {
  const session = await openManageSieve().open(
    { host: '127.0.0.1', port: mail.dovecot.sievePort, tls: 'none' },
    { kind: 'password', username: person.address, password: person.password },
    AbortSignal.timeout(10_000),
  )
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

async function deliver(subject: string, from = 'Grace Hopper <grace@example.test>'): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: mail.dovecot.lmtpPort, lmtp: true, ignoreTLS: true })
  const envelope = { from: 'grace@example.test', to: person.address }
  await transport.sendMail({ envelope, raw: letter({ subject, from }) })
  transport.close()
}

/** Subjects in a folder. */
async function inFolder(folder: string): Promise<readonly string[]> {
  const found = await mail.dovecot.doveadm('fetch', '-u', person.address, 'hdr.subject', 'mailbox', folder, 'ALL')
  return [...found.matchAll(/^hdr\.subject: (.*)$/gm)].map(([, subject]) => subject ?? '').sort()
}

/** By keys alone, from wherever the focus is. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < 40; step++) {
    const focused = await page.evaluate(() => {
      const one = document.activeElement
      const by = (one?.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id))
      return [one?.getAttribute('aria-label'), one?.textContent, ...by.map((label) => label?.textContent)].join(' ')
    })
    if (name.test(focused)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`nothing named ${name} can be tabbed to`)
}

const saved = (page: Page) => page.getByRole('status').filter({ hasText: 'Saved' }).waitFor()

test('a rule is made by keys, files what arrives, and leaves the script written by hand as it is', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  await page.goto(`${mail.url}/settings/filters`)
  await page.getByRole('button', { name: 'New rule' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('Name', { exact: true }).waitFor()
  await page.keyboard.type('Reports')
  await tabTo(page, /What of the message/)
  await page.keyboard.press('Enter')
  await page.keyboard.type('Subj')
  await page.keyboard.press('Enter')
  await tabTo(page, /^ ?.*\bValue\b/)
  await page.keyboard.type('report')
  await tabTo(page, /^ ?.*\bFolder\b/)
  await page.keyboard.type('repo')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await assertAccessible(page, 'the editor of a rule')
  await tabTo(page, /Save/)
  await page.keyboard.press('Enter')
  await saved(page)
  await page.getByText('Subject contains “report”').waitFor()
  await page.getByText('Your own script “mine” runs after these rules').waitFor()
  await assertAccessible(page, 'the rules')

  await deliver('New report')
  await deliver('made by hand')
  assert.deepEqual(
    [await inFolder('Reports'), await inFolder('Sorted'), await inFolder('INBOX')],
    [['New report'], ['made by hand'], ['Lunch', 'Old report']],
  )
  assert.equal(await withScripts((session) => session.get('mine')), own)
  await close()
})

test('a rule is run over what is there, and that is taken back', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  await page.goto(`${mail.url}/settings/filters`)
  const run = async () => {
    await page.getByRole('button', { name: 'Run on messages already there' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('1 message changed').waitFor()
  }
  await run()
  assert.deepEqual(await inFolder('Reports'), ['New report', 'Old report'])
  await page.getByRole('button', { name: 'Undo' }).click()
  await eventually(
    () => inFolder('INBOX'),
    (subjects) => subjects.includes('Old report'),
    'back in the inbox',
  )
  assert.deepEqual(await inFolder('Reports'), ['New report'])
  await close()
})

test('a rule like a message, their order by keys, and a deletion that is undone', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  await page.getByRole('row').filter({ hasText: 'Lunch' }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Filter messages like this' }).click()
  await page.getByLabel('Value').waitFor()
  assert.equal(await page.getByLabel('Value').inputValue(), 'grace@example.test')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').filter({ hasText: 'Something is still missing' }).waitFor()
  await page.getByText('Choose a folder').waitFor()
  await page.getByRole('button', { name: 'Move to Action' }).click()
  await page.getByRole('option', { name: 'Star', exact: true }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await saved(page)
  const names = () => page.getByRole('grid', { name: 'Rules' }).locator('strong').allTextContents()
  assert.deepEqual(await names(), ['Reports', 'Grace Hopper'])

  await page.getByRole('button', { name: 'Move “Grace Hopper” in the order' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await eventually(names, (all) => all[0] === 'Grace Hopper', 'the other order')
  await saved(page)

  await page.getByRole('row').filter({ hasText: 'Grace Hopper' }).getByRole('button', { name: 'Delete' }).click()
  await eventually(names, (all) => all.length === 1, 'deleted')
  await page.getByRole('button', { name: 'Undo' }).click()
  await eventually(names, (all) => all.length === 2, 'undone')
  await saved(page)
  await page.reload()
  await page.getByRole('grid', { name: 'Rules' }).waitFor()
  assert.deepEqual(await names(), ['Grace Hopper', 'Reports'])
  await close()
})

test('a sender blocked from a message goes to junk, and all the rest is forwarded', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  await page.getByRole('row').filter({ hasText: 'Lunch' }).click()
  await page.getByRole('button', { name: 'More', exact: true }).last().click()
  await page.getByRole('menuitem', { name: 'Block sender' }).click()
  await page.getByText('grace@example.test is blocked').waitFor()
  await page.goto(`${mail.url}/settings/blocked`)
  await page.getByRole('list', { name: 'Blocked senders' }).getByText('grace@example.test').waitFor()
  await page.getByLabel('Address or domain').fill('spam.test')
  await page.keyboard.press('Enter')
  await page.getByText('Everybody of this domain').waitFor()
  await assertAccessible(page, 'blocked senders')

  await page.goto(`${mail.url}/settings/forwarding`)
  await page.getByLabel('Address to forward to').fill('bob@example.test')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Remove bob@example.test' }).waitFor()
  await saved(page)
  await assertAccessible(page, 'forwarding')

  await deliver('From the blocked')
  await deliver('From their domain', 'x@deep.spam.test')
  await deliver('For both', 'Carol <carol@example.test>')
  assert.deepEqual(await inFolder('Junk'), ['From the blocked', 'From their domain'])
  assert.deepEqual(await inFolder('INBOX'), ['For both', 'Lunch', 'Old report'])
  const sent = await eventually(
    () => mail.sent,
    (all) => all.length > 0,
    'forwarded',
  )
  assert.deepEqual(
    sent.map(({ to, text }) => [to, /^Subject: (.*)$/m.exec(text)?.[1]]),
    [[['bob@example.test'], 'For both']],
  )
  await close()
})

test('on a phone all of it fits; without ManageSieve the sections say so', async () => {
  const { page, close } = await openScreen(browser, screens.phone)
  await mail.signIn(page)
  await page.goto(`${mail.url}/settings/filters`)
  await page.getByRole('row').filter({ hasText: 'Reports' }).getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Name', { exact: true }).waitFor()
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.equal(await overflow(), 0)

  await page.route('**/jmap/session', async (route) => {
    const response = await route.fetch()
    const session = await response.json()
    for (const account of Object.values(session.accounts) as { accountCapabilities: Record<string, unknown> }[]) {
      delete account.accountCapabilities['urn:ietf:params:jmap:sieve']
    }
    await route.fulfill({ response, json: session })
  })
  for (const section of ['filters', 'forwarding', 'blocked']) {
    await page.goto(`${mail.url}/settings/${section}`)
    await page.getByText('Your mail server offers no filters').waitFor()
  }
  await close()
})
