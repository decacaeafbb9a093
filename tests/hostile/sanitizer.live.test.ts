// Every hostile HTML body and text of the corpus in the reader's own views, in Chromium, without a server: what the sanitiser
// lets through, told by the oracle. reader.live.test.ts sends the same corpus as whole messages through the real UI.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { canary, readableEnd } from './corpus/build-message.ts'
import { hostileMessages } from './corpus/index.ts'
import type { SerialReport } from './harness/main.tsx'
import { type Harness, serveHarness } from './harness/serve-harness.ts'
import { inspectFrame, type Oracle, openOracle, type Watched } from './oracle.ts'

let harness: Harness
let oracle: Oracle
let watched: Watched

before(async () => {
  ;[harness, oracle] = await Promise.all([serveHarness(), openOracle()])
  watched = await oracle.watch(harness.origin)
  await watched.page.goto(harness.url)
  await watched.page.waitForFunction('window.showHtml')
})
after(async () => {
  await oracle.close()
  harness.close()
})

async function showHtml(html: string, proxied: Record<string, string> = {}, inline: Record<string, string> = {}) {
  // The corpus overloads functions of the page's own window by name where it can: the call goes by a string.
  const report = (await watched.page.evaluate(
    ([a, b, c]) => (window as never as { showHtml: (...args: unknown[]) => Promise<SerialReport> }).showHtml(a, b, c),
    [html, proxied, inline] as const,
  )) as SerialReport
  return { report, body: watched.page.frameLocator('iframe').locator('body') }
}

/** What a person can read: text that is not displayed does not count. */
// biome-ignore lint/performance/useDomNodeTextContent: textContent has what is hidden as well
const readable = (element: Locator) => element.evaluate((node) => (node as HTMLElement).innerText)
const splitBody = (message: Uint8Array) => new TextDecoder().decode(message).replace(/^[\s\S]*?\r\n\r\n/, '')
const htmlMessages = hostileMessages.filter((one) =>
  /Content-Type: text\/html/.test(new TextDecoder().decode(one.message.subarray(0, 600))),
)
const textMessages = hostileMessages.filter((one) => one.kind === 'g')

for (const { name, kind, message, mayHideEnd } of htmlMessages) {
  test(`hostile HTML (${kind}) ${name} does nothing and can be read`, async () => {
    const { body } = await showHtml(splitBody(message))
    await watched.page.waitForTimeout(60)
    assert.deepEqual(watched.findings(), [])
    assert.deepEqual(await body.evaluate(inspectFrame), [])
    if (!mayHideEnd) assert.match(await readable(body), new RegExp(readableEnd))
    assert.ok((await watched.page.locator('iframe').boundingBox())!.height < 20_000 || /many|nest|megabyte/.test(name))
  })
}

for (const { name, message } of textMessages) {
  test(`hostile text (g) ${name} is text`, async () => {
    const text = splitBody(message)
    await watched.page.evaluate(
      ([value, type]) => (window as never as { showText: (text: string, type: string) => void }).showText(value, type),
      [text, new TextDecoder().decode(message).match(/Content-Type: (.*)/)![1]!] as const,
    )
    const view = watched.page.locator('#app > div')
    await view.waitFor()
    assert.match(await readable(view), new RegExp(readableEnd))
    const odd = await view.evaluate((root) =>
      [...root.querySelectorAll('*')]
        .filter((element) => !['DIV', 'A', 'BLOCKQUOTE', 'DETAILS', 'SUMMARY'].includes(element.nodeName))
        .map((element) => element.nodeName),
    )
    assert.deepEqual(odd, [])
    const hrefs = await view.locator('a').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href))
    for (const href of hrefs) assert.match(href, /^(https?|mailto|tel):/)
    assert.deepEqual(watched.findings(), [])
  })
}

test('remote images are told, not loaded; allowed ones load from the proxy alone', async () => {
  const html = `<img src="${canary}/a.png"><div style="background:url(//canary.example/b.png)">x</div><img src="cid:c%40d"><table background="${canary}/a.png"><td>`
  const { report } = await showHtml(html, {}, { 'c@d': `${harness.origin}/jmap/download/c` })
  assert.deepEqual(report.blocked, ['http://canary.example/a.png', 'https://canary.example/b.png'])
  assert.deepEqual(report.usedContentIds, ['c@d'])
  const proxied = {
    'http://canary.example/a.png': `${harness.origin}/proxy/image?a`,
    'https://canary.example/b.png': `${harness.origin}/proxy/image?b`,
  }
  const asked: string[] = []
  watched.page.on('request', (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search))
  const { report: allowed } = await showHtml(html, proxied)
  assert.deepEqual(allowed.blocked, [])
  await watched.page.waitForTimeout(200)
  assert.deepEqual([...new Set(asked)].sort(), ['/proxy/image?a', '/proxy/image?b'])
  assert.deepEqual(watched.findings(), [])
})

