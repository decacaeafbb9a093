// The screens and their states, each with the way there. What is pressed is found by the client's own words.

import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { wordsOf } from '../ui-test/words.ts'
import { sectionNames } from '../web/src/shell/setting-sections.ts'

export interface Seen {
  readonly page: Page
  readonly url: string
  readonly isPhone: boolean
}

export interface Screen {
  /** Of its files. */
  readonly name: string
  readonly title: string
  readonly isSignedOut?: true
  readonly context?: BrowserContextOptions
  show(seen: Seen): Promise<unknown>
}

const t = wordsOf('en')

export async function signIn(seen: Seen): Promise<void> {
  await present(seen, 'demo')
  await rows(seen.page).first().waitFor()
}

async function present({ page, url }: Seen, password: string): Promise<void> {
  await page.goto(url)
  await page.locator('input[name=username]').fill('alice@example.test')
  await page.locator('input[name=password]').fill(password)
  await page.keyboard.press('Enter')
}

const rows = (page: Page): Locator => page.getByRole('grid').getByRole('row')
const button = (page: Page, words: string): Locator => page.getByRole('button', { name: t(words), exact: true })

async function goTo({ page, url }: Seen, path: string): Promise<void> {
  await page.goto(`${url}/mail/${path}`)
  await button(page, 'mail:refresh').waitFor()
}

async function find(seen: Seen, words: string): Promise<void> {
  await goTo(seen, `inbox?q=${encodeURIComponent(words)}&in=everywhere`)
  await rows(seen.page).first().waitFor()
}

/** The first that is found by these words, opened. */
async function open(seen: Seen, words: string): Promise<void> {
  await find(seen, words)
  await rows(seen.page).first().click()
  await seen.page.locator('article header').first().waitFor()
}

async function settings({ page, url }: Seen, section: string): Promise<void> {
  await page.goto(`${url}/settings/${section}`)
  await page.getByRole('heading', { level: 1, name: t(`settings:sections.${section}`) }).waitFor()
}

/** `key`: by which a composer opens. */
async function write({ page }: Seen, key = 'c'): Promise<void> {
  await page.keyboard.press(key)
  await page.locator('section[role=dialog] .ProseMirror').waitFor()
}

const longWord = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'

export const screens: readonly Screen[] = [
  {
    name: 'sign-in',
    title: 'Signing in',
    isSignedOut: true,
    show: async ({ page, url }) => {
      await page.goto(url)
      await page.locator('input[name=username]').waitFor()
    },
  },
  {
    name: 'sign-in-refused',
    title: 'Signing in: a wrong password',
    isSignedOut: true,
    async show(seen) {
      await present(seen, 'not this one')
      await seen.page.getByRole('alert').waitFor()
    },
  },
  { name: 'inbox', title: 'The inbox', show: (seen) => goTo(seen, 'inbox') },
  {
    name: 'folders',
    title: 'The folders',
    async show(seen) {
      if (seen.isPhone) await button(seen.page, 'mail:folders').click()
    },
  },
  {
    name: 'selection',
    title: 'Several selected',
    async show({ page }) {
      await page.keyboard.press('j')
      for (let n = 0; n < 3; n++) for (const key of ['x', 'j']) await page.keyboard.press(key)
    },
  },
  { name: 'conversation', title: 'A conversation', show: (seen) => open(seen, 'subject:re has:attachment') },
  { name: 'newsletter', title: 'A newsletter in HTML', show: (seen) => open(seen, 'newsletter') },
  {
    name: 'message-menu',
    title: 'What can be done with a message',
    async show(seen) {
      await find(seen, 'has:attachment')
      await rows(seen.page).first().click({ button: 'right' })
      await seen.page.getByRole('menu').waitFor()
    },
  },
  { name: 'search', title: 'A search', show: (seen) => find(seen, 'museum') },
  {
    name: 'suggestions',
    title: 'What the search box offers',
    async show({ page }) {
      await page.getByRole('combobox', { name: t('mail:search.label') }).click()
      await page.keyboard.type('ca')
      await page.getByRole('listbox').getByRole('option').first().waitFor()
    },
  },
  {
    name: 'snooze',
    title: 'Out of sight until a time',
    async show({ page }) {
      await page.keyboard.press('j')
      await page.keyboard.press('b')
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'move-folder',
    title: 'Where a folder goes',
    async show(seen) {
      if (seen.isPhone) await button(seen.page, 'mail:folders').click()
      await seen.page
        .getByRole('navigation')
        .getByRole('button', { name: /^Actions for/ })
        .last()
        .focus()
      await seen.page.keyboard.press('Enter')
      await seen.page.getByRole('menuitem', { name: t('mail:moveFolder') }).click()
      await seen.page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'nothing-found',
    title: 'Nothing found',
    async show(seen) {
      await goTo(seen, `inbox?q=${longWord}`)
      await seen.page.getByText(t('mail:nothingFound')).waitFor()
    },
  },
  {
    name: 'empty-folder',
    title: 'An empty folder',
    async show(seen) {
      await goTo(seen, 'junk?q=is%3Aflagged%20is%3Aunread%20larger%3A40M')
      await seen.page.getByText(t('mail:nothingFound')).waitFor()
    },
  },
  {
    name: 'no-such-folder',
    title: 'A folder that is not there',
    async show(seen) {
      await seen.page.goto(`${seen.url}/mail/${longWord}`)
      await seen.page.getByText(t('mail:noSuchFolder')).waitFor()
    },
  },
  { name: 'compose', title: 'A new message', show: (seen) => write(seen) },
  {
    name: 'compose-long',
    title: 'A new message, with much in it',
    async show(seen) {
      await write(seen)
      const { page } = seen
      for (const who of [
        'bob@example.test',
        'carol@example.test',
        `${longWord.toLowerCase()}@example.test`,
        'not an address',
      ]) {
        await page.keyboard.type(who)
        await page.keyboard.press('Enter')
      }
      const composer = page.locator('section[role=dialog]')
      await composer.getByLabel(t('compose:subject')).fill(`${longWord} and ${longWord}`)
      await composer.locator('.ProseMirror').click()
      await page.keyboard.type(`Dear all,\n\n${longWord.repeat(2)}\n\nحياكم الله\n\n- one\n- two`)
    },
  },
  {
    name: 'reply',
    title: 'A reply',
    async show(seen) {
      await open(seen, 'subject:re')
      await write(seen, 'r')
    },
  },
  {
    name: 'help',
    title: 'All keys',
    async show({ page }) {
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'palette',
    title: 'The command palette',
    async show({ page }) {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: t('palette:title') }).fill('mar')
    },
  },
  {
    name: 'loading',
    title: 'While the list is fetched',
    async show({ page, url }) {
      await page.route('**/jmap/api', () => {})
      await page.goto(`${url}/mail/archive`)
      await page.waitForTimeout(1_500)
    },
  },
  {
    name: 'offline',
    title: 'Without a connection',
    async show({ page }) {
      await page.context().setOffline(true)
      await page.evaluate(() => dispatchEvent(new Event('offline')))
      await page.getByText(t('shell:connection.offline')).waitFor()
    },
  },
  {
    name: 'arabic',
    title: 'From right to left',
    context: { locale: 'ar' },
    show: ({ page, url }) => page.goto(`${url}/mail/inbox`).then(() => rows(page).first().waitFor()),
  },
  ...sectionNames.map(
    (name): Screen => ({
      name: `settings-${name}`,
      title: `Settings: ${t(`settings:sections.${name}`)}`,
      show: (seen) => settings(seen, name),
    }),
  ),
]
