// The search box over a real Dovecot: what it offers while one types, by keys and by finger; what was searched for before; searches that become
// folders; and every operator, with what it finds.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens } from './screens.ts'

let mail: RealWebmail
let browser: Browser
const shots = process.env.PAQUEBOT_SHOTS

const withFile = Buffer.from(
  [
    'From: Ada Lovelace <ada@example.test>',
    'To: Alice <alice@example.test>',
    'Cc: Charles <charles@example.test>',
    'Subject: Tides',
    'Date: Mon, 02 Mar 2026 10:00:00 +0000',
    'Message-ID: <tides@example.test>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'The chart is attached.',
    '--b',
    'Content-Type: application/pdf; name="chart.pdf"',
    'Content-Disposition: attachment; filename="chart.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    ...Array.from({ length: 400 }, () => 'A'.repeat(76)),
    '--b--',
    '',
  ].join('\r\n'),
)

before(async () => {
  mail = await startRealWebmail()
  await mail.append([letter({ subject: 'Harbour dues', text: 'Pilot and tug.' })], { flags: ['\\Seen'] })
  await mail.append([letter({ subject: 'Harbour lights', from: 'Bob <bob@example.test>' })], { flags: ['\\Flagged'] })
  await mail.append([withFile], { flags: ['travel'] })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
})

async function open(size: keyof typeof screens = 'wide', theme: 'light' | 'dark' = 'light') {
  const screen = await openScreen(browser, { reducedMotion: 'reduce', colorScheme: theme, ...screens[size] })
  await mail.signIn(screen.page)
  await screen.page.getByRole('row').first().waitFor()
  return screen
}
const box = (page: Page) => page.getByRole('combobox', { name: 'Search mail' })
const options = (page: Page) => page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option')
const subjects = (page: Page, expected: readonly string[], what = expected.join()) =>
  eventually(
    async () =>
      (await page.getByRole('row').allTextContents()).map(
        (text) => /Harbour dues|Harbour lights|Tides/.exec(text)?.[0],
      ),
    (found) => JSON.stringify(found.toSorted()) === JSON.stringify(expected),
    what,
  )
