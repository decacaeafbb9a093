// The whole corpus as messages in a real mailbox, read in the real client over a real node and Dovecot, in Chromium, with the
// oracle watching: subject, names, attachments and text, list and reading pane alike.

import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import type { Frame } from 'playwright-core'
import { signIn, type TestClient } from '#testing/node.ts'
import { blockedPicture } from '../../web/src/mail/sanitize/blocked-picture.ts'
import { html, js, readableEnd } from './corpus/build-message.ts'
import { hostileMessages } from './corpus/index.ts'
import { inspectFrame, type Oracle, openOracle, type Watched } from './oracle.ts'
import { person, type RealWebmail, startRealWebmail } from './real-webmail.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = []
const pictures = createServer((request, response) => {
  asked.push({ url: request.url ?? '', headers: request.headers })
  response.writeHead(200, { 'content-type': 'image/png', 'set-cookie': 'track=1' }).end(png)
})

let mail: RealWebmail
let oracle: Oracle
let watched: Watched
let client: TestClient
const places = new Map<string, { readonly emailId: string; readonly threadId: string }>()

before(async () => {
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve))
  mail = await startRealWebmail({ trustedOrigins: [pictureOrigin()] })
  const tracked = html(
    'f',
    'tracked',
    `<img id=p src="${pictureOrigin()}/pixel.png?who=alice" alt=pixel width=8 height=8>`,
  )
  await mail.append([...hostileMessages, tracked].map(({ message }) => message))
  ;[oracle, client] = await Promise.all([openOracle(), signIn(mail)])
  watched = await oracle.watch(mail.url, { viewport: { width: 1280, height: 900 } })
  await mail.signIn(watched.page)
  await readPlaces()
})
after(async () => {
  await oracle?.close()
  await mail?.stop()
  pictures.close()
})

const pictureOrigin = () => `http://127.0.0.1:${(pictures.address() as AddressInfo).port}`

async function readPlaces(): Promise<void> {
  const { accountId } = client
  for (let position = 0; ; position += 50) {
    const [, { ids }] = await client.call('Email/query', {
      accountId,
      sort: [{ property: 'receivedAt' }],
      position,
      limit: 50,
    })
    if ((ids as string[]).length === 0) break
    const [, { list }] = await client.call('Email/get', { accountId, ids, properties: ['id', 'threadId', 'messageId'] })
    for (const { id, threadId, messageId } of list as { id: string; threadId: string; messageId: string[] | null }[]) {
      const name = messageId?.[0]?.replace(/@.*/, '')
      if (name) places.set(name === 'n100' ? 'nesting-100' : name, { emailId: id, threadId })
    }
  }
}

/** Opens a message as a link in the page would, without a reload. */
async function read(name: string): Promise<void> {
  const place = places.get(name)
  assert.ok(place, `${name} is in the mailbox`)
  await watched.page.evaluate((path) => {
    history.pushState({}, '', path)
    dispatchEvent(new PopStateEvent('popstate'))
  }, `/mail/inbox/${place.threadId}?message=${place.emailId}`)
  await watched.page.locator(`article[data-email="${place.emailId}"] header`).first().waitFor()
  await watched.page.waitForTimeout(120)
}

const mailFrames = () => watched.page.frames().filter((frame) => frame.parentFrame() !== null)
// biome-ignore lint/performance/useDomNodeTextContent: textContent has what is hidden as well
const readable = (frame: Frame) => frame.evaluate(() => document.body.innerText)

for (const { name, kind, mayHideEnd } of hostileMessages) {
  test(`hostile mail (${kind}) ${name} does nothing in the real client`, async () => {
    await read(name)
    const frames = mailFrames()
    for (const frame of frames) {
      assert.deepEqual(await frame.locator('body').evaluate(inspectFrame, blockedPicture), [])
    }
    const app = await watched.page.evaluate(() => {
      const points = [...document.querySelectorAll('[role=toolbar] button, nav a, nav button')]
      return {
        odd: [...document.querySelectorAll('*')]
          .filter(
            (element) =>
              /^(SCRIPT|OBJECT|EMBED|BASE|META|LINK)$/.test(element.nodeName) && document.body.contains(element),
          )
          .map((element) => element.outerHTML),
        handlers: [...document.querySelectorAll('*')].flatMap((element) =>
          [...element.attributes]
            .filter(({ name }) => /^on/i.test(name))
            .map(({ name }) => `${element.nodeName} ${name}`),
        ),
        sandboxes: [...document.querySelectorAll('iframe')].map((frame) => frame.getAttribute('sandbox')),
        covered: points.filter((button) => {
          const box = button.getBoundingClientRect()
          if (box.width === 0) return false
          return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)?.nodeName === 'IFRAME'
        }).length,
        links: [...document.querySelectorAll('article a')].map((link) => (link as HTMLAnchorElement).href),
        text: document.querySelector('article')?.textContent ?? '',
        isWide: document.documentElement.scrollWidth > innerWidth,
      }
    })
    assert.deepEqual(app.odd, [])
    assert.deepEqual(app.handlers, [])
    for (const sandbox of app.sandboxes) {
      assert.equal(sandbox, 'allow-same-origin allow-popups allow-popups-to-escape-sandbox')
    }
    assert.equal(app.covered, 0, 'nothing of the message lies over our buttons')
    assert.equal(app.isWide, false, 'the page is not pushed wide')
    for (const link of app.links) assert.match(link, /^(https?|mailto|tel):/)
    if (!mayHideEnd) {
      const shown = (await Promise.all(frames.map(readable))).join('\n') + app.text
      assert.match(shown, new RegExp(readableEnd))
    }
    assert.deepEqual(watched.findings(), [])
  })
}

