// The frame of the client: panes that are moved and stay, density, contrast, swipes; all over a node with a brand of its own.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { person, type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens, signIn } from './screens.ts'

let webmail: RealWebmail
let browser: Browser
const folder = mkdtempSync(join(tmpdir(), 'paquebot-layout-'))
const count = 60

function logo(colour: string): string {
  const path = join(folder, `${colour}.svg`)
  const letters = `<text x="0" y="30" font-family="serif" font-size="30" fill="${colour}">Harbour</text>`
  writeFileSync(
    path,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40" width="120" height="40">${letters}</svg>`,
  )
  return path
}

const tokens = {
  accent: ['#8a1538', '#ff9bb3'],
  'accent-hover': ['#6d102c', '#ffb8c9'],
  'accent-soft': ['#fbe9ee', '#3d1420'],
  'on-accent': ['#ffffff', '#33040f'],
  'radius-m': '3px',
}

before(async () => {
  webmail = await startRealWebmail({
    config: { branding: { name: 'Harbour Mail', logo: logo('maroon'), logoDark: logo('pink'), tokens } },
  })
  browser = await openBrowser()
  const letters = Array.from({ length: count }, (_, i) => {
    const date = new Date(Date.now() - (count - i) * 60_000)
    return { folder: 'INBOX', flags: [], date, raw: letter({ subject: `Letter ${i}`, date }) }
  })
  const mailbox = { port: webmail.dovecot.imapPort, username: person.address, password: person.password }
  await fillMailbox(mailbox, letters, () => {})
})
after(async () => {
  await browser?.close()
  await webmail?.stop()
  rmSync(folder, { recursive: true })
})

const colourOf = (page: Page, name: string) =>
  page
    .getByRole('button', { name })
    .first()
    .evaluate((button) => getComputedStyle(button).backgroundColor)
