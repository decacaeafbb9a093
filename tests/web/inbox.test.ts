// Folders and list in Chromium, over a real node and Dovecot.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { person, type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, type Screen, screens, signIn } from './screens.ts'

let webmail: RealWebmail
let browser: Browser
const count = 120

before(async () => {
  webmail = await startRealWebmail()
  browser = await openBrowser()
  const now = Date.now()
  const mail = (agoMs: number, raw: (date: Date) => Buffer) => {
    const date = new Date(now - agoMs)
    return { folder: 'INBOX', flags: [], date, raw: raw(date) }
  }
  await fillMailbox(
    { port: webmail.dovecot.imapPort, username: person.address, password: person.password },
    [
      ...Array.from({ length: count }, (_, i) =>
        mail((count - i) * 60_000, (date) =>
          letter({ subject: `Letter ${i}`, from: `Person ${i % 7} <p${i % 7}@example.test>`, date }),
        ),
      ),
      mail(4_000, (date) =>
        letter({ subject: 'Regatta', id: 'regatta-1', from: 'Ada Lovelace <ada@example.test>', date }),
      ),
      mail(2_000, (date) =>
        letter({
          subject: 'Re: Regatta',
          id: 'regatta-2',
          inReplyTo: 'regatta-1',
          from: 'Bob Keller <bob@example.test>',
          date,
        }),
      ),
    ],
    () => {},
  )
})
after(async () => {
  await browser?.close()
  await webmail?.stop()
})

/** Runs on a page that is signed in; every error in its console fails the test. */
function onScreen(
  name: string,
  run: (page: Page) => Promise<void>,
  options: Parameters<typeof openScreen>[1] = screens.wide,
): void {
  test(name, async () => {
    const screen: Screen = await openScreen(browser, options)
    await signIn(screen.page, webmail.url)
    await screen.page
      .getByRole('row', { name: /Letter/ })
      .first()
      .waitFor()
    await run(screen.page)
    await screen.close()
  })
}

const row = (page: Page, name: RegExp | string) => page.getByRole('row', { name }).first()
/** The server has answered a change: what is read from now on has it. Ask before the change is made. */
const saved = (page: Page, method: string) =>
  page.waitForResponse((reply) => reply.ok() && reply.request().postData()?.includes(`"${method}"`) === true)
const toast = (page: Page) => page.getByRole('region', { name: 'Notices' })

test('a wrong password is said in words, and the field is ready for the next try', async () => {
  const { page, close } = await openScreen(browser)
  await page.goto(webmail.url)
  // Until it is known that nobody is signed in, a spinner stands there.
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await assertAccessible(page, 'sign-in page')
  await page.getByLabel('Email address').fill('alice@example.test')
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').filter({ hasText: 'The address or the password is not right.' }).waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'password')
  await assertAccessible(page, 'sign-in page with an error')
  await close()
})

onScreen('the inbox lists conversations newest first and tells screen readers how long it is', async (page) => {
  // Counted by the server after the first rows are shown.
  await eventually(
    () => page.getByRole('grid').getAttribute('aria-rowcount'),
    (rows) => rows === String(count + 1),
    'the list is counted',
  )
  const first = page.getByRole('row').first()
  assert.match((await first.getAttribute('aria-label')) ?? '', /Unread, Ada, Bob, Re: Regatta, 2 messages/)
  await eventually(
    () => page.title(),
    (title) => /\(\d+\) Paquebot/.test(title),
    'the title tells how many are unread',
  )
  await assertAccessible(page, 'inbox')
})

onScreen('a list of many rows draws only those in view, and reads the others when they come', async (page) => {
  assert.ok((await page.getByRole('row').count()) < 40)
  await page.getByRole('grid').focus()
  await page.keyboard.press('End')
  await row(page, /Letter 0,/).waitFor()
  assert.ok((await page.getByRole('row').count()) < 40)
})

onScreen('opening a conversation shows it, marks it read and has an address of its own', async (page) => {
  await row(page, /Unread.*Letter 119/).waitFor()
  await row(page, /Letter 119/).click()
  await page.getByRole('heading', { name: 'Letter 119' }).waitFor()
  await page.waitForURL(/\/mail\/inbox\/[^/]+$/)
  await row(page, /Unread.*Letter 119/).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('heading', { name: 'Letter 119' }).waitFor()
  await assertAccessible(page, 'a message beside the list')
})

