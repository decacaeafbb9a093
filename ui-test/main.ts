// `npm run test:ui`: tries an installation from outside, in a real browser, as its users would. Leaves nothing behind, and a report.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { BrowserContextOptions } from 'playwright-core'
import { launchBrowser, phone } from './browser.ts'
import { cleanUp } from './clean-up.ts'
import { askUnseen, readOptions, UsageError, usage } from './options.ts'
import { line, runSteps, type StepResult } from './run-steps.ts'
import { stepsOf } from './steps.ts'

const sizes: Record<'desktop' | 'phone', BrowserContextOptions> = {
  desktop: { viewport: { width: 1280, height: 860 } },
  phone,
}

async function main(): Promise<number> {
  const options = await readOptions(process.argv.slice(2), {
    environment: process.env,
    ask: process.stdin.isTTY ? askUnseen : null,
    readStdin: () => text(process.stdin),
  })
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  // Node's own fetch, for the cleaning up, asks for this.
  if (options.isInsecure) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  const mark = `ui${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`
  await mkdir(options.reportDir, { recursive: true })

  const browser = await launchBrowser(options.browser, options.isHeaded).catch((error: Error) => {
    throw new UsageError(`--browser ${options.browser}: ${error.message.split('\n')[0]}`)
  })
  const startedAt = new Date()
  const tell = (result: StepResult) => console.log(line(result, 36))
  const results: StepResult[] = []
  try {
    const context = await browser.newContext({
      ...sizes[options.isPhone ? 'phone' : 'desktop'],
      ignoreHTTPSErrors: options.isInsecure,
      acceptDownloads: true,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(Math.min(30_000, options.patienceMs))
    console.log(`${options.url}, ${options.user}, ${options.isPhone ? 'phone' : 'desktop'}, mark ${mark}\n`)
    const deps = {
      now: () => performance.now(),
      patienceMs: options.patienceMs,
      tell,
      async screenshot(step: string) {
        const path = join(options.reportDir, `${mark}-${step.replace(/\W+/g, '-')}.png`)
        await page.screenshot({ path })
        return path
      },
    }
    results.push(...(await runSteps(deps, stepsOf({ page, options, mark }))))
    results.push(
      ...(await runSteps({ ...deps, screenshot: async () => undefined }, [
        { name: 'clean up', run: () => cleanUp({ ...options, mark, fetch }) },
      ])),
    )
  } finally {
    await browser.close()
  }
  const failed = results.filter(({ outcome }) => outcome !== 'passed').length
  const reportPath = join(options.reportDir, 'report.json')
  const report = { url: options.url, user: options.user, startedAt, phone: options.isPhone, mark, results }
  await writeFile(reportPath, `${JSON.stringify(report, null, 2)}\n`)
  console.log(`\n${results.length - failed} passed, ${failed} failed or left out. Report: ${reportPath}`)
  for (const result of results) {
    if (result.outcome === 'failed' && result.screenshot) console.log(`  ${result.name}: ${result.screenshot}`)
  }
  return failed === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${usage}`)
  process.exitCode = 2
}