const accents = { light: 'rgb(138, 21, 56)', dark: 'rgb(255, 155, 179)' }
/** Colours go over into one another: what a button has in the end. */
async function shows(page: Page, colour: string): Promise<void> {
  await eventually(
    () => colourOf(page, 'New message'),
    (now) => now === colour,
    `New message is to be ${colour}`,
  )
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the page to sign in on has the name, the logo and the colours of the operator, ${colorScheme}`, async () => {
    const screen = await openScreen(browser, { ...screens.desktop, colorScheme })
    const { page } = screen
    await page.goto(webmail.url)
    assert.equal(await page.title(), 'Harbour Mail')
    const picture = page.getByRole('img', { name: 'Harbour Mail' })
    await picture.waitFor()
    const isDrawn = () => picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth === 120)
    await eventually(isDrawn, (drawn) => drawn, 'the logo is drawn')
    const source = (await picture.getAttribute('src')) ?? ''
    assert.match(source, colorScheme === 'dark' ? /\/brand\/logo-dark-/ : /\/brand\/logo-[0-9a-f]{16}/)
    assert.equal(await colourOf(page, 'Sign in'), accents[colorScheme])
    await assertAccessible(page, `branded sign-in page, ${colorScheme}`)
    await screen.close()
  })
}

const separator = (page: Page, name: string | RegExp) => page.getByRole('separator', { name })
const sizeOf = async (page: Page, selector: string, side: 'width' | 'height' = 'width') =>
  Math.round((await page.locator(selector).boundingBox())?.[side] ?? 0)

async function drag(page: Page, name: string | RegExp, x: number, y = 0): Promise<void> {
  const box = await separator(page, name).boundingBox()
  assert.ok(box)
  const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + x / 2, from.y + y / 2)
  await page.mouse.move(from.x + x, from.y + y)
  await page.mouse.up()
}

test('panes are as wide as they were drawn, after a reload too; keys move them and a double click puts them back', async () => {
  const screen = await openScreen(browser)
  const { page } = screen
  await signIn(page, webmail.url)
  await shows(page, accents.light)
  await separator(page, 'Size of the list').waitFor()
  const [folders, list] = [await sizeOf(page, '#folders'), await sizeOf(page, '#content')]
  await drag(page, 'Size of the list', 70)
  await drag(page, 'Width of the folders', 40)
  const moved = [folders + 40, list + 70]
  assert.deepEqual([await sizeOf(page, '#folders'), await sizeOf(page, '#content')], moved)
  await page.reload()
  await separator(page, 'Size of the list').waitFor()
  assert.deepEqual([await sizeOf(page, '#folders'), await sizeOf(page, '#content')], moved)
  assert.equal(await separator(page, 'Size of the list').getAttribute('aria-valuenow'), String(list + 70))
  await assertAccessible(page, 'panes')

  // No further than the least and the most, and each pane is still there.
  await drag(page, 'Size of the list', 2_000)
  const widest = Number(await separator(page, 'Size of the list').getAttribute('aria-valuemax'))
  assert.equal(await sizeOf(page, '#content'), widest)
  await separator(page, 'Size of the list').press('Home')
  assert.equal(await sizeOf(page, '#content'), 320)
  await separator(page, 'Size of the list').press('ArrowRight')
  assert.equal(await sizeOf(page, '#content'), 336)
  await separator(page, 'Size of the list').dblclick()
  await separator(page, 'Width of the folders').press('Enter')
  assert.deepEqual([await sizeOf(page, '#folders'), await sizeOf(page, '#content')], [folders, list])

  // From the right, what is drawn to the left grows.
  await page.evaluate(() => localStorage.setItem('paquebot.preferences', JSON.stringify({ language: 'ar' })))
  await page.reload()
  await separator(page, 'حجم القائمة').waitFor()
  await drag(page, 'حجم القائمة', -50)
  assert.equal(await sizeOf(page, '#content'), list + 50)
  await separator(page, 'حجم القائمة').press('ArrowRight')
  assert.equal(await sizeOf(page, '#content'), list + 34)
  await screen.close()
})

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(label) }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

test('messages are read below the list, in every browser of the account', async () => {
  const screen = await openScreen(browser)
  const { page } = screen
  await signIn(page, webmail.url)
  await page.goto(`${webmail.url}/settings`)
  const saved = page.waitForResponse((reply) => reply.request().postData()?.includes('Settings/set') === true)
  await choose(page, 'Messages open', 'Below the list')
  await saved
  await assertAccessible(page, 'general settings')
  const other = await openScreen(browser)
  await signIn(other.page, webmail.url)
  await separator(other.page, 'Size of the list').and(other.page.locator('[aria-orientation="horizontal"]')).waitFor()
  const before = await sizeOf(other.page, '#content', 'height')
  await drag(other.page, 'Size of the list', 0, -60)
  assert.equal(await sizeOf(other.page, '#content', 'height'), before - 60)
  await other.page
    .getByRole('row', { name: /Letter/ })
    .first()
    .click()
  await other.page.getByRole('heading', { name: `Letter ${count - 1}` }).waitFor()
  await assertAccessible(other.page, 'a message below the list')
  await other.close()

  await choose(page, 'Messages open', 'Beside the list')
  await page.getByText('Saved', { exact: true }).waitFor()
  await screen.close()
})

/** The row at the top of what is in sight. */
const topRow = (page: Page) =>
  page.getByRole('grid').evaluate((grid) => {
    const { top } = grid.getBoundingClientRect()
    const rows = [...grid.querySelectorAll('[role=row]')].map(
      (row) => [row.getBoundingClientRect().bottom, row] as const,
    )
    const inSight = rows.filter(([bottom]) => bottom > top + 2).sort(([a], [b]) => a - b)
    return inSight[0]?.[1].getAttribute('aria-rowindex')
  })

test('the list keeps its place when rows become lower; more contrast leaves no colour of the brand', async () => {
  const screen = await openScreen(browser)
  const { page } = screen
  await signIn(page, webmail.url)
  const row = page.getByRole('row', { name: /Letter/ }).first()
  await row.waitFor()
  const high = (await row.boundingBox())?.height ?? 0
  await page.getByRole('grid').evaluate((grid) => grid.scrollTo(0, 82 * 20))
  await eventually(
    () => topRow(page),
    (top) => top === '21',
    'the 21st row is at the top',
  )
  await page.getByRole('button', { name: /^Account/ }).click()
  await page.getByRole('menuitem', { name: 'Density' }).hover()
  await page.getByRole('menuitem', { name: 'Compact' }).click()
  await eventually(
    async () => (await page.getByRole('row').first().boundingBox())?.height ?? high,
    (low) => low < high,
    'rows are lower',
  )
  await eventually(
    () => topRow(page),
    (top) => top === '21',
    'the same row is at the top',
  )

  await page.goto(`${webmail.url}/settings`)
  await choose(page, 'Contrast', 'High')
  const paper = () => page.locator('main').evaluate((main) => getComputedStyle(main).backgroundColor)
  assert.equal(await paper(), 'rgb(255, 255, 255)')
  await page.goto(`${webmail.url}/mail/inbox`)
  await page
    .getByRole('row', { name: /Letter/ })
    .first()
    .waitFor()
  await shows(page, 'rgb(0, 57, 107)')
  await assertAccessible(page, 'high contrast, light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await shows(page, 'rgb(168, 218, 255)')
  await assertAccessible(page, 'high contrast, dark')

  // What the system asks for is done unasked.
  await page.evaluate(() => localStorage.removeItem('paquebot.preferences'))
  await page.reload()
  await page
    .getByRole('row', { name: /Letter/ })
    .first()
    .waitFor()
  await shows(page, accents.dark)
  await page.emulateMedia({ colorScheme: 'dark', contrast: 'more' })
  await shows(page, 'rgb(168, 218, 255)')
  await screen.close()
})

/** A finger, as the browser hears of it. */
async function swipe(page: Page, name: RegExp, by: number): Promise<void> {
  const box = await page.getByRole('row', { name }).first().boundingBox()
  assert.ok(box)
  const client = await page.context().newCDPSession(page)
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  const at = (share: number) => [{ x: x + by * share, y }]
  await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) })
  for (const share of [0.2, 0.5, 0.8, 1])
    await client.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(share) })
  await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await client.detach()
}

test('a finger draws a row to the left to archive it, to the right to mark it read; a short way does nothing', async () => {
  const screen = await openScreen(browser, screens.phone)
  const { page } = screen
  await signIn(page, webmail.url)
  const row = (name: RegExp) => page.getByRole('row', { name }).first()
  await row(/Unread.*Letter 57/).waitFor()
  await swipe(page, /Letter 57/, 150)
  await row(/^(?!Unread).*Letter 57/).waitFor()
  await swipe(page, /Letter 56/, -60)
  await row(/Unread.*Letter 56/).waitFor()
  await swipe(page, /Letter 56/, -150)
  await row(/Letter 56/).waitFor({ state: 'detached' })
  const notices = page.getByRole('region', { name: 'Notices' })
  await notices.getByText('Archived').waitFor()
  await notices.getByRole('button', { name: 'Undo' }).click()
  await row(/Letter 56/).waitFor()
  // Neither opened a message.
  assert.match(page.url(), /\/mail\/inbox$/)
  await screen.close()
})
