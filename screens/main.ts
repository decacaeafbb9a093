// `npm run screens`: every screen and state of the web client, over the demo's mail, in light, dark and phone width, written to
// docs/screens with an index. To be looked at, by whoever changed something: nothing compares them.

import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser, phone } from '../ui-test/browser.ts'
import { type Screen, type Seen, screens, signIn } from './table.ts'

const usage = `npm run screens -- [--only TEXT] [--out docs/screens] [--url URL] [--png]

  --only   the screens whose name contains this; the index is left as it is
  --out    where they are written
  --url    of a demo that runs already; else one is started with mail of its own
  --png    without loss, four times as large`

const looks = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { ...phone, colorScheme: 'light' },
} as const satisfies Record<string, BrowserContextOptions>
type Look = keyof typeof looks

const messages = 250

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      out: { type: 'string', default: join(import.meta.dirname, '../docs/screens') },
      url: { type: 'string' },
      png: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const wanted = screens.filter(({ name }) => name.includes(values.only ?? ''))
  if (wanted.length === 0) throw new Error(`no screen is called ${values.only}: ${screens.map(({ name }) => name)}`)
  await mkdir(values.out, { recursive: true })
  await using demo = values.url === undefined ? await startDemo() : null
  const url = demo?.url ?? (values.url as string)
  const browser = await launchBrowser(process.env.CHROMIUM ?? '/usr/bin/chromium')
  const failed: string[] = []
  try {
    for (const look of Object.keys(looks) as Look[]) {
      for (const screen of wanted) {
        const path = join(values.out, fileOf(screen, look, values.png ? 'png' : 'jpg'))
        await take(browser, url, screen, look, path).then(
          () => console.log(`✔ ${screen.name} ${look}`),
          (error: Error) => {
            failed.push(`${screen.name} ${look}`)
            console.log(`✖ ${screen.name} ${look}: ${error.message.split('\n')[0]}`)
          },
        )
      }
    }
  } finally {
    await browser.close()
  }
  if (values.only === undefined) await writeIndex(values.out)
  if (failed.length > 0) console.error(`\nnot taken: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}

const fileOf = ({ name }: Screen, look: Look, ending: 'jpg' | 'png' = 'jpg') => `${name}-${look}.${ending}`

async function take(browser: Browser, url: string, screen: Screen, look: Look, path: string): Promise<void> {
  const context = await browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...looks[look],
    ...screen.context,
  })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    const seen: Seen = { page, url, isPhone: look === 'phone' }
    if (!screen.isSignedOut) await signIn(seen)
    await screen.show(seen)
    await settle(page)
    await page.screenshot({
      path,
      animations: 'disabled',
      ...(path.endsWith('.jpg') ? { type: 'jpeg', quality: 82 } : {}),
    })
  } finally {
    await context.close()
  }
}

/** Fonts and pictures are there, and nothing moves any more. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})))
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
  await page.waitForTimeout(250)
}

/** Mail of its own in a folder of its own: the demo that somebody uses stays as it is. */
async function startDemo(): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'paquebot-screens-'))
  await chmod(folder, 0o755) // Dovecot's users read from it.
  const main = join(import.meta.dirname, '../demo/main.ts')
  const demo = spawn(
    process.execPath,
    [main, '--port', '0', '--data', join(folder, 'demo'), '--messages', `${messages}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = new Promise<void>((resolve) => demo.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    // What it left is nobody's.
    void ended
      .then(() => rm(folder, { recursive: true, force: true }))
      .then(() => reject(new Error('the demo did not start')))
    createInterface(demo.stdout).on('line', (line) => {
      const found = /is ready.*?(http:\/\/\S+)/.exec(line)?.[1]
      if (found) resolve(found)
    })
  })
  return {
    url,
    async [Symbol.asyncDispose]() {
      demo.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Pictures of screens that are no more go; the rest is listed in the order of the table. */
async function writeIndex(out: string): Promise<void> {
  const all = Object.keys(looks) as Look[]
  const known = new Set(screens.flatMap((screen) => all.map((look) => fileOf(screen, look))))
  for (const name of await readdir(out)) {
    if (name.endsWith('.jpg') && !known.has(name)) await rm(join(out, name))
  }
  const rows = screens.map((screen) => {
    const [light, dark, phone] = all.map((look) => fileOf(screen, look))
    return `## ${screen.title}\n\n<img src="${light}" width="40%"> <img src="${dark}" width="40%"> <img src="${phone}" width="13%">\n`
  })
  await writeFile(
    join(out, 'README.md'),
    `# The screens\n\nMade by \`npm run screens\` over the demo’s mail: light, dark, and the width of a phone.\n\n${rows.join('\n')}`,
  )
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`)
  process.exitCode = 2
}
