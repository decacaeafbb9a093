// Folders in the browser over a real Dovecot: moved by keys and by the mouse, favourites, subscription, messages brought in as files, how full
// the account is, and what is done to all of a folder. What counts is what the mail server has in the end.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { person, type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens } from './screens.ts'

let mail: RealWebmail
let browser: Browser
const many = 520
const shots = process.env.PAQUEBOT_SHOTS

before(async () => {
  mail = await startRealWebmail({ config: { upload: { maxSize: 200_000 } } })
  await withImap(async (imap) => {
    for (const name of ['Clients', 'Clients/North', 'Clients/South', 'Plans', 'Heap', 'Quiet']) {
      await imap.mailboxCreate(name)
      await imap.mailboxSubscribe(name)
    }
  })
  await mail.append([letter({ subject: 'Welcome' })])
  await mail.append([letter({ subject: 'Offer' })], { mailbox: 'Plans' })
  const heap = Array.from({ length: many }, (_, n) =>
    letter({ subject: `Heap ${n}`, date: new Date(1.7e12 + n * 6e4) }),
  )
  await mail.append(heap, { mailbox: 'Heap' })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
})

async function withImap<T>(work: (imap: ImapFlow) => Promise<T>): Promise<T> {
  const auth = { user: person.address, pass: person.password }
  const where = { host: '127.0.0.1', port: mail.dovecot.imapPort, secure: false, doSTARTTLS: false }
  const imap = new ImapFlow({ ...where, auth, logger: false })
  await imap.connect()
  try {
    return await work(imap)
  } finally {
    await imap.logout()
  }
}
const pathsOf = () => withImap(async (imap) => (await imap.list()).map(({ path }) => path))
const countOf = (path: string) =>
  withImap(async (imap) => {
    const status = await imap.status(path, { messages: true })
    return status === false ? -1 : (status.messages ?? -1)
  })
const untilPath = (path: string) => eventually(pathsOf, (paths) => paths.includes(path), path)

