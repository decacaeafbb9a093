// The command palette by keyboard alone: actions, folders, settings, looks and a search, each found by a part of its name.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens, signIn } from './screens.ts'

let webmail: RealWebmail
let browser: Browser

before(async () => {
  webmail = await startRealWebmail()
  await webmail.append([letter({ subject: 'Lunch' }), letter({ subject: 'Harbour' })])
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await webmail?.stop()
})

test('everything is found by a part of its name, done, and the focus comes back', async () => {
  const { page, close } = await openScreen(browser)
  await signIn(page, webmail.url)
  const field = page.getByRole('combobox', { name: 'Do or find anything' })
  const current = page.getByRole('option', { selected: true })
  const choose = async (words: string, expected: string) => {
    await page.keyboard.press('Control+k')
    await field.waitFor()
    await page.keyboard.type(words)
    await current.filter({ hasText: expected }).waitFor()
    await page.keyboard.press('Enter')
    await field.waitFor({ state: 'detached' })
  }

  await page.keyboard.press('j')
  await page.keyboard.press('Control+k')
  await field.waitFor()
  assert.ok(await field.evaluate((element) => element === document.activeElement))
  await assertAccessible(page, 'the palette')
  await page.keyboard.type('zzzz')
  await current.filter({ hasText: 'Search mail for “zzzz”' }).waitFor()
  await page.keyboard.press('Escape')
  await field.waitFor({ state: 'detached' })

  // What it does, it does to the row that was current.
  await choose('star', 'Add or remove star')
  await page
    .getByRole('row', { name: /Starred/ })
    .first()
    .waitFor()
  await choose('tra', 'Trash')
  await page.waitForURL(/\/mail\/trash/)
  await choose('settings office', 'Out of office')
  await page.waitForURL(/\/settings\/vacation/)
  await choose('dark', 'Dark')
  await eventually(
    () => page.locator('html').getAttribute('data-theme'),
    (theme) => theme === 'dark',
    'the look',
  )
  // What was used last comes first, before anything is typed; one step up from there is the end of the list.
  await page.keyboard.press('Control+k')
  await current.filter({ hasText: 'Dark' }).waitFor()
  await page.keyboard.press('ArrowUp')
  await page.getByRole('option').last().and(current).waitFor()
  await page.keyboard.press('Escape')
  await choose('Harbour', 'Search mail for “Harbour”')
  await page.waitForURL(/q=Harbour/)
  await page.getByRole('row', { name: /Harbour/ }).waitFor()
  await close()
})

test('on a phone it fits, and a tap chooses', async () => {
  const { page, close } = await openScreen(browser, screens.phone)
  await signIn(page, webmail.url)
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Do or find anything' }).fill('draft')
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.equal(wide, 0)
  await page.getByRole('option').first().tap()
  await page.waitForURL(/\/mail\/drafts/)
  await close()
})

test('what is typed before the palette has come is written into it, and does nothing to the list', async () => {
  const { page, close } = await openScreen(browser)
  await signIn(page, webmail.url)
  const rows = await page.getByRole('row').count()
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route(/palette.*\.js$|strings\..*\.js$|\.js$/, async (route) => {
    await held
    await route.continue()
  })
  await page.keyboard.press('Control+k')
  // «e» archives, «#» deletes.
  await page.keyboard.type('e#')
  release()
  const field = page.getByRole('combobox', { name: 'Do or find anything' })
  await field.waitFor()
  await eventually(
    () => field.inputValue(),
    (value) => value === 'e#',
    'what was typed',
  )
  await page.keyboard.press('Escape')
  await field.waitFor({ state: 'detached' })
  assert.equal(await page.getByRole('row').count(), rows)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await close()
})

test('letters in a dialog are no keys of the list behind it', async () => {
  const { page, close } = await openScreen(browser)
  await signIn(page, webmail.url)
  const rows = await page.getByRole('row').count()
  await page
    .getByRole('row')
    .first()
    .click({ modifiers: ['Control'] })
  await page.keyboard.press('b')
  const dialog = page.getByRole('dialog', { name: 'Snooze until' })
  await dialog.waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type('e#!')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await page.getByRole('row').count(), rows)
  await close()
})

test('Enter in the search box leads to the results, also to those that are still on their way', async () => {
  const { page, close } = await openScreen(browser)
  await signIn(page, webmail.url)
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route('**/jmap/api*', async (route) => {
    if (route.request().postData()?.includes('Harbour')) await held
    await route.continue()
  })
  await page.keyboard.press('/')
  await page.keyboard.type('Harbour')
  await page.keyboard.press('Enter')
  await page.waitForURL(/q=Harbour/)
  release()
  await page.getByRole('row', { name: /Harbour/ }).waitFor()
  await eventually(
    () => page.evaluate(() => document.activeElement?.id),
    (id) => id === 'message-list',
    'the list has the focus',
  )
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await close()
})
