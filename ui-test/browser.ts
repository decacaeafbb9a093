// The browser that tries an installation, and that takes pictures of the client.

import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'

export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} as const satisfies BrowserContextOptions

export function launchBrowser(executablePath: string, isHeaded = false): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: !isHeaded,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-background-networking'],
  })
}