async function open(size: keyof typeof screens = 'wide', theme: 'light' | 'dark' = 'light') {
  const screen = await openScreen(browser, { reducedMotion: 'reduce', colorScheme: theme, ...screens[size] })
  await mail.signIn(screen.page)
  await screen.page.getByRole('row').first().waitFor()
  return screen
}
const link = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(`^${name}( |$)`) })
const toast = (page: Page) => page.getByRole('status')
async function shoot(page: Page, name: string): Promise<void> {
  if (!shots) return
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`) })
}
async function openMenu(page: Page, folder: string): Promise<void> {
  const button = page.getByRole('button', { name: `Actions for ${folder}`, exact: true })
  await button.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menu').waitFor()
}

test('a folder is moved by keys alone, with what is below it, and back', async () => {
  const { page, close } = await open()
  await openMenu(page, 'Clients')
  await shoot(page, 'menu')
  await page.keyboard.type('Mov')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Move “Clients”' })
  const into = dialog.getByRole('combobox', { name: 'Into' })
  await into.fill('Cli')
  // Neither itself nor what is below it is a place for it.
  await page.getByRole('option').first().waitFor({ state: 'detached' })
  await into.fill('')
  await page.keyboard.press('Enter')
  await into.fill('Pla')
  await page.getByRole('option', { name: 'Plans' }).waitFor()
  await shoot(page, 'move')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await toast(page).getByText('“Clients” moved to Plans').waitFor()
  await untilPath('Plans/Clients/North')
  await page.getByRole('button', { name: 'Undo' }).click()
  await untilPath('Clients/North')
  await close()
})

test('a dialog that is told no place says so', async () => {
  const { page, close } = await open('phone')
  await page.getByRole('button', { name: 'Folders' }).click()
  await page.getByRole('button', { name: 'Actions for South' }).click()
  await page.getByRole('menuitem', { name: 'Move…' }).click()
  await page.getByRole('button', { name: 'Move', exact: true }).click()
  await page.getByText('Choose where it goes.').waitFor()
  await assertAccessible(page, 'no place')
  await shoot(page, 'move-phone')
  await close()
})

test('a folder is drawn on another one or to the top by the mouse; into what is below it, it does not go', async () => {
  const { page, close } = await open()
  await link(page, 'South').dragTo(link(page, 'Plans'))
  await toast(page).getByText('“South” moved to Plans').waitFor()
  await untilPath('Plans/South')
  await link(page, 'South').dragTo(page.getByRole('heading', { name: 'Folders', exact: true }))
  await toast(page).getByText('“South” moved to the top level').waitFor()
  await untilPath('South')
  await link(page, 'Clients').dragTo(link(page, 'North'))
  await link(page, 'South').dragTo(link(page, 'Clients'))
  await toast(page).getByText('“South” moved to Clients').waitFor()
  await untilPath('Clients/South')
  assert.ok((await pathsOf()).includes('Clients/North'))
  await close()
})

test('favourites stand on top in every browser of the account, until they are none', async () => {
  const first = await open()
  await openMenu(first.page, 'Plans')
  await first.page.getByRole('menuitem', { name: 'Add to favourites' }).click()
  await first.page.getByRole('heading', { name: 'Favourites' }).waitFor()
  assert.equal(await link(first.page, 'Plans').count(), 2)
  await assertAccessible(first.page, 'favourites')
  await shoot(first.page, 'favourites')
  await first.close()
  const second = await open('wide', 'dark')
  await second.page.getByRole('heading', { name: 'Favourites' }).waitFor()
  await shoot(second.page, 'favourites-dark')
  await second.page.getByRole('button', { name: 'Actions for Plans' }).first().click()
  await second.page.getByRole('menuitem', { name: 'Remove from favourites' }).click()
  await second.page.getByRole('heading', { name: 'Favourites' }).waitFor({ state: 'detached' })
  await second.close()
})

test('what is not subscribed to stands apart, for other clients as well, and may be folded away', async () => {
  const { page, close } = await open()
  await openMenu(page, 'Quiet')
  await page.getByRole('menuitem', { name: 'Unsubscribe' }).click()
  const apart = page.getByRole('button', { name: 'Not subscribed' })
  await apart.waitFor()
  const isSubscribed = () =>
    withImap(async (imap) => (await imap.list()).find(({ path }) => path === 'Quiet')?.subscribed ?? false)
  await eventually(isSubscribed, (is) => !is, 'unsubscribed')
  await apart.click()
  await link(page, 'Quiet').waitFor({ state: 'detached' })
  await page.reload()
  await apart.waitFor()
  assert.equal(await apart.getAttribute('aria-expanded'), 'false')
  await apart.click()
  await openMenu(page, 'Quiet')
  await page.getByRole('menuitem', { name: 'Subscribe' }).click()
  await apart.waitFor({ state: 'detached' })
  await eventually(isSubscribed, (is) => is, 'subscribed')
  await close()
})

test('files of messages come into a folder by drop and by menu; what is none, and what is too large, is named', async () => {
  const { page, close } = await open()
  const eml = letter({ subject: 'From a file', date: new Date('2020-02-02T10:00:00Z') }).toString()
  await drop(page, 'Plans', [
    { name: 'good.eml', text: eml },
    { name: 'holiday.png', text: 'x' },
    { name: 'huge.eml', text: eml + 'x'.repeat(200_000) },
  ])
  await toast(page).getByText('Message imported into Plans').waitFor()
  await toast(page).getByText('“holiday.png” is not a message (.eml).').waitFor()
  await toast(page).getByText('“huge.eml” is larger than this server takes.').waitFor()
  await shoot(page, 'imported')
  assert.equal(await countOf('Plans'), 2)
  await page.getByRole('button', { name: 'Undo' }).click()
  await eventually(
    () => countOf('Plans'),
    (count) => count === 1,
    'taken back',
  )
  const chooser = page.waitForEvent('filechooser')
  await openMenu(page, 'Inbox')
  await page.getByRole('menuitem', { name: 'Import messages…' }).click()
  await (await chooser).setFiles([{ name: 'again.eml', mimeType: 'message/rfc822', buffer: Buffer.from(eml) }])
  await toast(page).getByText('Message imported into Inbox').waitFor()
  // As old as it says, where no server has written when it came.
  await page.getByRole('row', { name: /From a file.*2020/ }).waitFor()
  // Where the list is, too.
  await drop(page, null, [{ name: 'third.eml', text: letter({ subject: 'Dropped on the list' }).toString() }])
  await page.getByRole('row', { name: /Dropped on the list/ }).waitFor()
  await close()
})

/** Drops files from outside on a folder's link, or on the list. */
async function drop(page: Page, folder: string | null, files: readonly { name: string; text: string }[]) {
  const dataTransfer = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer()
    for (const { name, text } of list) transfer.items.add(new File([text], name))
    return transfer
  }, files)
  const place = folder === null ? page.locator('main') : link(page, folder)
  await place.dispatchEvent('dragover', { dataTransfer })
  await place.dispatchEvent('drop', { dataTransfer })
}

test('how full the account is stands below the folders, and is said when it is nearly full', async () => {
  const { page, close } = await open()
  const meter = page.getByRole('meter', { name: 'Space used' })
  await meter.getByText(/^.+ of .+ used$/).waitFor()
  assert.equal(await meter.getByText('Nearly full').count(), 0)
  await page.route('**/jmap/api*', async (route) => {
    const answer = await route.fetch()
    const body = await answer.text()
    await route.fulfill({
      response: answer,
      body: body.replace(/"used":\d+,"hardLimit":\d+/, '"used":95,"hardLimit":100'),
    })
  })
  await page.reload()
  await meter.getByText('Nearly full').waitFor()
  await assertAccessible(page, 'nearly full')
  await shoot(page, 'nearly-full')
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await close()
})

test('what is done to all of a folder shows how far it is, is stopped, and is taken back', async () => {
  const { page, close } = await open()
  await link(page, 'Heap').click()
  await page.getByRole('row', { name: new RegExp(`Heap ${many - 1}`) }).waitFor()
  await page.getByRole('button', { name: 'More about this list' }).click()
  await page.getByRole('menuitem', { name: 'Select all that is shown' }).click()
  await page.getByRole('button', { name: `Select all ${many}` }).click()
  // The first part goes through, the second would: between them somebody presses «stop».
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/jmap/api*', async (route) => {
    if (route.request().postData()?.includes('"Email/set"')) await held
    await route.continue()
  })
  await page.getByRole('toolbar').getByRole('button', { name: 'Archive' }).click()
  const bar = page.getByRole('progressbar', { name: `Changing ${many} messages` })
  await bar.waitFor()
  await assertAccessible(page, 'at work')
  await shoot(page, 'at-work')
  await page.getByRole('button', { name: 'Stop' }).click()
  release()
  await bar.waitFor({ state: 'detached' })
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  const left = await eventually(
    () => countOf('Heap'),
    (count) => count < many,
    'a part is archived',
  )
  assert.ok(left > 0, `${left} are left`)
  // What was not sent is back in the list.
  await page.getByText(new RegExp(`^${left} (messages|unread)$`)).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await eventually(
    () => countOf('Heap'),
    (count) => count === many,
    'all are back',
  )
  await close()
})
