// Watches a browser while it shows hostile mail, and tells all that must never happen: script that ran, a dialog, a page that
// went elsewhere or opened by itself, a connection to anywhere but our own origin, something painted over our interface.
// It counts what the second and third wall stopped as well: the sanitiser alone has to be enough.

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

export interface Oracle {
  readonly browser: Browser
  /** A context that is watched; its pages may talk to `origin` alone. */
  watch(origin: string, options?: Parameters<Browser['newContext']>[0]): Promise<Watched>
  close(): Promise<void>
}

export interface Watched {
  readonly context: BrowserContext
  readonly page: Page
  /** What was seen since the last call. */
  findings(): string[]
}

export async function openOracle(): Promise<Oracle> {
  const strangers: string[] = []
  // Every name but our own address leads here, so that a prefetch or preconnect that no request event tells of is heard.
  const canary = createServer((socket) => {
    const hear = (bytes?: Buffer) => {
      // The name stands in clear in the Host field and in a TLS hello alike; a bare preconnect says nothing at all. What
      // is left is the browser's own traffic with its maker.
      if (!bytes || bytes.includes('canary.example'))
        strangers.push(`a connection to ${bytes ? 'canary.example' : 'a stranger'}`)
      socket.destroy()
    }
    socket.setTimeout(500, hear)
    socket.once('data', hear)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  const { port } = canary.address() as AddressInfo
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-default-browser-check',
      `--host-resolver-rules=MAP * 127.0.0.1:${port}, EXCLUDE 127.0.0.1`,
    ],
  })

  return {
    browser,
    async watch(origin, options) {
      const found: string[] = []
      const context = await browser.newContext({ serviceWorkers: 'block', ...options })
      await context.exposeBinding('hostileMarker', ({ frame }) => {
        found.push(`script ran in ${frame.url()}`)
      })
      const isOurs = (url: string) =>
        url.startsWith(`${origin}/`) || url.startsWith('data:') || url.startsWith('blob:') || url.startsWith('about:')
      context.on('request', (request) => {
        if (!isOurs(request.url())) found.push(`request to ${request.url().slice(0, 200)}`)
        else if (request.isNavigationRequest() && request.frame().parentFrame())
          found.push(`frame asks for ${request.url()}`)
      })
      context.on('page', (page) => {
        page.on('dialog', (dialog) => {
          found.push(`dialog: ${dialog.message()}`)
          void dialog.dismiss()
        })
        page.on('pageerror', (error) => found.push(`page error: ${error.stack ?? error.message}`))
        page.on('console', (message) => {
          const text = message.text()
          // What the CSP or the sandbox of the frame had to stop, the sanitiser had let through. The page's own policy is
          // named for documents that are only parsed as well, where nothing runs: those complaints are not the frame's.
          const isStop = /Content Security Policy|Blocked script execution|sandboxed|Refused to/i.test(text)
          if (isStop && !isFromParsing(text)) found.push(`stopped late: ${text}`)
        })
        page.on('popup', (popup) => found.push(`window opened: ${popup.url()}`))
        page.on('framenavigated', (frame) => {
          if (!isOurs(frame.url())) found.push(`went to ${frame.url()}`)
        })
      })
      const page = await context.newPage()
      return {
        context,
        page,
        findings: () => [...found.splice(0), ...strangers.splice(0)],
      }
    },
    async close() {
      await browser.close()
      canary.close()
    },
  }
}

const isFromParsing = (text: string) =>
  /inline event handler violates .* 'script-src 'self''|document's base URI|Loading media from/.test(text)

/**
 * Looks through a message's frame for anything that is not on the list of what may be shown. `ours` is the one picture that the
 * client itself puts where a blocked one was: that text and no other.
 */
export function inspectFrame(body: HTMLElement, ours?: string): string[] {
  const tags = new Set(
    (
      'HTML HEAD BODY STYLE A ABBR ACRONYM ADDRESS ARTICLE ASIDE B BDI BDO BIG BLOCKQUOTE BR CAPTION CENTER CITE CODE COL COLGROUP DD ' +
      'DEL DETAILS DFN DIR DIV DL DT EM FIGCAPTION FIGURE FONT FOOTER H1 H2 H3 H4 H5 H6 HEADER HR I IMG INS KBD LI MAIN MARK MENU NAV OL P ' +
      'PRE Q RP RT RUBY S SAMP SECTION SMALL SPAN STRIKE STRONG SUB SUMMARY SUP TABLE TBODY TD TFOOT TH THEAD TIME TR TT U UL VAR WBR'
    ).split(' '),
  )
  const found: string[] = []
  const root = body.ownerDocument.documentElement
  for (const element of [root, ...root.querySelectorAll('*')]) {
    if (element.nodeName === 'META' && element.parentElement?.nodeName === 'HEAD') continue // the skeleton's own
    if (!tags.has(element.nodeName)) found.push(`element ${element.nodeName}`)
    if (element.shadowRoot) found.push(`shadow root in ${element.nodeName}`)
    for (const { name, value } of element.attributes) {
      if (
        /^on|^(name|action|formaction|ping|srcset|srcdoc|is|form|poster|data|download|usemap|autofocus)$/i.test(name)
      ) {
        found.push(`attribute ${element.nodeName} ${name}`)
      }
      if (
        /^(src|background)$/.test(name) &&
        !(element.nodeName === 'IMG' && value === ours) &&
        !/^(data:image\/(png|jpe?g|gif|webp|avif|bmp);|blob:|https?:\/\/127\.0\.0\.1)/.test(value)
      ) {
        found.push(`load ${element.nodeName} ${name}=${value.slice(0, 100)}`)
      }
      if (name === 'href' && !/^(https?:|mailto:|tel:|#)/.test(value)) found.push(`href ${value.slice(0, 100)}`)
      if (name === 'style' && /url\(|fixed|sticky|absolute|expression|\\/i.test(value)) found.push(`style ${value}`)
    }
    const isSheet = element.nodeName === 'STYLE' && !element.hasAttribute('data-own')
    if (isSheet && /url\(|@import|fixed|sticky|absolute|expression|\\|</i.test(element.textContent ?? '')) {
      found.push(`sheet ${element.textContent}`)
    }
  }
  return found
}
