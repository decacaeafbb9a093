// The interface in Arabic and in Japanese, chosen by the browser's language: which way it runs, that nothing hangs over the
// edge of a phone, that mail keeps its own direction, and that axe finds nothing.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { person, type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens } from './screens.ts'

let webmail: RealWebmail
let browser: Browser

before(async () => {
  webmail = await startRealWebmail()
  const now = Date.now()
  await webmail.append([
    letter({ subject: 'Trip to Cork (draft).', date: new Date(now - 120_000), text: 'Hello (all)!' }),
    letter({
      subject: '=?utf-8?b?2LHYrdmE2Kkg2KXZhNmJIENvcms=?=',
      from: '=?utf-8?b?2YXYsdmK2YU=?= <maryam@example.test>',
      date: new Date(now - 60_000),
      text: 'مرحبًا (جميعًا)!',
    }),
  ])
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await webmail?.stop()
})

async function open(page: Page, words: { username: string; password: string; submit: string }): Promise<void> {
  await page.goto(webmail.url)
  await page.getByLabel(words.username).fill(person.address)
  await page.getByLabel(words.password, { exact: true }).fill(person.password)
  await page.getByRole('button', { name: words.submit, exact: true }).click()
  await page.getByRole('row').first().waitFor()
}

const inArabic = { username: 'عنوان البريد الإلكتروني', password: 'كلمة المرور', submit: 'تسجيل الدخول' }
const inJapanese = { username: 'メールアドレス', password: 'パスワード', submit: 'ログイン' }

/** What can be seen or pressed lies within the window, and the document does not scroll sideways. */
async function assertFits(page: Page, where: string): Promise<void> {
  // What slides in has arrived.
  await eventually(
    () =>
      page.evaluate(() => {
        const width = document.documentElement.clientWidth
        const wide =
          document.documentElement.scrollWidth > width ? [`document: ${document.documentElement.scrollWidth}`] : []
        const outside = [...document.querySelectorAll('button, a, input, textarea, h1, h2, [role=row]')].filter(
          (element) => {
            const { left, right, width: own, height } = element.getBoundingClientRect()
            const isShown = own > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true })
            // A row of tabs may be scrolled by itself.
            let around = element.parentElement
            while (around && !/auto|scroll/.test(getComputedStyle(around).overflowX)) around = around.parentElement
            const isScrolled = around !== null && around.scrollWidth > around.clientWidth
            return isShown && !isScrolled && (left < -1 || right > width + 1)
          },
        )
        return [...wide, ...outside.map((element) => element.outerHTML.slice(0, 160))].join('\n')
      }),
    (found) => found === '',
    `${where}: nothing hangs over the edge`,
  )
}

const directionOf = (page: Page, text: string) =>
  page.evaluate((wanted) => {
    const walker = document.createTreeWalker(
      document.querySelector('[role=grid]') ?? document.body,
      NodeFilter.SHOW_TEXT,
    )
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.textContent === wanted && node.parentElement) return getComputedStyle(node.parentElement).direction
    }
    return undefined
  }, text)

