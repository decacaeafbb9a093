// Messages that sleep, in the browser over a real Dovecot: out of the list at once, in Snoozed with their time, back by themselves as new mail,
// by hand as they were; and what a client without our page gets over JMAP.

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
const shots = process.env.PAQUEBOT_SHOTS
const old = new Date('2026-01-05T10:00:00Z')

before(async () => {
  mail = await startRealWebmail()
  const subjects = ['Early', 'Report', 'Invoice', 'Lunch', 'Trip']
  await mail.append(
    subjects.map((subject, n) => letter({ subject, id: subject, date: new Date(old.getTime() + n * 60_000) })),
    { flags: ['\\Seen'] },
  )
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
})

interface Found {
  readonly path: string
  readonly uid: number
  readonly flags: readonly string[]
  readonly date: Date
}

/** Where the mail server has messages of that subject. */
async function find(subject: string): Promise<readonly Found[]> {
  const auth = { user: person.address, pass: person.password }
  const where = { host: '127.0.0.1', port: mail.dovecot.imapPort, secure: false, doSTARTTLS: false }
  const imap = new ImapFlow({ ...where, auth, logger: false })
  await imap.connect()
  const found: Found[] = []
  try {
    for (const { path } of await imap.list()) {
      await imap.mailboxOpen(path, { readOnly: true })
      const uids = await imap.search({ subject }, { uid: true })
      if (!uids || uids.length === 0) continue
      for await (const one of imap.fetch(uids, { flags: true, internalDate: true }, { uid: true }))
        found.push({ path, uid: one.uid, flags: [...(one.flags ?? [])], date: new Date(one.internalDate ?? 0) })
    }
  } finally {
    await imap.logout()
  }
  return found
}
const untilIn = (subject: string, path: string) =>
  eventually(
    () => find(subject),
    (found) => found.length === 1 && found[0]?.path === path,
    `${subject} in ${path} alone`,
  )

/** Method calls as another client makes them. */
async function jmap(...calls: readonly (readonly [string, Record<string, unknown>])[]) {
  const headers = { authorization: `Basic ${Buffer.from(`${person.address}:${person.password}`).toString('base64')}` }
  const session = (await (await fetch(`${mail.url}/jmap/session`, { headers })).json()) as {
    apiUrl: string
    primaryAccounts: Record<string, string>
    accounts: Record<string, { accountCapabilities: Record<string, Record<string, number>> }>
  }
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail'] ?? ''
  const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', 'urn:paquebot:params:jmap:settings:1']
  const methodCalls = calls.map(([name, args], n) => [name, { accountId, ...args }, `${n}`])
  const reply = await fetch(new URL(session.apiUrl, mail.url), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ using, methodCalls }),
  })
  const { methodResponses } = (await reply.json()) as { methodResponses: readonly [string, Record<string, unknown>][] }
  return { session, accountId, answer: (n: number) => methodResponses[n]?.[1] ?? {} }
}