onScreen('archiving takes the row away at once; undo brings it back, here and on the server', async (page) => {
  await row(page, /Letter 118/).hover()
  await row(page, /Letter 118/)
    .getByRole('button', { name: 'Archive' })
    .click()
  await row(page, /Letter 118/).waitFor({ state: 'detached' })
  await toast(page).getByText('Archived').waitFor()
  await page.getByRole('link', { name: /^Archive/ }).click()
  await row(page, /Letter 118/).waitFor()
  await toast(page).getByRole('button', { name: 'Undo' }).click()
  await row(page, /Letter 118/).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('heading', { name: 'Archive' }).waitFor()
  await page.getByRole('link', { name: /^Inbox/ }).click()
  await row(page, /Letter 118/).waitFor()
})

onScreen('a star survives a reload, and so does its removal', async (page) => {
  await row(page, /Letter 117/).hover()
  const isSaved = saved(page, 'Email/set')
  await row(page, /Letter 117/)
    .getByRole('button', { name: 'Add star' })
    .click()
  await row(page, /Starred.*Letter 117/).waitFor()
  await isSaved
  await page.reload()
  await row(page, /Starred.*Letter 117/).hover()
  await row(page, /Letter 117/)
    .getByRole('button', { name: 'Remove star' })
    .click()
  await row(page, /Starred.*Letter 117/).waitFor({ state: 'detached' })
})

onScreen('mails are dragged to a folder, those chosen with them', async (page) => {
  await row(page, /Letter 100,/).waitFor({ state: 'detached' })
  await row(page, /Letter 116/).click({ modifiers: ['Control'] })
  await row(page, /Letter 115/).click({ modifiers: ['Control'] })
  await page.getByText('2 selected').waitFor()
  await assertAccessible(page, 'with rows selected')
  await row(page, /Letter 116/).dragTo(page.getByRole('link', { name: /^Archive/ }))
  await toast(page).getByText('2 messages moved to Archive').waitFor()
  await row(page, /Letter 115/).waitFor({ state: 'detached' })
  await page.keyboard.press('z')
  await row(page, /Letter 116/).waitFor()
  await toast(page).getByText('moved').waitFor({ state: 'detached' })
})

onScreen('search follows what is typed, in this folder or everywhere, with operators', async (page) => {
  await page.keyboard.press('/')
  await page.keyboard.type('subject:"Letter 5" from:p5')
  await page.waitForURL(/q=/)
  await page.getByRole('heading', { name: 'Search' }).waitFor()
  await row(page, /Letter 5,/).waitFor()
  await row(page, /Letter 54,/).waitFor({ state: 'attached' })
  await row(page, /Letter 6/).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Everywhere' }).click()
  await page.waitForURL(/in=everywhere/)
  await row(page, /Letter 5,/).waitFor()
  await assertAccessible(page, 'search results')
  await page.getByRole('combobox', { name: 'Search mail' }).fill('nothinglikethis')
  await page.getByText('Nothing found').waitFor()
  await assertAccessible(page, 'a search without results')
  await page.getByRole('button', { name: 'Leave the search' }).click()
  await row(page, /Regatta/).waitFor()
})

onScreen('the whole day is done by keyboard', async (page) => {
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const pointsAt = (wanted: string) =>
    eventually(
      () =>
        page.evaluate(() => {
          const id = document.querySelector('[role=grid]')?.getAttribute('aria-activedescendant')
          return document.getElementById(id ?? '')?.getAttribute('aria-label') ?? ''
        }),
      (label) => label.includes(wanted),
      `the cursor is at ${wanted}`,
    )
  await pointsAt('Letter 119')
  await page.keyboard.press('k')
  await pointsAt('Regatta')
  await page.keyboard.press('o')
  await page
    .getByRole('heading', { name: /Regatta/ })
    .first()
    .waitFor()
  await page.keyboard.press('j')
  await page.getByRole('heading', { name: 'Letter 119' }).waitFor()
  await page.keyboard.press('u')
  await page.waitForURL(/\/mail\/inbox$/)
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'grid')
  await page.keyboard.press('s')
  await row(page, /Starred.*Letter 119/).waitFor()
  await page.keyboard.press('z')
  await row(page, /Starred.*Letter 119/).waitFor({ state: 'detached' })
  await page.keyboard.press('Shift+U')
  await row(page, /Unread.*Letter 119/).waitFor()
  await page.keyboard.press('Shift+I')
  await row(page, /Unread.*Letter 119/).waitFor({ state: 'detached' })
  await page.keyboard.press('#')
  await row(page, /Letter 119/).waitFor({ state: 'detached' })
  await page.keyboard.press('z')
  await row(page, /Letter 119/).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  await page.waitForURL(/\/mail\/drafts/)
  await page.keyboard.press('g')
  await page.keyboard.press('i')
  await page.waitForURL(/\/mail\/inbox/)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
  await assertAccessible(page, 'help sheet')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page
    .getByText(/\d selected/)
    .first()
    .waitFor()
  await page.keyboard.press('Escape')
  await page
    .getByText(/\d selected/)
    .first()
    .waitFor({ state: 'detached' })
})

