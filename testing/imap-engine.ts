// The IMAP engine over a private Dovecot: connections, a pool, mail put in, and the server's own processes to be killed.

import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { appendMessage } from '#drivers/imap/engine/commands/append.ts'
import { openConnection } from '#drivers/imap/engine/open-connection.ts'
import { openPool } from '#drivers/imap/engine/pool.ts'
import type { Pool, PoolAccount } from '#drivers/imap/engine/pool-types.ts'
import type { Connection, ConnectionLimits, ConnectionOptions } from '#drivers/imap/engine/types.ts'
import type { SampleMessage } from './imap-samples.ts'
import type { DovecotServer } from './servers/dovecot.ts'

export const liveLimits: ConnectionLimits = {
  connectTimeoutMs: 10_000,
  loginTimeoutMs: 20_000,
  commandTimeoutMs: 60_000,
  suspectAfterMs: 4_000,
  pathTimeoutMs: 4_000,
  reachTimeoutMs: 4_000,
  restartMs: 6_000,
  stalledReaderTimeoutMs: 60_000,
  maxResponseBytes: 32 * 1024 * 1024,
  maxPipelined: 100,
}

/** Of the servers of testing/servers; without TLS where they have none. */
export type ImapServer = Pick<DovecotServer, 'host' | 'imapPort'> &
  Partial<Pick<DovecotServer, 'imapsPort' | 'certSha256'>>

export function optionsOf(
  { host, imapPort, imapsPort, certSha256 }: ImapServer,
  user = 'alice@example.test',
): ConnectionOptions {
  return {
    server:
      imapsPort === undefined
        ? { host, port: imapPort, tls: 'none' }
        : { host, port: imapsPort, tls: 'implicit', pinnedSha256: certSha256 },
    credential: { kind: 'password', username: user, password: 'demo' },
    limits: liveLimits,
    log: silentLog,
  }
}

export function connectTo(dovecot: ImapServer, changed: Partial<ConnectionOptions> = {}): Promise<Connection> {
  return openConnection({ ...optionsOf(dovecot), ...changed }, new AbortController().signal)
}

export function poolOver(
  dovecot: DovecotServer,
  disable: readonly string[] = [],
): { pool: Pool; account: PoolAccount } {
  const pool = openPool(
    { log: silentLog, clock: systemClock, disable },
    {
      connection: liveLimits,
      pool: {
        maxPerAccount: 4,
        maxPerNode: 100,
        idleCloseMs: 60_000,
        acquireTimeoutMs: 20_000,
        backoffBaseMs: 300,
        backoffMaxMs: 2000,
      },
    },
  )
  const { server, credential } = optionsOf(dovecot)
  return { pool, account: { key: 'alice', server, credential } }
}

export async function appendAll(
  connection: Connection,
  mailbox: string,
  messages: readonly SampleMessage[],
): Promise<void> {
  // All at once: the connection pipelines them.
  await Promise.all(
    messages.map(({ raw, flags, internalDate }) =>
      appendMessage(connection, mailbox, { flags, internalDate, size: raw.length, source: once(raw) }),
    ),
  )
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** Ends every imap process of that Dovecot with SIGKILL; the master lives and forks new ones. Returns how many. */
export function killImapProcesses(dovecot: DovecotServer): number {
  let killed = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const [, comm, parent] = /^\d+ \((.*)\) \S (\d+) /.exec(stat) ?? []
      if (comm !== 'imap' || Number(parent) !== dovecot.pid) continue
      process.kill(Number(pid), 'SIGKILL')
      killed++
    } catch {
      // It ended between the listing and the look.
    }
  }
  return killed
}

/** A token that the test Dovecot accepts (HS256). */
export function mintToken(dovecot: DovecotServer, email: string, expiresInS = 600): string {
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { sub: email, email, iat: now - 10, nbf: now - 10, exp: now + expiresInS, scope: 'mail' }
  const unsigned = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'default' })}.${encode(claims)}`
  return `${unsigned}.${createHmac('sha256', dovecot.tokenSecret).update(unsigned).digest('base64url')}`
}
