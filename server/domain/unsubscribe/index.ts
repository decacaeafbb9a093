// The door of unsubscribe: leaving a mailing list with one click (RFC 8058). The person asks, for a message of his; where the request goes
// stands in that message and is read from it here, never taken from a client. The far end learns the node's address and what the
// sender put into the URL. Asked of no more lists in an hour than a person would, so that mail cannot make us a hammer.

import { randomUUID } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { OpenMail } from '#ports/mail-store.ts'
import type { RemoteFetch } from '#ports/remote-fetch.ts'
import type { Sql } from '#ports/sql.ts'
import type { Unsubscribed } from '#shared/jmap/settings.ts'
import { oneClickOf } from './one-click.ts'
import { countAttempts, deleteAttempts, insertAttempt } from './store.ts'
import type { UnsubscribeTables } from './tables.ts'

export type { UnsubscribeTables } from './tables.ts'

const hourMs = 3_600_000
const maxHeaderBytes = 1024 * 1024
const form = { type: 'application/x-www-form-urlencoded', text: 'List-Unsubscribe=One-Click' } // §3.2

export interface Unsubscribe {
  /** notFound (the message), rateLimited; everything that the far end does is a value. */
  oneClick(caller: Caller, emailId: string): Promise<Unsubscribed>
  /** The housekeeper's. */
  sweep(): Promise<void>
}

export function openUnsubscribe(deps: {
  readonly sql: Sql<UnsubscribeTables>
  readonly openMail: OpenMail
  readonly fetch: Pick<RemoteFetch, 'post'>
  readonly clock: Clock
  readonly log: Log
  /** Names by which the caller's mail server signs its results, lower case. */
  readonly authservIds: (caller: Caller) => Promise<readonly string[]>
  readonly config: { readonly maxPerHour: number }
}): Unsubscribe {
  const { sql, clock, log, config } = deps

  async function takePlace(caller: Caller, host: string): Promise<void> {
    await sql.write(caller, async (tx) => {
      const now = clock.now()
      if ((await countAttempts(tx, caller.account, now - hourMs)) >= config.maxPerHour) {
        throw new Failure('rateLimited', { retryAfterMs: hourMs })
      }
      const id = randomUUID()
      await insertAttempt(tx, { account: caller.account, id, host: host.slice(0, 255), asked_at: now })
    })
  }

  return {
    async oneClick(caller, emailId) {
      const account = await deps.openMail(caller)
      const header = await readHeader((await account.section(emailId, '', 'header', caller.signal)).body)
      const offer = oneClickOf(header, await deps.authservIds(caller))
      if ('refused' in offer) return { outcome: offer.refused, host: null, status: null }
      const host = URL.parse(offer.url)?.host ?? null
      if (host === null) return { outcome: 'notOneClick', host: null, status: null }
      await takePlace(caller, host)
      const told = await ask(offer.url, caller.signal)
      log.info('unsubscribe.asked', { account: caller.account, host, ...told })
      return { host, ...told }
    },
    async sweep() {
      await sql.write({ position: null }, (tx) => deleteAttempts(tx, clock.now() - hourMs))
    },
  }

  async function ask(url: string, signal: AbortSignal): Promise<Pick<Unsubscribed, 'outcome' | 'status'>> {
    try {
      const status = await deps.fetch.post(url, form, signal)
      // §3.1: no redirects: «redirected POST actions have historically not worked reliably».
      return { outcome: status >= 200 && status < 300 ? 'done' : 'refused', status }
    } catch (error) {
      if (isFailure(error, 'timeout', 'unavailable')) return { outcome: 'unreachable', status: null }
      // A form of URL that is never asked, or an address inside.
      if (isFailure(error, 'badInput', 'forbidden', 'notFound')) return { outcome: 'notOneClick', status: null }
      throw error
    }
  }
}

async function readHeader(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxHeaderBytes) throw new Failure('tooLarge', { maxSize: maxHeaderBytes })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
