// The places of the client that plugins fill, over a real node: what they are given, what is drawn of what they say, what they cannot reach, and
// that one which throws, hangs or answers nonsense takes no screen with it. `shower` of tests/plugins shows everywhere; ours show where they do.

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, letter, openBrowser, openScreen, screens } from './screens.ts'

let mail: RealWebmail
let browser: Browser
const folder = mkdtempSync(join(tmpdir(), 'paquebot-places-'))

before(async () => {
  const learn = join(folder, 'learn')
  writeFileSync(learn, '#!/bin/sh\ncat > /dev/null\n')
  chmodSync(learn, 0o755)
  mail = await startRealWebmail({
    config: {
      // Two busy cores make this process slow: that is not what is looked at here.
      http: { listen: '127.0.0.1:0', maxLag: 60_000 },
      submission: { undo: 200 },
      plugins: {
        folders: [join(import.meta.dirname, '../plugins')],
        enabled: ['shower', 'attachment-reminder', 'archive-by-year', 'mark-as-junk-learn'],
        settings: { 'mark-as-junk-learn': { spam_command: learn, ham_command: learn } },
      },
    },
  })
  await mail.append(['Plain', 'Throw', 'Wrong', 'Hang', 'Old'].map((subject) => letter({ subject })))
  await mail.append([letter({ subject: 'Filed before' })], { mailbox: 'Archive' })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
  rmSync(folder, { recursive: true })
})

/** What the console says of parts that fail, and of what their policy stops. */
const ofParts = /^plugin |Content Security Policy|Refused to/

async function open(options: BrowserContextOptions = screens.wide, expected?: RegExp) {
  const screen = await openScreen(browser, { reducedMotion: 'reduce', ...options }, expected)
  await mail.signIn(screen.page)
  await screen.page.getByRole('row').first().waitFor()
  return screen
}
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
async function read(page: Page, subject: string) {
  await row(page, subject).click()
  await page.locator('article').getByText(`This is about ${subject}.`).waitFor()
}
const line = (page: Page) => page.locator('article').getByText('<b>Seen</b>')
const toast = (page: Page, text: string) => page.getByRole('status').getByText(text, { exact: true })

