// Reading, over a whole node: pictures of a sender who is trusted for good, and what a printed message is made of.

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { signIn as signInClient } from '#testing/node.ts'
import { multipart, single } from '../hostile/corpus/build-message.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { openBrowser, openScreen } from './screens.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

let pictures: Server
const asked: string[] = []
let mail: RealWebmail
let browser: Awaited<ReturnType<typeof openBrowser>>

before(async () => {
  pictures = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from(png, 'base64'))
  })
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}`
  mail = await startRealWebmail({ trustedOrigins: [origin] })
  const news = (name: string, from: string, subject: string) =>
    single(name, 'text/html; charset=utf-8', `<p>${subject} told</p><img src="${origin}/${name}.png">`, {
      from,
      subject,
    })
  await mail.append([
    news('first', 'News <Odd~Name@news.test>', 'First news'),
    news('second', 'News <odd~name@news.test>', 'Second news'),
    news('other', 'Other <other@news.test>', 'Other news'),
    multipart(
      'photo',
      'related',
      [
        {
          headers: ['Content-Type: text/html; charset=utf-8'],
          body: '<style>p{font-style:italic}</style><p>The harbour</p><img src="cid:photo@here"><blockquote>quoted before</blockquote>',
        },
        {
          headers: ['Content-Type: image/png', 'Content-ID: <photo@here>', 'Content-Transfer-Encoding: base64'],
          body: png,
        },
      ],
      { subject: 'A photo', from: 'Carol <carol@example.test>' },
    ),
  ])
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
  pictures?.close()
})

async function open(page: Page, subject: string): Promise<void> {
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('row').filter({ hasText: subject }).first().click()
  await page.locator('article iframe').first().waitFor()
}

const isBlocked = (page: Page) => page.getByText('Pictures from the web are not shown')

test('pictures of a sender trusted once are shown in all of his messages, and of nobody else', async () => {
  const first = await openScreen(browser)
  await mail.signIn(first.page)
  await open(first.page, 'First news')
  await isBlocked(first.page).waitFor()
  assert.deepEqual(asked, [])
  await first.page.getByRole('button', { name: 'Always from this sender' }).click()
  await isBlocked(first.page).waitFor({ state: 'detached' })
  await picture(first.page)
  assert.deepEqual(asked, ['/first.png'])

  const client = await signInClient(mail)
  const [, { list }] = await client.call('Settings/get', { accountId: client.accountId, ids: ['remote-content'] })
  const [{ value }] = list as [{ value: { senders: object } }]
  assert.deepEqual(value.senders, { 'odd~name@news.test': true })
  await first.close()

  const second = await openScreen(browser)
  await mail.signIn(second.page)
  await open(second.page, 'Second news')
  await picture(second.page)
  assert.equal(await isBlocked(second.page).count(), 0)
  await open(second.page, 'Other news')
  await isBlocked(second.page).waitFor()
  assert.deepEqual(asked, ['/first.png', '/second.png'])
  await second.close()
})

/** Until the picture in the message is one that can be seen. */
async function picture(page: Page): Promise<void> {
  const image = page.frameLocator('article iframe').locator('img[src*="/proxy/"]')
  await image.waitFor({ state: 'attached' })
  await image.evaluate((one: HTMLImageElement) => one.decode())
}

interface Printed {
  readonly text: string
  readonly pictures: readonly number[]
  readonly slant: string
  readonly scripts: number
}

test('a message is printed with its head, its own style and its pictures, and without our interface', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  await open(page, 'A photo')
  // Every frame's print() says what the paper would have shown.
  await page.evaluate(() => {
    const contentWindow = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, 'contentWindow')!
    Object.defineProperty(HTMLIFrameElement.prototype, 'contentWindow', {
      get() {
        const frame = contentWindow.get!.call(this) as Window | null
        if (!frame) return frame
        frame.print = () => {
          const { body } = frame.document
          const printed: Printed = {
            // biome-ignore lint/performance/useDomNodeTextContent: what is shown counts
            text: body.innerText,
            pictures: [...body.querySelectorAll('img')].map((image) => (image.complete ? image.naturalWidth : 0)),
            slant: frame.getComputedStyle([...body.querySelectorAll('p')].at(-1)!).fontStyle,
            scripts: frame.document.querySelectorAll('script').length,
          }
          Object.assign(window, { printed })
        }
        return frame
      },
    })
  })
  await page.locator('article').getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Print' }).click()
  const shown = await page.waitForFunction(() => (window as never as { printed?: Printed }).printed)
  const { text, pictures, slant, scripts } = (await shown.jsonValue()) as Printed
  assert.match(text, /^A photo\s+From: Carol\s+To: Alice\s+Date: .*2026/)
  assert.match(text, /The harbour[\s\S]*quoted before/)
  assert.doesNotMatch(text, /Reply|Forward|Inbox/)
  assert.deepEqual(pictures, [1])
  assert.equal(slant, 'italic')
  assert.equal(scripts, 0)
  await close()
})