onScreen('the context menu moves, and closes where the focus was', async (page) => {
  await row(page, /Letter 114/).click({ button: 'right' })
  await page.getByRole('menu').first().waitFor()
  await assertAccessible(page, 'context menu')
  await page.getByRole('menuitem', { name: 'Move to' }).hover()
  await page.getByRole('menu', { name: 'Move to' }).getByRole('menuitem', { name: 'Archive' }).click()
  await page.getByRole('menu').first().waitFor({ state: 'detached' })
  await toast(page).getByText('Moved to Archive').waitFor()
  await row(page, /Letter 114/).waitFor({ state: 'detached' })
  await page.keyboard.press('z')
  await row(page, /Letter 114/).waitFor()
})

onScreen('all of a list is more than what was read of it: one action, one undo', async (page) => {
  const inbox = page.getByRole('link', { name: /^Inbox/ })
  await page.getByRole('button', { name: 'More about this list' }).click()
  await page.getByRole('menuitem', { name: 'Select all that is shown' }).click()
  await page.getByRole('button', { name: /^Select all \d+$/ }).click()
  await page.keyboard.press('Shift+I')
  await toast(page)
    .getByText(/\d+ messages marked as read/)
    .waitFor()
  await page.getByRole('link', { name: 'Inbox', exact: true }).waitFor()
  await page.getByRole('grid').focus()
  await page.keyboard.press('End')
  await row(page, /Letter 0,/).waitFor()
  await row(page, /^Unread/).waitFor({ state: 'detached' })
  await page.keyboard.press('z')
  await row(page, /Unread.*Letter 0,/).waitFor()
  await inbox.filter({ hasText: /1\d\d/ }).waitFor()
})

onScreen('folders are made, renamed and deleted', async (page) => {
  await page.getByRole('button', { name: 'New folder' }).click()
  await page.getByLabel('Name of the folder').fill('Häfen & Schiffe')
  await assertAccessible(page, 'folder dialog')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Häfen & Schiffe' }).click()
  await page.getByText('Nothing in here').waitFor()
  await assertAccessible(page, 'an empty folder')
  await page.getByRole('link', { name: 'Häfen & Schiffe' }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('Name of the folder').fill('Harbours')
  const isSaved = saved(page, 'Mailbox/set')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Harbours' }).waitFor()
  await isSaved
  await page.reload()
  await page.getByRole('link', { name: 'Harbours' }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Delete folder' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete folder' }).click()
  await page.getByRole('link', { name: 'Harbours' }).waitFor({ state: 'detached' })
  await toast(page).getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('link', { name: 'Harbours' }).waitFor()
})

/** What is promised in time is tried three times: once it must be kept, however busy the machine that tries it. */
async function onceWithin(maxMs: number, attempt: () => Promise<() => Promise<void>>): Promise<void> {
  const tookMs: number[] = []
  for (let n = 0; n < 3; n++) {
    const shows = await attempt()
    const from = performance.now()
    await shows()
    tookMs.push(Math.round(performance.now() - from))
    if (tookMs.at(-1)! <= maxMs) return
  }
  assert.fail(`shown after ${tookMs.join(', ')} ms`)
}

onScreen('mail that arrives elsewhere shows within two seconds, without a request by hand', async (page) => {
  await onceWithin(2_000, async () => {
    const arrival = `Arrival ${Date.now()}`
    await webmail.append([letter({ subject: arrival })])
    return () => row(page, new RegExp(arrival)).waitFor({ timeout: 15_000 })
  })
})

