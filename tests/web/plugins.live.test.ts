// The client part of a plugin in the real client: fetched where it is enabled, under the page's own policy, and asked before a send; and
// the words of one that refuses on the server.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { type Oracle, openOracle } from '../hostile/oracle.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'

let mail: RealWebmail
let oracle: Oracle
let page: Page
const fetched: string[] = []

before(async () => {
  const folders = [join(import.meta.dirname, '../plugins')]
  mail = await startRealWebmail({
    config: { plugins: { folders, enabled: ['asker'] }, submission: { undo: 200 } },
  })
  oracle = await openOracle()
  ;({ page } = await oracle.watch(mail.url, { viewport: { width: 1280, height: 900 }, locale: 'en-GB' }))
  page.on('request', (request) => void fetched.push(new URL(request.url()).pathname))
  await mail.signIn(page)
})
after(async () => {
  await oracle?.close()
  await mail?.stop()
})

const composer = () => page.locator('section[role=dialog]')
const ofPlugins = () => fetched.filter((path) => path.startsWith('/plugins/'))

async function write(to: string, subject: string): Promise<void> {
  await page.getByRole('button', { name: 'New message' }).first().click()
  await composer().getByLabel('To', { exact: true }).fill(to)
  await composer().getByLabel('Subject').fill(subject)
  await composer().locator('.ProseMirror').click()
  await page.keyboard.type('Hello out there')
}
const press = () => composer().getByRole('button', { name: 'Send', exact: true }).click()
const arrived = (subject: string) =>
  eventually(
    async () => mail.sent.some(({ text }) => text.includes(`Subject: ${subject}`)),
    Boolean,
    `${subject} arrives`,
  )

test('the question stands before the author as plain text; he may go back, or let it go', async () => {
  assert.deepEqual(ofPlugins(), [], 'not before it is needed')
  await write('someone@elsewhere.test', 'Outside')
  await press()
  const question = page.getByRole('alertdialog', { name: 'Outside the house' })
  await question.getByText('To someone@elsewhere.test: <i>Hello out there</i>, 0 files').waitFor()
  assert.match(ofPlugins().join(' '), /^(\/plugins\/asker-[\w-]{16})\.js \1\.part\.js$/)
  await question.getByRole('button', { name: 'Back' }).first().click()
  assert.equal(mail.sent.length, 0)
  await press()
  await question.getByRole('button', { name: 'Let it go' }).click()
  await arrived('Outside')
})

test('within the house nothing is asked; a plugin that breaks asks nothing either', async () => {
  await write('bob@example.test', 'Inside')
  await press()
  await arrived('Inside')
  await write('someone@elsewhere.test', 'Broken')
  await press()
  await arrived('Broken')
})

test('what the server part refuses is told in its words, as text, and the message stays', async () => {
  await write('bob@example.test', 'Forbidden')
  await press()
  await composer().getByText('Nobody <b>sends</b> this from here.').waitFor()
  assert.ok(!mail.sent.some(({ text }) => text.includes('Forbidden')))
})