async function open(size: keyof typeof screens = 'wide', theme: 'light' | 'dark' = 'light', expected?: RegExp) {
  const look = { reducedMotion: 'reduce', colorScheme: theme, ...screens[size] } as const
  const screen = await openScreen(browser, look, expected)
  await mail.signIn(screen.page)
  await screen.page.getByRole('row').first().waitFor()
  return screen
}
const row = (page: Page, subject: string) => page.getByRole('row').filter({ hasText: subject }).first()
const toast = (page: Page) => page.getByRole('status')
async function shoot(page: Page, name: string): Promise<void> {
  if (!shots) return
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`) })
}

test('by one key and a choice a message is gone until tomorrow, and back with an undo', async () => {
  const { page, close } = await open()
  await row(page, 'Report').waitFor()
  await page.getByRole('grid').focus()
  while (!(await row(page, 'Report').getAttribute('data-cursor'))) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('b')
  const dialog = page.getByRole('dialog', { name: 'Snooze until' })
  await dialog.waitFor()
  await assertAccessible(page, 'until when')
  await shoot(page, 'dialog')
  await dialog.getByRole('button', { name: /^Tomorrow morning/ }).focus()
  await page.keyboard.press('Enter')
  await row(page, 'Report').waitFor({ state: 'detached' })
  await toast(page)
    .getByText(/^Snoozed until .*8:00/)
    .waitFor()
  await untilIn('Report', 'Snoozed')
  await page.getByRole('link', { name: /^Snoozed/ }).click()
  await row(page, 'Report')
    .getByText(/^Until /)
    .waitFor()
  await assertAccessible(page, 'asleep')
  await shoot(page, 'asleep')
  await page.getByRole('button', { name: 'Undo' }).click()
  await row(page, 'Report').waitFor({ state: 'detached' })
  const [back] = await untilIn('Report', 'INBOX')
  assert.deepEqual(
    back?.flags.filter((flag) => flag === '\\Seen'),
    ['\\Seen'],
  )
  await close()
})

test('what comes back lies on top of the inbox, unread, in every mail program', async () => {
  const { page, close } = await open('wide', 'dark')
  const { answer } = await jmap(['Email/query', { filter: { subject: 'Early' } }])
  const emailId = String((answer(0).ids as readonly string[])[0])
  const until = `${new Date(Date.now() + 4_000).toISOString().slice(0, 19)}Z`
  const created = await jmap(['Snooze/set', { create: { one: { emailId, until } } }])
  assert.equal((created.answer(0).notCreated as object | null | undefined) ?? null, null)
  await untilIn('Early', 'Snoozed')
  await row(page, 'Early').waitFor({ state: 'detached' })
  // By itself, on the page that is open.
  await page.getByRole('row', { name: /^Unread.*Early/ }).waitFor()
  assert.match((await page.getByRole('row').first().textContent()) ?? '', /Early/)
  await shoot(page, 'back-dark')
  const [back] = await untilIn('Early', 'INBOX')
  assert.ok((back?.date.getTime() ?? 0) >= Date.parse(until), 'with the date of its return')
  assert.ok(!back?.flags.includes('\\Seen'))
  const after = await jmap(['Snooze/get', { ids: null }])
  assert.deepEqual(after.answer(0).list, [])
  await close()
})

test('on a phone: by the menu, with a time of one’s own; a past one is refused; and back by hand', async () => {
  const { page, close } = await open('phone')
  await row(page, 'Invoice').dispatchEvent('contextmenu', { clientX: 100, clientY: 200 })
  await page.getByRole('menuitem', { name: 'Snooze…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Snooze until' })
  await dialog.getByLabel('Another time').fill('2020-01-01T10:00')
  await dialog.getByText('This time is past.').waitFor()
  await assertAccessible(page, 'a past time')
  await shoot(page, 'past-phone')
  assert.equal(await dialog.getByRole('button', { name: 'Snooze', exact: true }).isDisabled(), true)
  await dialog.getByLabel('Another time').fill('2027-03-01T10:00')
  await dialog.getByRole('button', { name: 'Snooze', exact: true }).click()
  await untilIn('Invoice', 'Snoozed')
  await page.getByRole('button', { name: 'Folders' }).click()
  await page.getByRole('link', { name: /^Snoozed/ }).click()
  await row(page, 'Invoice').waitFor()
  await shoot(page, 'asleep-phone')
  await row(page, 'Invoice').dispatchEvent('contextmenu', { clientX: 100, clientY: 200 })
  await page.getByRole('menuitem', { name: 'Snooze…' }).click()
  await dialog.getByRole('button', { name: 'Bring back now' }).click()
  await row(page, 'Invoice').waitFor({ state: 'detached' })
  await untilIn('Invoice', 'INBOX')
  await close()
})

test('a server that cannot puts the row back, and says so', async () => {
  const { page, close } = await open('wide', 'light', /serverFail/)
  await page.route('**/jmap/api*', async (route) => {
    const body = route.request().postData() ?? ''
    if (!body.includes('Snooze/set')) return route.continue()
    const [, , id] = (JSON.parse(body) as { methodCalls: readonly (readonly unknown[])[] }).methodCalls[0] ?? []
    return route.fulfill({ json: { sessionState: '0', methodResponses: [['error', { type: 'serverFail' }, id]] } })
  })
  await row(page, 'Lunch').click({ modifiers: ['Control'] })
  await page.keyboard.press('b')
  await page.getByRole('button', { name: /^Tomorrow morning/ }).click()
  await toast(page)
    .getByText(/did not work|could not|went wrong|failed/i)
    .first()
    .waitFor()
  await row(page, 'Lunch').waitFor()
  assert.equal((await find('Lunch'))[0]?.path, 'INBOX')
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await close()
})

test('over JMAP: what is refused names its property; times change; the session says the limits', async () => {
  const { session, accountId, answer } = await jmap(['Email/query', { filter: { subject: 'Trip' } }])
  const limits = session.accounts[accountId]?.accountCapabilities['urn:paquebot:params:jmap:settings:1']
  assert.deepEqual([limits?.maxSnoozes, limits?.maxDelayedSnooze], [1_000, 5 * 366 * 86_400])
  const emailId = String((answer(0).ids as readonly string[])[0])
  const refused = async (object: Record<string, unknown>) => {
    const { answer } = await jmap(['Snooze/set', { create: { one: object } }])
    return (answer(0).notCreated as Record<string, { type: string; properties?: readonly string[] }>).one
  }
  const until = '2027-01-01T08:00:00Z'
  assert.deepEqual(await refused({ emailId, until: '2020-01-01T00:00:00Z' }), {
    type: 'invalidProperties',
    properties: ['until'],
  })
  assert.deepEqual(await refused({ emailId: 'gone', until }), { type: 'invalidProperties', properties: ['emailId'] })
  assert.equal((await refused({ emailId, until: 'soon' }))?.type, 'invalidProperties')
  const made = await jmap(['Snooze/set', { create: { one: { emailId, until } } }])
  const { id } = (made.answer(0).created as Record<string, { id: string }>).one ?? { id: '' }
  const later = '2027-02-01T08:00:00Z'
  const { answer: changed } = await jmap(
    ['Snooze/set', { update: { [id]: { until: later } } }],
    ['Snooze/get', { ids: [id] }],
    ['Snooze/set', { destroy: [id] }],
  )
  const [one] = changed(1).list as readonly Record<string, unknown>[]
  assert.deepEqual([one?.until, one?.emailId, one?.isSignInNeeded], [later, emailId, false])
  assert.deepEqual(changed(2).destroyed, [id])
  await untilIn('Trip', 'INBOX')
})
