// `npm run demo`: the whole product on one machine, over a private Dovecot with three people's mail in it. Nothing of the machine's own mail
// system is read or touched; Ctrl-C, SIGTERM, or the end of whoever started it ends everything.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { openLog } from '#boot/log.ts'
import { loadConfig } from '#config/load.ts'
import { DEMO_USERS, type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { installDebian } from '../scripts/install-debian.ts'
import { makeMailboxes } from './corpus/mailboxes.ts'
import { owners, people } from './corpus/people.ts'

import { whenNpmEnds } from './npm-ends.ts'
import { type DemoOptions, readOptions, usage } from './options.ts'
import { showProgress } from './progress.ts'
import { startSubmission } from './submission.ts'

const MAX_MESSAGE_BYTES = 52_428_800

const closers: (() => Promise<unknown>)[] = []
let isEnding = false

async function end(exitCode: number): Promise<never> {
  if (isEnding) process.exit(exitCode || 1) // Asked twice: at once.
  isEnding = true
  for (const close of closers.reverse()) {
    await close().catch((error: Error) => console.error(`While ending: ${error.message}`))
  }
  process.exit(exitCode)
}

function endWithOthers(): void {
  process.on('SIGINT', () => void end(0))
  process.on('SIGTERM', () => void end(0))
  process.on('SIGHUP', () => void end(0))
  whenNpmEnds(() => void end(0))
}

async function main(options: DemoOptions): Promise<void> {
  const startedAt = performance.now()
  installDebian('demo', say)
  if (options.port !== 0) await assertFree(options.port)
  const nodeDir = join(options.dataDir, 'node')
  const mailDir = join(options.dataDir, 'mail')
  const marker = join(options.dataDir, 'made.json')
  const isMade = !options.reset && (await readFile(marker, 'utf8').catch(() => null)) !== null
  if (!isMade) {
    await rm(marker, { force: true })
    await rm(mailDir, { recursive: true, force: true })
    await rm(nodeDir, { recursive: true, force: true })
  }
  await mkdir(options.dataDir, { recursive: true })
  await assertPassable(options.dataDir)

  // Each needs a port of the other.
  let dovecot: DovecotServer | undefined
  const submission = await startSubmission({
    lmtpPort: () => (dovecot as DovecotServer).lmtpPort,
    domain: 'example.test',
    users: DEMO_USERS,
    maxMessageBytes: MAX_MESSAGE_BYTES,
  })
  closers.push(submission.close)
  dovecot = await startDovecot({
    mailDir,
    users: DEMO_USERS,
    maxConnectionsPerUser: 50,
    extraConfig: `submission_host = 127.0.0.1:${submission.relayPort}`,
  })
  closers.push(dovecot.stop)

  const built = buildWeb()
  if (!isMade) {
    await fill(dovecot, options.messages)
    await writeFile(marker, JSON.stringify({ messages: options.messages, madeAt: new Date() }))
  }
  await built
  const { startNode } = await import('#boot/node.ts') // A second's work to load: not before a fault above has been told.
  const node = await startNode(
    loadConfig({
      file: null,
      environment: {},
      options: {
        http: { listen: `127.0.0.1:${options.port}` },
        data: { dir: nodeDir },
        log: { level: 'warn' },
        mailServers: {
          imap: `imap+insecure://127.0.0.1:${dovecot.imapPort}`,
          smtp: `smtp+insecure://127.0.0.1:${submission.port}`,
          sieve: `sieve+insecure://127.0.0.1:${dovecot.sievePort}`,
          defaultDomain: 'example.test',
        },
      },
    }),
    { log: openLog('warn') },
  )
  closers.push(() => node.stop())
  welcome(node.url, options, (performance.now() - startedAt) / 1_000)
}

async function fill(dovecot: DovecotServer, messages: number): Promise<void> {
  say('Writing two years of mail for three people')
  const mailboxes = makeMailboxes({ perOwner: messages, now: new Date() })
  const progress = showProgress('Mail', messages * owners.length)
  await Promise.all(
    owners.map((owner) =>
      fillMailbox(
        { port: dovecot.imapPort, username: people[owner].address, password: 'demo' },
        mailboxes[owner],
        progress.add,
      ),
    ),
  )
  progress.end()
}

/** In a process of its own: it is as much work as making the mail, and goes on beside that. */
async function buildWeb(): Promise<void> {
  const script = join(import.meta.dirname, '../scripts/build-web.ts')
  const build = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  build.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const [status] = (await once(build, 'exit')) as [number | null]
  if (status !== 0 && !isEnding) throw new Error(`The web client could not be built:\n${complaint}`)
}

async function assertFree(port: number): Promise<void> {
  const probe = createServer()
  try {
    probe.listen(port, '127.0.0.1')
    await once(probe, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${port} is taken. Try another: npm run demo -- --port ${port + 1}`)
  } finally {
    probe.close()
  }
}

/** Root's Dovecot keeps mail as an unprivileged user, who has to get there. */
async function assertPassable(dir: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  for (let path = dir; path !== '/'; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0)
      throw new Error(`${path} is closed to others: with --data name a folder that is not below it`)
  }
}

function say(line: string): void {
  console.log(`  ${line}`)
}

function welcome(url: string, options: DemoOptions, seconds: number): void {
  const accent = process.stdout.isTTY ? (text: string) => `\x1b[1;36m${text}\x1b[0m` : (text: string) => text
  const accounts = owners.map((owner) => `      ${people[owner].address.padEnd(22)} demo`)
  console.log(`
  Paquebot is ready, after ${seconds.toFixed(1)} s:  ${accent(url)}

      address                password
${accounts.join('\n')}

  The three can write to one another; mail to anybody else goes nowhere.
  Everything is kept in ${options.dataDir}; --reset makes it anew.
  Ctrl-C ends it.
`)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') console.log(usage)
  else {
    endWithOthers()
    await main(options)
  }
} catch (error) {
  console.error(`\n${(error as Error).message}\n`)
  await end(1)
}