test('Arabic runs from the right, mail in its own direction, and the arrow keys with the page', async () => {
  const { page, close } = await openScreen(browser, { ...screens.wide, locale: 'ar-EG' })
  await open(page, inArabic)
  const html = page.locator('html')
  assert.deepEqual([await html.getAttribute('lang'), await html.getAttribute('dir')], ['ar', 'rtl'])
  assert.equal(await directionOf(page, 'Trip to Cork (draft).'), 'ltr')
  assert.equal(await directionOf(page, 'رحلة إلى Cork'), 'rtl')
  const gap = await page.getByText('Hello (all)!').evaluate((preview) => {
    const words = document.createRange()
    words.selectNodeContents(preview)
    return preview.getBoundingClientRect().right - words.getBoundingClientRect().right
  })
  assert.ok(Math.abs(gap) < 2, 'an English preview stands at the side of the list where all begin')
  const folders = await page.getByRole('navigation', { name: 'المجلدات' }).boundingBox()
  assert.ok(folders && folders.x > 1440 / 2, 'the folders stand at the right')
  await assertFits(page, 'inbox')
  await assertAccessible(page, 'inbox in Arabic')

  await page.getByRole('row', { name: /رحلة/ }).click()
  await page.getByRole('heading', { name: 'رحلة إلى Cork' }).waitFor()
  const reply = page.getByRole('button', { name: 'رد', exact: true }).last()
  await reply.waitFor()
  assert.match(
    await reply.locator('svg').evaluate((icon) => getComputedStyle(icon).transform),
    /^matrix\(-1, 0, 0, 1/,
    'the arrow of an answer points to the right',
  )
  await assertAccessible(page, 'reading in Arabic')

  await page.keyboard.press('c')
  const subject = page.getByRole('textbox', { name: 'الموضوع' })
  await subject.fill('Hello')
  assert.equal(await subject.evaluate((input) => getComputedStyle(input).direction), 'ltr')
  await assertAccessible(page, 'writing in Arabic')
  await page.getByRole('button', { name: 'حفظ وإغلاق' }).click()

  // A submenu opens on the left, by the arrow that points there.
  await page.getByRole('button', { name: /^الحساب/ }).click()
  const language = page.getByRole('menuitem', { name: 'اللغة', exact: true })
  await language.waitFor()
  for (let press = 0; press < 12 && !(await language.evaluate((item) => item === document.activeElement)); press++) {
    await page.keyboard.press('ArrowDown')
  }
  await page.keyboard.press('ArrowLeft')
  await page
    .getByRole('menuitem', { name: 'العربية' })
    .or(page.getByRole('menuitemradio', { name: 'العربية' }))
    .waitFor()
  await close()
})

test('Arabic fits a phone: list, reading, writing, settings', async () => {
  const { page, close } = await openScreen(browser, { ...screens.phone, locale: 'ar' })
  await open(page, inArabic)
  await assertFits(page, 'inbox')
  await assertAccessible(page, 'inbox in Arabic on a phone')
  await page.getByRole('row', { name: /Trip/ }).click()
  await page.getByRole('heading', { name: 'Trip to Cork (draft).' }).waitFor()
  await assertFits(page, 'reading')
  await assertAccessible(page, 'reading in Arabic on a phone')
  await page.keyboard.press('c')
  await page.getByRole('textbox', { name: 'الموضوع' }).waitFor()
  await assertFits(page, 'writing')
  await page.goto(`${webmail.url}/settings`)
  await page.getByRole('heading', { name: 'المظهر' }).waitFor()
  await assertFits(page, 'settings')
  await assertAccessible(page, 'settings in Arabic on a phone')
  await close()
})

test('Japanese: its words, its dates, its fonts; another choice replaces it at once', async () => {
  const { page, close } = await openScreen(browser, { ...screens.phone, locale: 'ja-JP' })
  await open(page, inJapanese)
  const html = page.locator('html')
  assert.deepEqual([await html.getAttribute('lang'), await html.getAttribute('dir')], ['ja', 'ltr'])
  assert.match(await html.evaluate((root) => getComputedStyle(root).getPropertyValue('--font-script')), /Hiragino/)
  await assertFits(page, 'inbox')
  await assertAccessible(page, 'inbox in Japanese')
  await page.getByRole('row', { name: /Trip/ }).click()
  await page.getByRole('heading', { name: 'Trip to Cork (draft).' }).waitFor()
  await page
    .getByRole('button', { name: '全員に返信' })
    .or(page.getByRole('button', { name: '返信' }))
    .first()
    .waitFor()
  await assertFits(page, 'reading')
  await page.goto(`${webmail.url}/settings`)
  await page.getByRole('heading', { name: '外観' }).waitFor()
  await assertFits(page, 'settings')
  await assertAccessible(page, 'settings in Japanese')
  await page
    .getByRole('button', { name: /^日本語|言語/ })
    .first()
    .click()
  await page.getByRole('option', { name: 'العربية' }).click()
  await page.getByRole('heading', { name: 'المظهر' }).waitFor()
  assert.equal(await html.getAttribute('dir'), 'rtl')
  await close()
})
