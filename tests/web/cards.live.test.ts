// Invitations and contacts that came by mail, as cards in the message: shown, answered by mail, called back.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { base64, multipart, type PartSpec } from '../hostile/corpus/build-message.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, openBrowser, openScreen, screens } from './screens.ts'

let mail: RealWebmail
let browser: Browser

const text: PartSpec = { headers: ['Content-Type: text/plain; charset=utf-8'], body: 'You are invited.' }
const part = (type: string, name: string | null, content: string): PartSpec => ({
  headers: [
    `Content-Type: ${type}`,
    ...(name ? [`Content-Disposition: attachment; filename="${name}"`] : []),
    'Content-Transfer-Encoding: base64',
  ],
  body: base64(content),
})
const stamp = (at: number) => `${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}`
const nextWeek = Date.now() + 7 * 86_400_000

const invitation = (method: string, ...lines: string[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Navy//EN',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    'UID:berth@navy.example',
    'SEQUENCE:2',
    `DTSTART:${stamp(nextWeek)}`,
    `DTEND:${stamp(nextWeek + 5_400_000)}`,
    'SUMMARY:Berth plan <b>2027</b>',
    'LOCATION:https://meet.example/berth',
    'DESCRIPTION:Bring the drawings.\\nAll of them.',
    'ORGANIZER;CN=Grace Hopper:mailto:grace@navy.example',
    'ATTENDEE;CN=Alice;PARTSTAT=NEEDS-ACTION:mailto:alice@example.test',
    ...Array.from({ length: 8 }, (_, n) => `ATTENDEE;CN=Guest ${n};PARTSTAT=ACCEPTED:mailto:guest${n}@navy.example`),
    ...lines,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')

before(async () => {
  mail = await startRealWebmail({ config: { submission: { undo: 2_000 } } })
  const from = 'Grace Hopper <grace@navy.example>'
  await mail.append([
    multipart(
      'invite',
      'mixed',
      [
        text,
        part('text/calendar; method=REQUEST; charset=utf-8', null, invitation('REQUEST', 'RRULE:FREQ=WEEKLY;COUNT=4')),
        part('application/ics', 'invite.ics', invitation('REQUEST', 'RRULE:FREQ=WEEKLY;COUNT=4')),
      ],
      { subject: 'Invitation to the berth plan', from },
    ),
    multipart('off', 'mixed', [text, part('text/calendar; method=CANCEL', null, invitation('CANCEL'))], {
      subject: 'Called off',
      from,
    }),
    multipart(
      'card',
      'mixed',
      [
        text,
        part(
          'text/vcard',
          'ada.vcf',
          'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada <i>Lovelace</i>\r\nORG:Engines\r\nEMAIL;TYPE=WORK:ada@engine.example\r\nTEL;TYPE=CELL:+44 20 1234\r\nEND:VCARD\r\n',
        ),
      ],
      { subject: 'Whom to ask', from },
    ),
    multipart('broken', 'mixed', [text, part('text/calendar', 'broken.ics', 'BEGIN:VCALENDAR\r\nnothing')], {
      subject: 'A broken calendar',
      from,
    }),
  ])
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
})

async function open(page: Page, subject: string): Promise<void> {
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('row').filter({ hasText: subject }).first().click()
  await page.getByRole('heading', { name: subject }).waitFor()
}

for (const size of ['wide', 'phone'] as const) {
  test(`an invitation is one card although it came twice, its words are words; axe finds nothing, ${size}`, async () => {
    const { page, close } = await openScreen(browser, {
      ...screens[size],
      ...(size === 'phone' && { colorScheme: 'dark' }),
    })
    await mail.signIn(page)
    await open(page, 'Invitation to the berth plan')
    const card = page.getByRole('region', { name: /^Event: Berth plan/ })
    await card.getByRole('heading', { name: 'Berth plan <b>2027</b>' }).waitFor()
    assert.equal(await card.count(), 1)
    await card.getByText('Weekly · 4 times').waitFor()
    await card.getByRole('button', { name: '3 more' }).click()
    await card.getByText('Guest 7').waitFor()
    await card.getByText('Description').click()
    assert.match(
      (await card.getByText('Bring the drawings.').textContent()) ?? '',
      /^Bring the drawings\.\nAll of them\.$/,
    )
    await assertAccessible(page, `an invitation, ${size}`)
    await close()
  })
}

test('an answer goes to the organizer as a calendar, is told on every device, and can be changed', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  await open(page, 'Invitation to the berth plan')
  const card = page.getByRole('article', { name: 'Grace Hopper' }).getByRole('region', { name: /^Event/ })
  await card.getByRole('button', { name: 'Accept' }).focus()
  await page.keyboard.press('Enter')
  await card.getByText('You have accepted.').waitFor()
  const [sent] = await eventually(
    () => mail.sent,
    (all) => all.length === 1,
    'sent',
  )
  assert.deepEqual(sent?.to, ['grace@navy.example'])
  // Folded lines and soft line breaks put together (RFC 2045 §6.7, RFC 5545 §3.1).
  const said = sent.text.replace(/=\r\n|\r\n[ \t]/g, '').replaceAll('=3D', '=')
  assert.match(said, /^Subject: Accepted: Berth plan <b>2027<\/b>\r$/m)
  assert.match(said, /I accept the invitation to/)
  assert.match(said, /Content-Type: text\/calendar;[^\n]*method=REPLY/i)
  assert.match(said, /ATTENDEE;[^\n]*PARTSTAT=ACCEPTED[^\n]*:mailto:alice@example\.test/)
  assert.doesNotMatch(said, /guest/)

  await page.reload()
  await page.getByRole('article', { name: 'Alice' }).getByText('Alice has accepted').waitFor()
  await page.getByRole('button', { name: /^Grace Hopper/ }).click()
  await card.getByText('You have accepted.').waitFor()
  await card.getByRole('button', { name: 'Decline' }).click()
  await card.getByText('You have declined.').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await card.getByText('You have declined.').waitFor({ state: 'detached' })
  assert.equal(await card.getByRole('button', { name: 'Decline' }).getAttribute('aria-pressed'), 'false')
  await page.goto(`${mail.url}/mail/drafts`)
  await page.getByText('No drafts').waitFor()
  assert.equal(mail.sent.length, 1)
  await close()
})

test('what was called off cannot be answered; a contact is written to; what does not read is a file like others', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  await open(page, 'Called off')
  const card = page.getByRole('region', { name: /^Event/ })
  await card.getByText('Cancelled event').waitFor()
  assert.equal(await card.getByRole('button', { name: 'Accept' }).count(), 0)

  await open(page, 'Whom to ask')
  const contact = page.getByRole('region', { name: 'Contact: Ada <i>Lovelace</i>' })
  await assertAccessible(page, 'a contact')
  await contact.getByRole('button', { name: 'ada@engine.example' }).click()
  await page.getByRole('dialog').getByText('ada@engine.example').first().waitFor()
  await page.keyboard.press('Escape')

  await open(page, 'A broken calendar')
  await page.getByText('broken.ics').first().waitFor()
  assert.equal(await page.getByRole('region', { name: /^Event/ }).count(), 0)
  await close()
})