async function shoot(page: Page, name: string): Promise<void> {
  if (!shots) return
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`) })
}

test('a row says what is attached to it', async () => {
  const { page, close } = await open()
  await page.getByRole('row', { name: /Tides/ }).getByText('chart.pdf').waitFor()
  assert.equal(
    await page
      .getByRole('row', { name: /Harbour/ })
      .getByText('chart.pdf')
      .count(),
    0,
  )
  await assertAccessible(page, 'names of attachments')
  await shoot(page, 'names')
  await close()
})

test('people, folders and operators are offered as one types, and chosen by keys', async () => {
  const { page, close } = await open()
  await page.keyboard.press('/')
  await page.keyboard.type('lovel')
  await options(page).filter({ hasText: 'ada@example.test' }).waitFor()
  await assertAccessible(page, 'suggestions')
  await shoot(page, 'suggestions')
  await page.keyboard.press('ArrowDown')
  assert.equal(await options(page).first().getAttribute('aria-selected'), 'true')
  await page.keyboard.press('Enter')
  assert.equal(await box(page).inputValue(), 'from:ada@example.test ')
  await subjects(page, ['Tides'])
  await box(page).fill('f')
  await options(page).filter({ hasText: 'filename:' }).filter({ hasText: 'name of an attachment' }).waitFor()
  await box(page).fill('in:dra')
  await options(page).filter({ hasText: 'Drafts' }).waitFor()
  // Escape puts the list away and leaves what is typed; the second one leaves the search.
  await page.keyboard.press('Escape')
  await options(page).first().waitFor({ state: 'detached' })
  assert.equal(await box(page).inputValue(), 'in:dra')
  await close()
})

test('what was searched for is offered in an empty box, in every browser of the account, until it is forgotten', async () => {
  const first = await open()
  await first.page.keyboard.press('/')
  await first.page.keyboard.type('harbour')
  await first.page.keyboard.press('Enter')
  await subjects(first.page, ['Harbour dues', 'Harbour lights'])
  await first.page.waitForLoadState('networkidle').catch(() => {})
  await first.close()
  const { page, close } = await open('wide', 'dark')
  await page.keyboard.press('/')
  await page.keyboard.press('ArrowDown')
  await options(page).filter({ hasText: 'harbour' }).waitFor()
  await shoot(page, 'past-dark')
  await options(page).filter({ hasText: 'harbour' }).click()
  await subjects(page, ['Harbour dues', 'Harbour lights'])
  await eventually(
    () => page.evaluate(() => document.activeElement?.id),
    (id) => id === 'message-list',
    'the results have the focus',
  )
  await page.keyboard.press('/')
  await page.keyboard.press('Backspace')
  await options(page).filter({ hasText: 'Forget past searches' }).click()
  await options(page).first().waitFor({ state: 'detached' })
  await close()
})

test('a search becomes a folder, is renamed and removed, each with a way back', async () => {
  const { page, close } = await open()
  await page.keyboard.press('/')
  await page.keyboard.type('from:bob')
  await page.keyboard.press('Enter')
  await subjects(page, ['Harbour lights'])
  await page.getByRole('button', { name: 'Save search' }).click()
  const name = page.getByRole('textbox', { name: 'Name of the search' })
  await name.fill(' ')
  await page.keyboard.press('Enter')
  await page.getByText('A search needs a name.').waitFor()
  await assertAccessible(page, 'no name')
  await name.fill('From Bob')
  await page.keyboard.press('Enter')
  const saved = page.getByRole('navigation').getByRole('link', { name: 'From Bob' })
  await saved.waitFor()
  await page.getByRole('link', { name: /^Sent/ }).click()
  await page.waitForURL(/\/mail\/sent/)
  await saved.click()
  await subjects(page, ['Harbour lights'])
  assert.equal(await saved.getAttribute('aria-current'), 'page')
  await assertAccessible(page, 'a saved search')
  await shoot(page, 'saved')
  await page.getByRole('button', { name: 'Actions for From Bob' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Rename search' }).click()
  await name.fill('Bob')
  await page.keyboard.press('Enter')
  await page.getByRole('navigation').getByRole('link', { name: 'Bob', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Actions for Bob' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Remove search' }).click()
  await page.getByRole('heading', { name: 'Searches' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('navigation').getByRole('link', { name: 'Bob', exact: true }).waitFor()
  await close()
})

test('on a phone a suggestion is chosen by finger', async () => {
  const { page, close } = await open('phone')
  await box(page).tap()
  await box(page).fill('file')
  await options(page).first().waitFor()
  await assertAccessible(page, 'suggestions on a phone')
  await shoot(page, 'suggestions-phone')
  await box(page).fill('ada')
  await options(page).filter({ hasText: 'ada@example.test' }).tap()
  assert.equal(await box(page).inputValue(), 'from:ada@example.test ')
  await close()
})

test('every operator finds what it says', async () => {
  const { page, close } = await open()
  const all = ['Harbour dues', 'Harbour lights', 'Tides']
  const finds: readonly (readonly [string, readonly string[]])[] = [
    ['from:bob', ['Harbour lights']],
    ['to:alice', all],
    ['cc:charles', ['Tides']],
    ['subject:harbour', ['Harbour dues', 'Harbour lights']],
    ['body:pilot', ['Harbour dues']],
    ['has:attachment', ['Tides']],
    ['filename:chart.pdf', ['Tides']],
    ['is:unread', ['Harbour lights', 'Tides']],
    ['is:flagged', ['Harbour lights']],
    ['in:inbox', all],
    ['label:travel', ['Tides']],
    ['before:yesterday', []],
    ['after:yesterday', all],
    ['larger:20k', ['Tides']],
    ['smaller:20k', ['Harbour dues', 'Harbour lights']],
    ['"harbour lights"', ['Harbour lights']],
    ['tides OR dues', ['Harbour dues', 'Tides']],
    ['harbour -lights', ['Harbour dues']],
  ]
  for (const [query, expected] of finds) {
    await box(page).fill(query)
    // What could be read as JSON stands there as such.
    const forms = [query, JSON.stringify(query)]
    await page.waitForURL((url) => forms.includes(url.searchParams.get('q') ?? ''))
    await subjects(page, expected, query)
  }
  await close()
})
