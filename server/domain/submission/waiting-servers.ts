// Servers that could not be reached, and what waits for them. Each submission has a pause of its own that grows; without more, mail would
// lie for minutes after its server is back. So: whoever gets through to a server makes due what waits for it, spread over the next
// seconds; and as long as nobody does, one of those that wait goes ahead now and then, so that it is found out soon and by one alone.

import type { Log } from '#core/log.ts'
import type { Route } from '#ports/directory.ts'
import { advance, waitingFor, waitingServers } from './store.ts'
import type { SubmissionDeps } from './types.ts'

/** What goes out of one server's queue in a slice of time, by all nodes together: it has just come back. */
const slice = { size: 10, ms: 250 } as const
/** The rest is made due by those that get through. */
const most = 400
/** A node looks again no sooner, however much it sends. */
const lookMs = 1000
/** One goes ahead after a tenth of the time that the server has been away, within these. */
const scoutMs = { least: 8_000, most: 300_000 } as const

export interface WaitingServers {
  /** Somebody got through to it: what waits for it is due soon. Never throws. */
  answered(server: string): Promise<void>
  /** Lets one go ahead for each server that something waits for, if it is time. Resolves to when it will be next, ms; null: nothing waits. */
  sendScouts(): Promise<number | null>
}

export const smtpKey = ({ smtp }: Pick<Route, 'smtp'>) => keyOf('smtp', smtp)
export const imapKey = ({ imap }: Pick<Route, 'imap'>) => keyOf('imap', imap)
const keyOf = (kind: string, { host, port }: { readonly host: string; readonly port: number }) =>
  `${kind} ${host} ${port}`.slice(0, 255)

/** Whether the failure of an attempt says that the server was not there, not that it refused. */
export const isAway = (code: string | null | undefined) => code === 'unavailable' || code === 'timeout'

export function openWaitingServers(
  deps: Pick<SubmissionDeps, 'sql' | 'clock' | 'wake'> & { readonly log: Log },
): WaitingServers {
  const { sql, clock, log } = deps
  const lookedAt = new Map<string, number>()
  const scoutedAt = new Map<string, number>()

  async function advanceAll(server: string, now: number): Promise<void> {
    const ids = await waitingFor(sql.readFresh(), server, now, most)
    for (let at = 0; at < ids.length; at += slice.size) {
      const dueAt = now + Math.round((at / slice.size + Math.random()) * slice.ms)
      await sql.write({ position: null }, (tx) => advance(tx, ids.slice(at, at + slice.size), dueAt, now))
    }
    if (ids.length === 0) return
    log.info('outbox.server-back', { server, waiting: ids.length })
    deps.wake?.(now)
  }

  return {
    async answered(server) {
      const now = clock.now()
      if (now - (lookedAt.get(server) ?? Number.NEGATIVE_INFINITY) < lookMs) return
      lookedAt.set(server, now)
      try {
        await advanceAll(server, now)
      } catch (error) {
        // They have their own time, and the next who gets through looks again.
        log.warn('outbox.server-back', { server, error })
      }
    },
    async sendScouts() {
      const now = clock.now()
      const away = await waitingServers(sql.readFresh())
      const names = new Set(away.map(({ server }) => server))
      for (const server of scoutedAt.keys()) if (!names.has(server)) scoutedAt.delete(server)
      let isSent = false
      let next = Number.POSITIVE_INFINITY
      for (const { server, since } of away) {
        const pause = Math.min(scoutMs.most, Math.max(scoutMs.least, (now - since) / 10))
        const dueAt = (scoutedAt.get(server) ?? Number.NEGATIVE_INFINITY) + pause
        if (dueAt > now) {
          next = Math.min(next, dueAt)
          continue
        }
        scoutedAt.set(server, now)
        next = Math.min(next, now + pause)
        const ids = await waitingFor(sql.readFresh(), server, now, 1)
        if (ids.length === 0) continue
        await sql.write({ position: null }, (tx) => advance(tx, ids, now, now))
        isSent = true
      }
      if (isSent) deps.wake?.(now)
      return away.length === 0 ? null : next
    },
  }
}
