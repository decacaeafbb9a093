// The words of a search are shown where they stand: in the list, in plain text and in the frame of an HTML message, whatever the
// script, light and dark; and nothing of a message becomes markup or is changed by it.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens, signIn } from './screens.ts'

let webmail: RealWebmail
let browser: Browser

const html = `${letter({ subject: 'Harbour plan' }).toString().replace('text/plain', 'text/html')}<p style="color:#222">The <b>lob</b>ster and the LOBSTER boat</p><p>lob</p><p>ster: порт Hamburg</p>\r\n`

before(async () => {
  webmail = await startRealWebmail()
  browser = await openBrowser()
  await webmail.append([
    Buffer.from(html),
    letter({ subject: '=?utf-8?B?0J3QvtCy0L7RgdGC0Lgg0J/QntCg0KLQkA==?=', text: 'Сегодня порт закрыт.' }),
    letter({
      subject: 'Of <mark>lobster</mark> & <img src=x onerror=alert(1)>',
      text: 'One lobster & <b>two</b> lobsters.\n> quoted lobster',
    }),
  ])
})
after(async () => {
  await browser?.close()
  await webmail?.stop()
})

async function search(page: Page, words: string): Promise<void> {
  await page.locator('input[type=search]').fill(words)
  await page.getByRole('heading', { name: 'Search' }).waitFor()
}
const marksIn = (page: Page, row: RegExp) => page.getByRole('row', { name: row }).locator('mark').allTextContents()

/** What is coloured in the reading pane: in our own page, and in the frame. */
const coloured = (page: Page) =>
  page.evaluate(() => {
    const views = [window, ...[...document.querySelectorAll('iframe')].map(({ contentWindow }) => contentWindow)]
    return views.flatMap((view) => {
      const { highlights } = (view as typeof globalThis & Window).CSS
      return [...(highlights.get('found-words') ?? [])].map((range) => (range as Range).toString())
    })
  })

for (const colorScheme of ['light', 'dark'] as const) {
  test(`what was searched for is marked in the list and in the message, ${colorScheme}`, async () => {
    const screen = await openScreen(browser, { ...screens.wide, colorScheme })
    const { page } = screen
    await signIn(page, webmail.url)
    await search(page, 'lobster')
    await eventually(
      () => marksIn(page, /Of/),
      (marks) => marks.join() === 'lobster,lobster,lobster,lobster',
      'the words are marked in subject and preview',
    )
    const row = page.getByRole('row', { name: /Of/ })
    assert.match((await row.textContent()) ?? '', /Of <mark>lobster<\/mark> & <img src=x onerror=alert\(1\)>/)
    assert.equal(await row.locator('img').count(), 0)
    await assertAccessible(page, `marks, ${colorScheme}`)

    await row.click()
    await eventually(
      () => coloured(page),
      (words) => words.join() === 'lobster,lobster,lobster',
      'plain text is coloured',
    )
    await page.getByRole('row', { name: /Harbour plan/ }).click()
    await page.frameLocator('article iframe').getByText('boat').waitFor()
    const words = await eventually(
      () => coloured(page),
      (found) => found.length >= 2,
      'the frame is coloured',
    )
    // Over an element's end, but not from one paragraph to the next.
    assert.deepEqual(words, ['lobster', 'LOBSTER'])
    const body = await page.frameLocator('article iframe').locator('body').innerHTML()
    assert.match(body, />The <b>lob<\/b>ster and the LOBSTER boat<\/p>/)

    await page.getByRole('button', { name: 'Leave the search' }).click()
    await eventually(
      () => coloured(page),
      (found) => found.length === 0,
      'the colour goes with the search',
    )
    await screen.close()
  })
}

test('words are found in any script, whatever the case', async () => {
  const screen = await openScreen(browser)
  const { page } = screen
  await signIn(page, webmail.url)
  await search(page, 'порт')
  await eventually(
    () => marksIn(page, /Новости/),
    (marks) => marks.join() === 'ПОРТ,порт',
    'Cyrillic is marked',
  )
  await page.getByRole('row', { name: /Новости/ }).click()
  await eventually(
    () => coloured(page),
    (words) => words.join() === 'порт',
    'and coloured',
  )
  await screen.close()
})
