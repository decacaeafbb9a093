// Reading, writing and settings under axe, light and dark, wide and narrow, in English and German: nothing that it finds,
// and no word missing.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { html, multipart, single } from '../hostile/corpus/build-message.ts'
import { type Oracle, openOracle } from '../hostile/oracle.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let mail: RealWebmail
let oracle: Oracle

before(async () => {
  mail = await startRealWebmail()
  await mail.append([
    single('first', 'text/plain; charset=utf-8', 'Hello\n\n> a\n> b\n> c\n> d\n> e\n> f\n\nhttps://example.org/', {
      subject: 'Plans',
    }),
    multipart(
      'second',
      'mixed',
      [
        {
          headers: ['Content-Type: text/html; charset=utf-8'],
          body: '<p style="color:#a00">Red <a href="https://example.org/">link</a></p><img src="http://canary.example/x.png">',
        },
        {
          headers: ['Content-Type: application/pdf; name=a.pdf', 'Content-Disposition: attachment; filename=a.pdf'],
          body: 'x',
        },
      ],
      {
        subject: 'Re: Plans',
        headers: [
          'In-Reply-To: <first@hostile.example>',
          'References: <first@hostile.example>',
          'Disposition-Notification-To: mallory@example.org',
          'List-Unsubscribe: <https://example.org/leave>',
        ],
      },
    ),
    html('x', 'other', '<b>Other</b>').message,
  ])
  oracle = await openOracle()
})
after(async () => {
  await oracle?.close()
  await mail?.stop()
})

interface Finding {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

async function axe(page: Page, where: string): Promise<void> {
  await page.evaluate(axeSource)
  const found = await page.evaluate(async () => {
    const { axe } = window as never as {
      axe: { run(context: unknown, options: unknown): Promise<{ violations: Finding[] }> }
    }
    // What is inside of a message is its sender's.
    const { violations } = await axe.run({ exclude: [['iframe']] }, { resultTypes: ['violations'] })
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(' | ')}`,
    )
  })
  assert.deepEqual(found, [], where)
}

/** A key of strings that has no words shows as itself. */
async function noBareKeys(page: Page, where: string): Promise<void> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is shown counts
  const text = await page.evaluate(() => document.body.innerText)
  assert.doesNotMatch(
    text,
    /\b(?:read|compose|settings|shell|mail)[.:][a-z]+[A-Z]|\b(?:sections|cannotSend|sendFailed|keys)\.[a-z]/,
    where,
  )
}

const views = [
  { name: 'light', scheme: 'light', width: 1280, locale: 'en-GB', compose: 'New message' },
  { name: 'dark, narrow, German', scheme: 'dark', width: 390, locale: 'de-DE', compose: 'Neue Nachricht' },
] as const

for (const view of views) {
  test(`axe finds nothing in reading, writing and settings: ${view.name}`, async (t) => {
    const { context, page, findings } = await oracle.watch(mail.url, {
      viewport: { width: view.width, height: 850 },
      colorScheme: view.scheme,
      locale: view.locale,
      reducedMotion: 'reduce',
    })
    t.after(() => context.close())
    await mail.signIn(page)
    await page.getByRole('row').filter({ hasText: 'Plans' }).first().click()
    await page.locator('article iframe').waitFor()
    await page.waitForTimeout(400)
    await axe(page, 'conversation')
    await noBareKeys(page, 'conversation')
    await page.locator('article button[aria-expanded]').first().click()
    await axe(page, 'details')

    await page.keyboard.press('r')
    await page.locator('.ProseMirror').waitFor()
    await page.waitForTimeout(300)
    await axe(page, 'reply')
    await noBareKeys(page, 'reply')
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('.ProseMirror').isVisible(), false, 'Escape makes it small')

    for (const section of [
      'general',
      'identities',
      'vacation',
      'remote',
      'templates',
      'labels',
      'devices',
      'shortcuts',
    ]) {
      await page.goto(`${mail.url}/settings/${section}`)
      await page.locator('main h1').waitFor()
      await page.waitForTimeout(400)
      await axe(page, section)
      await noBareKeys(page, section)
    }
    assert.deepEqual(findings(), [])
  })
}

test('settings that were changed are there in another browser', async (t) => {
  const first = await oracle.watch(mail.url, { locale: 'en-GB' })
  t.after(() => first.context.close())
  await mail.signIn(first.page)
  await first.page.goto(`${mail.url}/settings/remote`)
  await first.page.getByRole('button', { name: /Show pictures from the web/ }).click()
  await first.page.getByRole('option', { name: 'Never' }).click()
  await first.page.getByText('Saved').waitFor()
  await first.page.goto(`${mail.url}/settings/identities`)
  await first.page.getByRole('button', { name: 'Edit' }).click()
  await first.page.getByLabel('Name', { exact: true }).fill('Alice Liddell')
  await first.page.getByLabel('Signature', { exact: true }).fill('Alice\nWonderland')
  await first.page.getByRole('button', { name: 'Save' }).click()
  await first.page.getByText('Alice Liddell').waitFor()

  const second = await oracle.watch(mail.url, { locale: 'en-GB' })
  t.after(() => second.context.close())
  await mail.signIn(second.page)
  await second.page.goto(`${mail.url}/settings/remote`)
  await second.page.getByRole('button', { name: /Never/ }).waitFor()
  await second.page.goto(`${mail.url}/mail/inbox`)
  await second.page.getByRole('row').first().waitFor()
  await second.page.keyboard.press('c')
  await second.page.locator('.ProseMirror .mail-signature').getByText('Wonderland').waitFor()
  assert.deepEqual([...first.findings(), ...second.findings()], [])
})

test('an absence is set as a Sieve script and read back', async (t) => {
  const { context, page } = await oracle.watch(mail.url, { locale: 'en-GB' })
  t.after(() => context.close())
  await mail.signIn(page)
  await page.goto(`${mail.url}/settings/vacation`)
  await page.getByText('Answer messages automatically').click()
  await page.getByLabel('Text', { exact: true }).fill('I am at sea.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved').waitFor()
  await page.reload()
  await page.getByLabel('Text', { exact: true }).waitFor()
  assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), 'I am at sea.')
})