test('a line above a message says what the part was given, as text; its buttons ask it again, its link leads out', async () => {
  const { page, close } = await open(screens.wide, ofParts)
  await read(page, 'Plain')
  await page.getByText('<b>Seen</b> in en: from,id,subject', { exact: true }).waitFor()
  await page.locator('article dd').getByText('grace@example.test').waitFor()
  const link = page.getByRole('link', { name: 'More' })
  assert.equal(await link.getAttribute('href'), 'https://plugin.example/more')
  assert.match((await link.getAttribute('rel')) ?? '', /noopener/)
  await page.getByRole('button', { name: 'Ask' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('{"argument":[1],"address":"alice@example.test"}').waitFor()
  await close()
})

test('a part reaches neither the page nor the network, nor what the browser keeps', async () => {
  const { page, close } = await open(screens.wide, ofParts)
  await read(page, 'Plain')
  await page.getByRole('button', { name: 'Reach out' }).click()
  await page.getByText('Found: nothing', { exact: true }).waitFor()
  await close()
})

test('an entry stands in the menus of a message and of what is selected, and is given what it reads', async () => {
  const { page, close } = await open()
  await read(page, 'Plain')
  await page.locator('article').getByRole('button', { name: 'More', exact: true }).focus()
  await page.keyboard.press('Enter')
  const entry = page.getByRole('menuitem', { name: 'Show what is seen' })
  await entry.waitFor()
  // By its letters, as in any menu.
  await page.keyboard.type('Show what')
  await page.keyboard.press('Enter')
  await toast(page, '1: id,subject').waitFor()
  await page.keyboard.press('u')
  for (const subject of ['Plain', 'Old']) await row(page, subject).click({ modifiers: ['Control'] })
  await page.getByRole('toolbar').getByRole('button', { name: 'More', exact: true }).click()
  await entry.click()
  await toast(page, '2: id,subject').waitFor()
  await close()
})

test('what a part adds to a message is text, a subject and a file; formatted or plain', async () => {
  const { page, close } = await open()
  for (const isPlain of [false, true]) {
    await page.keyboard.press('c')
    const composer = page.locator('section[role=dialog]')
    await composer.locator('.ProseMirror').waitFor()
    if (isPlain) {
      await composer.getByRole('button', { name: 'More options' }).click()
      await page.getByRole('menuitem', { name: /plain text/i }).click()
      await composer.getByLabel('Text of the message').fill('Before')
    } else {
      await composer.locator('.ProseMirror').click()
      await page.keyboard.type('Before')
    }
    await composer.getByRole('button', { name: 'Extensions' }).click()
    await page.getByRole('menuitem', { name: 'Add a meeting' }).click()
    await composer.getByText('meeting.ics').waitFor()
    // It reads the subject alone: the text that stands there is not given.
    const added = 'BeforeMeeting at ten. (|)'
    const text = isPlain ? composer.getByLabel('Text of the message') : composer.locator('.ProseMirror')
    await eventually(
      () => (isPlain ? text.inputValue() : text.textContent()),
      (value) => (value ?? '').replaceAll(/\s*\n\s*/g, '').includes(added),
      added,
    )
    assert.equal(await composer.getByLabel('Subject').inputValue(), 'Meeting')
    await toast(page, 'Meeting added').waitFor()
    await composer.getByRole('button', { name: 'Discard' }).click()
    await composer.waitFor({ state: 'detached' })
  }
  await close()
})

test('a notice stands above the screens until it is put away', async () => {
  const { page, close } = await open()
  const notices = page.getByRole('region', { name: 'Notices of extensions' })
  await notices.getByText('Maintenance tonight.').waitFor()
  await notices.getByRole('button', { name: 'Understood' }).click()
  await notices.getByText('Good that you know.').waitFor()
  await notices.getByRole('button', { name: /^Dismiss/ }).click()
  await notices.waitFor({ state: 'detached' })
  // What was put away is the answer to the button: that which stands there at the start is new to this browser.
  await page.reload()
  await notices.getByText('Maintenance tonight.').waitFor()
  await notices.getByRole('button', { name: /^Dismiss/ }).click()
  await notices.waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('row').first().waitFor()
  // The part answers in turn: with the line of a message, the question for a notice lies behind it.
  await read(page, 'Plain')
  await page.getByText('<b>Seen</b> in en: from,id,subject', { exact: true }).waitFor()
  assert.equal(await notices.count(), 0)
  await close()
})

test('what is chosen in a plugin’s section of the settings is kept', async () => {
  const { page, close } = await open()
  const show = async () => {
    await page.goto(`${mail.url}/settings/plugin-shower`)
    await page.getByRole('heading', { name: 'Shower' }).waitFor()
    await page.getByLabel('Word').waitFor()
  }
  await show()
  assert.equal(await page.getByLabel('Word').inputValue(), 'hello')
  await page.getByLabel('Loud').focus()
  await page.keyboard.press('Space')
  await page.getByLabel('Word').fill('ahoy')
  await page.getByRole('button', { name: /Side/ }).click()
  await page.getByRole('option', { name: 'Right' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved').waitFor()
  await show()
  assert.equal(await page.getByLabel('Word').inputValue(), 'ahoy')
  assert.equal(await page.getByLabel('Loud').isChecked(), true)
  await page.getByRole('button', { name: /Right/ }).waitFor()
  await close()
})

test('a part that throws, answers nonsense or hangs takes nothing with it; five failures switch it off', async () => {
  const { page, close } = await open(screens.wide, ofParts)
  const said: string[] = []
  page.on('console', (message) => void said.push(message.text()))
  const failed = (what: RegExp, times: number) =>
    eventually(
      async () => said.filter((text) => what.test(text)).length,
      (count) => count >= times,
      `${times} × ${what} in the console`,
    )
  await read(page, 'Throw')
  await failed(/of the plugin/, 1)
  await read(page, 'Wrong')
  await failed(/another form/, 1)
  // Its worker hangs for good: the page goes on, and another message has its line once that worker was ended.
  await read(page, 'Hang')
  await read(page, 'Plain')
  await line(page).waitFor()
  await failed(/ms are over/, 1)
  const isLive = await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))))
  assert.equal(isLive, true)
  await read(page, 'Throw')
  await failed(/of the plugin/, 2)
  await page.locator('article').getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Show what is seen' }).click()
  await toast(page, '“Show what is seen” did not work. Please try again.').waitFor()
  await failed(/switched off/, 1)
  await read(page, 'Plain')
  await page.waitForLoadState('networkidle')
  assert.equal(await line(page).count(), 0)
  await close()
})

