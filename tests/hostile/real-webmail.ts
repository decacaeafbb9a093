// The whole product for tests in a browser: a private Dovecot, an SMTP sink, a node of ours with the built web client, each
// on a free port, and messages put into mailboxes byte for byte.

import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import type { Page } from 'playwright-core'
import { SMTPServer } from 'smtp-server'
import { startNode } from '#boot/node.ts'
import { type ConfigSources, loadConfig } from '#config/load.ts'
import { type Log, silentLog } from '#core/log.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'

export interface SentMessage {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

export interface RealWebmail {
  readonly url: string
  /** What the SMTP server was handed, by us and by Dovecot. */
  readonly sent: readonly SentMessage[]
  readonly dovecot: Awaited<ReturnType<typeof startDovecot>>
  append(
    messages: readonly Uint8Array[],
    options?: { readonly mailbox?: string; readonly flags?: string[] },
  ): Promise<void>
  signIn(page: Page): Promise<void>
  stop(): Promise<void>
}

export const person = { address: 'alice@example.test', password: 'demo' } as const

export interface RealWebmailOptions {
  readonly log?: Log
  /** Origins that the image proxy fetches from although they are inside. */
  readonly trustedOrigins?: readonly string[]
  /** More configuration: section → key (camelCase) → value. */
  readonly config?: ConfigSources['options']
}

export async function startRealWebmail(options: RealWebmailOptions = {}): Promise<RealWebmail> {
  const folder = await mkdtemp(join(tmpdir(), 'paquebot-real-'))
  const sent: SentMessage[] = []
  const smtp = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    // Dovecot sends what Sieve forwards without signing in.
    authOptional: true,
    onAuth: (auth, _session, done) => done(null, { user: auth.username }),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom ? mailFrom.address : ''
        sent.push({ from, to: rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString() })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
  const { port: smtpPort } = smtp.server.address() as AddressInfo
  const dovecot = await startDovecot({
    users: { [person.address]: person.password },
    extraConfig: `submission_host = 127.0.0.1:${smtpPort}`,
  })
  const config = loadConfig({
    file: null,
    environment: {},
    options: {
      data: { dir: folder },
      imageProxy: { trustedOrigins: options.trustedOrigins ?? [] },
      ...options.config,
      mailServers: {
        imap: `imap+insecure://127.0.0.1:${dovecot.imapPort}`,
        smtp: `smtp+insecure://127.0.0.1:${smtpPort}`,
        sieve: `sieve+insecure://127.0.0.1:${dovecot.sievePort}`,
        ...options.config?.mailServers,
      },
      // A crowded machine is no reason to refuse.
      http: { listen: '127.0.0.1:0', maxLag: 60_000, ...options.config?.http },
    },
  })
  const node = await startNode(config, { log: options.log ?? silentLog })

  return {
    url: node.url,
    sent,
    dovecot,
    async append(messages, { mailbox = 'INBOX', flags = [] } = {}) {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port: dovecot.imapPort,
        secure: false,
        doSTARTTLS: false,
        auth: { user: person.address, pass: person.password },
        logger: false,
      })
      await client.connect()
      for (const message of messages) await client.append(mailbox, Buffer.from(message), flags)
      await client.logout()
    },
    async signIn(page) {
      await page.goto(node.url)
      await page.locator('input[name=username]').fill(person.address)
      await page.locator('input[type=password]').fill(person.password)
      await page.locator('button[type=submit]').click()
      await page.waitForURL(/\/mail\/inbox/)
    },
    async stop() {
      await node.stop()
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
      await dovecot.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