test('no attachment of any hostile message is served so that a browser runs it, nor runs when opened in a tab', async () => {
  const { accountId } = client
  const [, { downloadUrl }] = ['', (await (await client.fetch('/jmap/session')).json()) as { downloadUrl: string }]
  let served = 0
  for (const [name, { emailId }] of places) {
    if (!/^(attachment|related|tnef|rtf)/.test(name)) continue
    const [, { list }] = await client.call('Email/get', {
      accountId,
      ids: [emailId],
      properties: ['attachments', 'htmlBody', 'blobId'],
    })
    const [email] = list as { blobId: string; attachments: Part[]; htmlBody: Part[] }[]
    for (const part of [
      ...email!.attachments,
      ...email!.htmlBody,
      { blobId: email!.blobId, name: 'x.eml', type: 'message/rfc822' },
    ]) {
      if (!part.blobId) continue
      for (const type of [
        part.type,
        'text/html',
        'image/svg+xml',
        'text/xml',
        'text/html"><script>',
        'text/html\r\nX-Y: z',
      ]) {
        const path = new URL(downloadUrl).pathname
          .replace('%7BaccountId%7D', accountId)
          .replace('%7BblobId%7D', part.blobId)
          .replace('%7Bname%7D', encodeURIComponent(part.name ?? 'x'))
        const reply = await client.fetch(`${path}?type=${encodeURIComponent(type)}`)
        await reply.arrayBuffer()
        if (!reply.ok) continue
        served++
        assert.match(reply.headers.get('content-disposition') ?? '', /^attachment/, `${name} ${type}`)
        assert.equal(reply.headers.get('x-content-type-options'), 'nosniff')
        assert.match(reply.headers.get('content-security-policy') ?? '', /sandbox/)
        assert.equal(reply.headers.get('x-header'), null)
        assert.equal(reply.headers.get('x-y'), null)
        if (type !== part.type && type !== 'image/svg+xml') continue
        const tab = await watched.context.newPage()
        // A download ends the navigation; what is shown instead is shown under its sandbox.
        await tab.goto(reply.url).catch(() => {})
        await tab.waitForTimeout(30)
        await tab.close()
      }
    }
  }
  assert.ok(served > 100, `${served} replies`)
  assert.deepEqual(watched.findings(), [])
})

interface Part {
  readonly blobId: string | null
  readonly name: string | null
  readonly type: string
}

test('remote pictures load only when asked for, through the proxy, and their server learns nothing of the reader', async () => {
  await read('tracked')
  assert.deepEqual(asked, [])
  await watched.page.getByRole('button', { name: 'Show pictures' }).click()
  const picture = watched.page.frameLocator('article iframe').locator('img')
  await picture.evaluate((image: HTMLImageElement) => image.decode())
  assert.equal(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth), 1)
  assert.match((await picture.getAttribute('src')) ?? '', new RegExp(`^${mail.url}/proxy/image\\?`))
  assert.deepEqual(watched.findings(), [])
  assert.equal(asked.length, 1)
  const { url, headers } = asked[0]!
  assert.equal(url, '/pixel.png?who=alice')
  assert.deepEqual(Object.keys(headers).sort(), ['accept', 'accept-encoding', 'connection', 'host', 'user-agent'])
  assert.doesNotMatch(headers['user-agent'] ?? '', /Chrom|Linux/)
})

test('folders named by an enemy are names', async () => {
  const imap = new ImapFlow({
    host: '127.0.0.1',
    port: mail.dovecot.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user: person.address, pass: person.password },
    logger: false,
  })
  await imap.connect()
  const names = [
    `<img src=x onerror=${js}>`,
    `"'><svg onload=${js}>`,
    `javascript:${js}`,
    '__proto__',
    `{{${js}}} $t(x)`,
    'a\u202eexe.txt',
  ]
  for (const name of names) {
    await imap.mailboxCreate(name)
    await imap.mailboxSubscribe(name)
  }
  await imap.logout()
  await watched.page.goto(`${mail.url}/mail/inbox`)
  const tree = watched.page.getByRole('navigation').first()
  await tree.getByText('onerror=').first().waitFor()
  for (const name of names.slice(0, 5)) await tree.getByText(name, { exact: true }).first().waitFor()
  await tree.getByText('onerror=').first().click()
  await watched.page.waitForTimeout(300)
  assert.deepEqual(watched.findings(), [])
})

test('hostile search words, addresses and mailto links of the page are text', async () => {
  for (const path of [
    `/mail/inbox?q=${encodeURIComponent(`<img src=x onerror=${js}>`)}`,
    `/mail/${encodeURIComponent(`"><script>${js}</script>`)}`,
    `/mail/inbox/${encodeURIComponent(`<svg onload=${js}>`)}`,
    `/settings/${encodeURIComponent(`javascript:${js}`)}`,
    `/mail/__proto__/constructor?message=__proto__&q=toString`,
    `/%2e%2e/%2e%2e/etc/passwd`,
    `//canary.example/x`.replace('//', '/%2f'),
  ]) {
    await watched.page.goto(mail.url + path)
    await watched.page.waitForTimeout(250)
    assert.deepEqual(watched.findings(), [], path)
  }
})