onScreen('what another client does shows within two seconds', async (page) => {
  const { doveadm } = webmail.dovecot
  const inInbox = (subject: string) => ['mailbox', 'INBOX', 'subject', subject]
  let subject = ''
  await onceWithin(2_000, async () => {
    subject = `Shared ${Date.now()}`
    await webmail.append([letter({ subject })])
    await row(page, new RegExp(`Unread.*${subject}`)).waitFor({ timeout: 15_000 })
    await doveadm('flags', 'add', '-u', person.address, '\\Seen', ...inInbox(subject))
    return () => row(page, new RegExp(`Unread.*${subject}`)).waitFor({ state: 'detached', timeout: 15_000 })
  })
  await doveadm('expunge', '-u', person.address, ...inInbox(subject))
  await row(page, new RegExp(subject)).waitFor({ state: 'detached', timeout: 15_000 })
})

onScreen(
  'on a phone there is one pane at a time, and folders lie over it',
  async (page) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(width <= 390, `${width} px wide`)
    await assertAccessible(page, 'phone list')
    await row(page, /Letter 113/).click()
    await page.getByRole('heading', { name: 'Letter 113' }).waitFor()
    await page.getByRole('combobox', { name: 'Search mail' }).waitFor({ state: 'hidden' })
    await assertAccessible(page, 'phone message')
    await page.goBack()
    await row(page, /Letter 113/).waitFor()
    await page.getByRole('button', { name: 'Folders' }).click()
    await page.getByRole('link', { name: /^Sent/ }).click()
    await page.waitForURL(/\/mail\/sent/)
    await page.getByRole('heading', { name: 'Sent' }).waitFor()
  },
  screens.phone,
)

onScreen(
  'dark by the system is as readable as light',
  async (page) => {
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const [red = 255] = ground.match(/\d+/g)?.map(Number) ?? []
    assert.ok(red < 60, ground)
    await assertAccessible(page, 'dark inbox')
    await row(page, /Regatta/).click()
    await page
      .getByRole('heading', { name: /Regatta/ })
      .first()
      .waitFor()
    await assertAccessible(page, 'dark message')
  },
  { ...screens.wide, colorScheme: 'dark' },
)

onScreen('theme and language are chosen in the menu and kept', async (page) => {
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitem', { name: 'Language' }).hover()
  await page.getByRole('menuitem', { name: 'Deutsch' }).click()
  await page.getByRole('heading', { name: 'Posteingang' }).waitFor()
  await page.getByRole('button', { name: /^Konto/ }).click()
  await page.getByRole('menuitem', { name: 'Erscheinungsbild' }).hover()
  await page.getByRole('menuitem', { name: 'Dunkel' }).click()
  await page.reload()
  await page.getByRole('heading', { name: 'Posteingang' }).waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de')
})

onScreen('a session that ends loses nothing: the password is asked for and all goes on', async (page) => {
  await row(page, /Letter 112/).click()
  await page.getByRole('heading', { name: 'Letter 112' }).waitFor()
  await page.context().clearCookies()
  await page.keyboard.press('s')
  await page.getByRole('heading', { name: 'Please sign in again' }).waitFor()
  await page.getByLabel('Password', { exact: true }).fill('demo')
  const isSaved = saved(page, 'Email/set')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Please sign in again' }).waitFor({ state: 'detached' })
  await isSaved
  await page.reload()
  await row(page, /Starred.*Letter 112/).waitFor()
})

onScreen('a lost network is said, and what was done meanwhile is sent when it is back', async (page) => {
  await page.route('**/jmap/api', (route) => route.abort('connectionrefused'))
  await row(page, /Letter 111/).hover()
  await row(page, /Letter 111/)
    .getByRole('button', { name: 'Add star' })
    .click()
  await row(page, /Starred.*Letter 111/).waitFor()
  await page.getByText('The server does not answer. Trying again').waitFor()
  await page.unroute('**/jmap/api')
  await page.getByText('The server does not answer. Trying again').waitFor({ state: 'detached', timeout: 15_000 })
  await page.reload()
  await row(page, /Starred.*Letter 111/).waitFor()
})

onScreen('a device without a network is told so at once, and nobody once there is one', async (page) => {
  const banner = page.getByText('You are offline', { exact: false })
  await page.context().setOffline(true)
  await banner.waitFor()
  await assertAccessible(page, 'offline')
  await page.context().setOffline(false)
  await banner.waitFor({ state: 'detached' })
})

onScreen('signing out leaves nothing behind', async (page) => {
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to your mail' }).waitFor()
  await page.goto(`${webmail.url}/mail/inbox`)
  await page.getByRole('heading', { name: 'Sign in to your mail' }).waitFor()
})
