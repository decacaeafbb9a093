// What is measured on: one Dovecot with a large mailbox and many small ones, made once and kept; a submission server that delivers to it;
// a node in a process of its own, which reaches the Dovecot through a proxy that counts.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '#testing/cache-folder.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox, type NewMail } from '#testing/servers/fill-mailbox.ts'
import { type Submission, startSubmission } from '../demo/submission.ts'
import { type Counts, startCountingProxy } from './counting-proxy.ts'
import { largeMailbox } from './mail.ts'
import { startNodeProcess } from './start-node-process.ts'
import { SENT_SUBJECT } from './ways/way.ts'

export interface StageSize {
  readonly inbox: number
  /** Mailboxes beside the large one, a twentieth of it each. */
  readonly people: number
}

export interface Cost extends Counts {
  readonly statements: readonly string[]
}

export interface Stage {
  readonly url: string
  readonly dovecot: DovecotServer
  readonly submission: Submission
  readonly large: string
  readonly people: readonly string[]
  /** Mailboxes with nothing in them. */
  readonly idle: readonly string[]
  readonly sizeOf: (address: string) => number
  /** What has happened since the last call, at the Dovecot and in the database. */
  readonly takeCost: () => Promise<Cost>
  /** Of the node, after collecting garbage. */
  readonly memoryBytes: () => Promise<number>
  readonly close: () => Promise<void>
}

export const PASSWORD = 'bench'
const IDLE_PEOPLE = 200
const SENT_SHARE = 10
const SMALL_SHARE = 20

export async function openStage(size: StageSize, say: (line: string) => void = () => {}): Promise<Stage> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const people = Array.from({ length: size.people }, (_, n) => `person${n + 1}@example.test`)
    const large = 'big@example.test'
    const idle = Array.from({ length: IDLE_PEOPLE }, (_, n) => `idle${n + 1}@example.test`)
    const users = Object.fromEntries([large, ...people, ...idle].map((address) => [address, PASSWORD]))
    const sizeOf = (address: string) =>
      address === large ? size.inbox : Math.max(1_000, Math.ceil(size.inbox / SMALL_SHARE))
    const keptDir = cacheFolder('bench', `${size.inbox}-${size.people}-3`)
    const dovecot = await startDovecot({ mailDir: join(keptDir, 'mail'), users, maxConnectionsPerUser: 100 })
    closers.push(dovecot.stop)
    // What was sent here would be there in the next run.
    closers.push(async () => {
      for (const address of [large, ...people])
        await dovecot.doveadm('expunge', '-u', address, 'mailbox', 'Sent', 'subject', SENT_SUBJECT)
    })
    await fillOnce(keptDir, dovecot, [large, ...people], sizeOf, say)
    const submission = await startSubmission({
      lmtpPort: () => dovecot.lmtpPort,
      domain: 'example.test',
      users,
      maxMessageBytes: 1e8,
    })
    closers.push(submission.close)
    const proxy = await startCountingProxy(dovecot.imapPort)
    closers.push(proxy.close)
    const node = await startNodeProcess({
      submission: { undo: '0 s' },
      mailServers: {
        imap: `imap+insecure://127.0.0.1:${proxy.port}`,
        smtp: `smtp+insecure://127.0.0.1:${submission.port}`,
        sieve: `sieve+insecure://127.0.0.1:${dovecot.sievePort}`,
      },
    })
    closers.push(node.stop)
    return {
      url: node.url,
      dovecot,
      submission,
      large,
      people,
      idle,
      sizeOf,
      async takeCost() {
        const { statements } = await node.ask('statements')
        return { ...proxy.take(), statements }
      },
      memoryBytes: async () => (await node.ask('memory')).bytes,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function fillOnce(
  keptDir: string,
  dovecot: DovecotServer,
  addresses: readonly string[],
  sizeOf: (address: string) => number,
  say: (line: string) => void,
): Promise<void> {
  const marker = join(keptDir, 'made')
  if ((await readFile(marker, 'utf8').catch(() => null)) !== null) return
  const now = Date.UTC(2026, 9, 1)
  for (const address of addresses) {
    const inbox = sizeOf(address)
    say(`making ${inbox} messages for ${address}`)
    // What an interrupted run has left would make it more.
    await dovecot.doveadm('expunge', '-u', address, 'mailbox', '*', 'all')
    const target = { port: dovecot.imapPort, username: address, password: PASSWORD }
    let batch: NewMail[] = []
    for (const mail of largeMailbox(inbox, inbox / SENT_SHARE, now)) {
      batch.push(mail)
      if (batch.length < 5_000) continue
      await fillMailbox(target, batch, () => {})
      batch = []
    }
    if (batch.length > 0) await fillMailbox(target, batch, () => {})
  }
  await mkdir(keptDir, { recursive: true })
  await writeFile(marker, '')
}
