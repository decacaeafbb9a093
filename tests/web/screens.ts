// What the tests in a browser share: one Chromium, pages of several sizes that fail a test on any error in the console,
// and axe on what is shown.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { person } from '../hostile/real-webmail.ts'

export const screens = {
  wide: { viewport: { width: 1440, height: 900 } },
  desktop: { viewport: { width: 1100, height: 760 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} satisfies Record<string, BrowserContextOptions>

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
    ],
  })
}

export interface Screen {
  readonly page: Page
  /** Closes it, and fails if the console had an error that nobody expected. */
  close(): Promise<void>
}

/** What a browser writes to its console by itself: that nobody was signed in yet, that a test cut the network. */
const expectedErrors = /status of 401|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED/

/** `expected`: what a test makes the console say. */
export async function openScreen(
  browser: Browser,
  options: BrowserContextOptions = screens.wide,
  expected?: RegExp,
): Promise<Screen> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() !== 'error' || expectedErrors.test(message.text()) || expected?.test(message.text())) return
    errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  return {
    page,
    async close() {
      await context.close()
      assert.deepEqual(errors, [])
    },
  }
}

export async function signIn(page: Page, url: string, path = '/'): Promise<void> {
  await page.goto(url + path)
  await page.getByLabel('Email address').fill(person.address)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('grid').waitFor()
}

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 AA and axe's best practices: nothing may be found. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  // Contrast is that of what stands, not of what fades in.
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getTiming().iterations !== Number.POSITIVE_INFINITY)
    await Promise.all(ending.map(({ finished }) => finished.catch(() => undefined)))
  })
  // Through the debugger, which the page's CSP does not hold for.
  await page.evaluate(await axeSource)
  const violations = await page.evaluate(async () => {
    interface Found {
      violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[]
    }
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<Found> } }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} · ${failureSummary ?? ''}`),
    }))
  })
  assert.deepEqual(violations, [], where)
}

/** One plain message, as bytes. */
export function letter(options: {
  subject: string
  from?: string
  date?: Date
  id?: string
  inReplyTo?: string
  text?: string
}): Buffer {
  const date = options.date ?? new Date()
  return Buffer.from(
    [
      `From: ${options.from ?? 'Grace Hopper <grace@example.test>'}`,
      'To: Alice <alice@example.test>',
      `Subject: ${options.subject}`,
      `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <${options.id ?? `${date.getTime()}.${Math.random()}`}@example.test>`,
      ...(options.inReplyTo
        ? [`In-Reply-To: <${options.inReplyTo}@example.test>`, `References: <${options.inReplyTo}@example.test>`]
        : []),
      'Content-Type: text/plain; charset=utf-8',
      '',
      options.text ?? `This is about ${options.subject}.`,
      '',
    ].join('\r\n'),
  )
}