test('attachment-reminder: one question, the plugin’s own, and the message goes with one answer; it can be turned off', async () => {
  const { page, close } = await open({ ...screens.wide, locale: 'de-DE' })
  const composer = page.locator('section[role=dialog]')
  const send = async (subject: string) => {
    await page.keyboard.press('c')
    await composer.getByLabel('An', { exact: true }).fill('bob@example.test')
    await composer.getByLabel('Betreff').fill(subject)
    await composer.locator('.ProseMirror').click()
    await page.keyboard.type('Der Bericht ist angehängt.')
    await composer.getByRole('button', { name: 'Senden', exact: true }).click()
  }
  const arrived = (subject: string) =>
    eventually(
      async () => mail.sent.some(({ text }) => text.includes(`Subject: ${subject}`)),
      Boolean,
      `${subject} arrives`,
    )
  await send('Bericht')
  const questions = page.getByRole('alertdialog')
  await questions.getByText('In der Nachricht steht „angehängt“, aber es ist nichts angehängt.').waitFor()
  assert.equal(await questions.count(), 1)
  await assertAccessible(page, 'the question')
  await questions.getByRole('button', { name: 'Trotzdem senden' }).click()
  await arrived('Bericht')
  await composer.waitFor({ state: 'detached' })
  await page.goto(`${mail.url}/settings/plugin-attachment-reminder`)
  await page.getByText('Nachfragen, bevor eine Nachricht ohne ihren Anhang abgeht').click()
  await page.getByRole('button', { name: 'Speichern' }).click()
  await page.getByText('Gespeichert').waitFor()
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('row').first().waitFor()
  await send('Ohne Frage')
  await arrived('Ohne Frage')
  await close()
})

test('archive-by-year: what lies in the archive is filed from the menu', async () => {
  const { page, close } = await open()
  await page.goto(`${mail.url}/mail/archive`)
  await row(page, 'Filed before').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Archive by year' }).click()
  await toast(page, '1 message filed.').waitFor()
  await row(page, 'Filed before').waitFor({ state: 'detached' })
  await page
    .getByRole('treeitem', { name: String(new Date().getFullYear()) })
    .or(page.getByRole('link', { name: String(new Date().getFullYear()) }))
    .first()
    .click()
  await row(page, 'Filed before').waitFor()
  await close()
})

test('mark-as-junk-learn: a message tells what was learnt of it', async () => {
  const { page, close } = await open()
  await read(page, 'Old')
  // A page that goes away takes along what it has not been answered.
  const moved = page.waitForResponse((reply) => /"mailboxIds(\/[^"]*)?":/.test(reply.request().postData() ?? ''))
  await page.keyboard.press('!')
  await moved
  await page.goto(`${mail.url}/mail/junk`)
  const learned = page.locator('article').getByText('The spam filter has learnt that this is junk.')
  // It learns beside the request.
  await eventually(
    async () => {
      await row(page, 'Old').click()
      await page.locator('article').getByText('This is about Old.').waitFor()
      await page.waitForLoadState('networkidle')
      const isTold = (await learned.count()) > 0
      if (!isTold) await page.reload()
      return isTold
    },
    Boolean,
    'it is told',
  )
  await close()
})

for (const [name, options, words] of [
  ['light', screens.wide, { seen: 'in en', tools: 'Extensions', action: 'Show what is seen', more: 'More' }],
  [
    'dark, phone, German',
    { ...screens.phone, colorScheme: 'dark', locale: 'de-DE' },
    { seen: 'in de', tools: 'Erweiterungen', action: 'Zeigen, was zu sehen ist', more: 'Mehr' },
  ],
] as const) {
  test(`axe finds nothing in the places of plugins: ${name}`, async () => {
    const { page, close } = await open(options)
    const shoot = async (what: string) => {
      if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name} ${what}.png`) })
    }
    await page.getByText('Maintenance tonight.').waitFor()
    await assertAccessible(page, 'notice')
    await read(page, 'Plain')
    await page.getByText(`<b>Seen</b> ${words.seen}`).waitFor()
    await shoot('message')
    await assertAccessible(page, 'line')
    await page.locator('article').getByRole('button', { name: words.more, exact: true }).click()
    await page.getByRole('menuitem', { name: words.action }).waitFor()
    await shoot('menu')
    await assertAccessible(page, 'menu')
    await page.keyboard.press('Escape')
    await page.keyboard.press('r')
    await page.locator('.ProseMirror').waitFor()
    await page.getByRole('button', { name: words.tools }).click()
    await page.getByRole('menu').waitFor()
    await shoot('composer')
    await assertAccessible(page, 'composer')
    await page.keyboard.press('Escape')
    await page.goto(`${mail.url}/settings/plugin-shower`)
    await page.getByRole('switch').waitFor()
    await shoot('settings')
    await assertAccessible(page, 'settings')
    await close()
  })
}
