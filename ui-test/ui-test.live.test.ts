// `npm run test:ui` against a real installation that works, and against one that does not send.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ImapFlow } from 'imapflow'
import { startNode } from '#boot/node.ts'
import { loadConfig } from '#config/load.ts'
import { silentLog } from '#core/log.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { startSubmission } from '../demo/submission.ts'
import type { StepResult } from './run-steps.ts'

const user = 'alice@example.test'
const password = 'demo'

async function startInstallation(t: TestContext, { sends }: { readonly sends: boolean }) {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-ui-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const dovecot = await startDovecot({ users: { [user]: password } })
  t.after(() => dovecot.stop())
  const submission = await startSubmission({
    lmtpPort: () => dovecot.lmtpPort,
    domain: 'example.test',
    // Nobody may send through it: what is sent comes back as refused.
    users: sends ? { [user]: password } : {},
    maxMessageBytes: 10_000_000,
  })
  t.after(() => submission.close())
  const node = await startNode(
    loadConfig({
      file: null,
      environment: {},
      options: {
        http: { listen: '127.0.0.1:0', maxLag: 60_000 },
        data: { dir: join(folder, 'data') },
        mailServers: {
          imap: `imap+insecure://127.0.0.1:${dovecot.imapPort}`,
          smtp: `smtp+insecure://127.0.0.1:${submission.port}`,
        },
      },
    }),
    { log: silentLog },
  )
  t.after(() => node.stop())
  return { url: node.url, folder, imapPort: dovecot.imapPort }
}

async function runUiTest(url: string, folder: string, ...args: string[]) {
  const child = spawn(
    process.execPath,
    ['ui-test/main.ts', '--url', url, '--user', user, '--report', join(folder, 'report'), ...args],
    { env: { ...process.env, PAQUEBOT_TEST_PASSWORD: password }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  const report = JSON.parse(readFileSync(join(folder, 'report/report.json'), 'utf8')) as { results: StepResult[] }
  return { code, output, results: report.results }
}

/** Messages in any folder, and folders of the test. */
async function whatIsLeft(port: number) {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
  })
  await client.connect()
  const left: string[] = []
  for (const { path, status } of await client.list({ statusQuery: { messages: true } })) {
    if (/Paquebot/.test(path)) left.push(path)
    if (status?.messages) left.push(`${status.messages} in ${path}`)
  }
  await client.logout()
  return left
}

for (const args of [[], ['--phone']]) {
  test(`an installation that works passes every step, and nothing stays behind ${args.join('')}`, async (t) => {
    const { url, folder, imapPort } = await startInstallation(t, { sends: true })
    const { code, output, results } = await runUiTest(url, folder, ...args)
    assert.deepEqual(
      results.filter(({ outcome }) => outcome !== 'passed'),
      [],
      output,
    )
    assert.equal(code, 0, output)
    assert.ok(results.length >= 14)
    assert.deepEqual(await whatIsLeft(imapPort), [])
    t.diagnostic(output)
  })
}

test('one that does not send fails at that step, with a picture; the rest is tried, and nothing stays behind', async (t) => {
  const { url, folder, imapPort } = await startInstallation(t, { sends: false })
  const { code, output, results } = await runUiTest(url, folder, '--delivery', '25')
  assert.equal(code, 1, output)
  const outcome = (name: string) => results.find((result) => result.name === name)
  const failed = outcome('receive it')
  assert.ok(failed?.outcome === 'failed' && failed.screenshot, output)
  assert.ok(statSync(failed.screenshot).size > 10_000)
  assert.equal(outcome('read it')?.outcome, 'left out')
  for (const name of ['make a folder', 'settings are kept', 'sign out', 'clean up'])
    assert.equal(outcome(name)?.outcome, 'passed', output)
  assert.deepEqual(await whatIsLeft(imapPort), [])
})