test('what newsletters are made of stays: tables, colours, fonts, classes, media queries, links', async () => {
  const { body, report } = await showHtml(
    `<html dir=rtl><head><style>#top .big{color:rgb(255,0,0);font:bold 20px/1.5 Arial}@media (min-width:10px){.wide{padding:7px}}</style></head>
     <body bgcolor="#00ff00"><table id=top width=100% cellpadding=3><tr><td class="big wide" style="text-align:center;border:1px solid blue;background:linear-gradient(red,blue)" align=center>
     <a href="https://example.org/x" style="color:green">https://bank.example/</a> <a href="#top">up</a> <a href="mailto:a@b.c">mail</a></td></tr></table></body></html>`,
  )
  assert.equal(report.hasColours, true)
  const cell = body.locator('td')
  const look = await cell.evaluate((element) => {
    const style = element.ownerDocument.defaultView!.getComputedStyle(element)
    return [
      style.color,
      style.fontSize,
      style.paddingTop,
      style.textAlign,
      style.backgroundImage.slice(0, 15),
      style.borderTopWidth,
    ]
  })
  assert.deepEqual(look, ['rgb(255, 0, 0)', '20px', '7px', 'center', 'linear-gradient', '1px'])
  assert.equal(await body.getAttribute('bgcolor'), '#00ff00')
  const link = body.locator('a').first()
  assert.equal(await link.getAttribute('target'), '_blank')
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer')
  assert.equal(await link.getAttribute('title'), 'https://example.org/x')
  assert.equal(await link.getAttribute('class'), 'misleading-link')
  assert.equal(await body.locator('a').nth(1).getAttribute('href'), '#m-top')
})

test('parsing and sanitising alone send nothing and run nothing, even on a page without a CSP', async (t) => {
  const bare = await serveHarness({ hasPolicy: false })
  const other = await oracle.watch(bare.origin)
  t.after(async () => {
    await other.context.close()
    bare.close()
  })
  await other.page.goto(bare.url)
  await other.page.waitForFunction('window.showHtml')
  for (const { name, message } of htmlMessages) {
    await other.page.evaluate(
      (html) => (window as never as { showHtml: (...args: unknown[]) => Promise<unknown> }).showHtml(html, {}, {}),
      splitBody(message),
    )
    await other.page.waitForTimeout(20)
    assert.deepEqual(other.findings(), [], name)
  }
})

// The walls behind the sanitiser: each is tried with a payload put past it by hand.
test('script that got past the sanitiser would still be stopped by sandbox and CSP', async () => {
  await showHtml('<p>x</p>')
  const stopped = await watched.page.evaluate(async () => {
    const inside = document.querySelector('iframe')!.contentDocument!
    inside.body.innerHTML = '<img src="x" onerror="hostileMarker()"><a href="javascript:hostileMarker()">x</a>'
    const script = inside.createElement('script')
    script.textContent = 'hostileMarker()'
    inside.body.append(script)
    inside.querySelector('a')!.click()
    const image = inside.createElement('img')
    image.src = 'http://canary.example/past.png'
    inside.body.append(image)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return inside.documentElement.outerHTML.includes('onerror')
  })
  assert.equal(stopped, true)
  const found = watched.findings()
  assert.equal(
    found.some((finding) => finding.startsWith('stopped late')),
    true,
    'the walls say what they stopped',
  )
  assert.deepEqual(
    found.filter((finding) => /script ran|connection|went to|window/.test(finding)),
    [],
  )
})

test('the oracle sees what it is there to see', async (t) => {
  const other = await oracle.watch(harness.origin)
  t.after(() => other.context.close())
  await other.page.goto(harness.url)
  await other.page.evaluate(
    `(${(
      () => {
        const frame = document.createElement('iframe')
        document.body.append(frame)
        const image = new Image()
        image.src = 'http://canary.example/seen.png'
        ;(window as never as { hostileMarker: () => void }).hostileMarker()
      }
    ).toString()})()`,
  )
  await other.page.waitForTimeout(200)
  const found = other.findings().join('\n')
  assert.match(found, /script ran/)
  assert.match(found, /canary|stopped late/)
})
