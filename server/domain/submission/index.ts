// The door of submission: identities, and the outbox through which everything leaves.
//
// A submission is one row in SQL from the moment the client is told of it until nothing is left to do. It is sent once: whoever
// works at it holds a lease with a fence, the answer of the SMTP server is recorded before anything else is done, and the moment in
// which the answer cannot be known is marked before it begins (docs/adr/2026-11-22-outbox.md). After the commit of a row `wake`
// tells this node's worker; any other node finds it by its time.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { changesSince, type ObjectChanges, recordChanges, stateOf } from '#domain/changes/index.ts'
import type { Mdn } from '#shared/jmap/submission.ts'
import { createSubmission } from './create.ts'
import { deliverDue } from './deliver.ts'
import { credentialPurpose, openCredential } from './held.ts'
import { type Identities, openIdentities } from './identities.ts'
import { openServerOffers, type ServerOffers } from './offers.ts'
import { findReports, type ReportRow } from './report-store.ts'
import { openReports } from './reports.ts'
import { sendMdn } from './send-mdn.ts'
import { toSubmitted } from './status.ts'
import { cancel, countWaiting, deleteDone, findSubmissions, hideSubmission, nextDue, renewCredential } from './store.ts'
import type { SubmissionRow } from './tables.ts'
import type { NewSubmission, SubmissionConfig, SubmissionDeps, Submitted } from './types.ts'
import { openWaitingServers } from './waiting-servers.ts'

export type { Identities, IdentityContent } from './identities.ts'
export type { SubmissionTables } from './tables.ts'
export type { NewSubmission, Step, SubmissionConfig, SubmissionDeps, Submitted } from './types.ts'

export interface Submissions {
  readonly config: Pick<SubmissionConfig, 'maxDelayMs' | 'undoWindowMs' | 'maxRecipients'>
  list(
    caller: Caller,
    ids: readonly string[] | null,
  ): Promise<{ readonly state: string; readonly list: readonly Submitted[] }>
  state(caller: Caller): Promise<string>
  changes(caller: Caller, sinceState: string, maxChanges: number | null): Promise<ObjectChanges>
  /**
   * badInput and forbidden with `detail.refusal` (from, mailFrom, noRecipients, invalidRecipients, tooManyRecipients, badMessage,
   * badHold), tooLarge, blobMissing (a part that cannot be read whole, named), unavailable.
   */
  create(caller: Caller, wish: NewSubmission): Promise<Submitted>
  /** notFound; conflict when it is too late. Canceling twice is well. */
  cancel(caller: Caller, id: string): Promise<void>
  /** Forgets the object; what it stands for goes on (RFC 8621 §7.5). notFound. */
  destroy(caller: Caller, id: string): Promise<void>
  /**
   * RFC 9007 §2.1. badInput, notFound (the message), conflict with `refusal: mdnAlreadySent`, forbidden. Returns what the server set.
   */
  sendMdn(caller: Caller, identityId: string, mdn: Mdn): Promise<Partial<Mdn>>
  /** New mail has come: it may be a notification about something sent. Returns at once. */
  mailArrived(caller: Caller): void
  /** Waits for notifications that are being read. */
  settled(): Promise<void>
  /** EHLO keywords of the person's submission server; null when it does not answer. */
  readonly offers: ServerOffers
  /** The worker's: sends what is due, on whichever node. Resolves to how many were worked at. */
  deliverDue(signal: AbortSignal): Promise<number>
  /** When there will be something to do, ms; null when there will not. */
  nextDue(): Promise<number | null>
  /** Of all accounts: what is not at its end, and since when the earliest of it has been due, ms. For metrics. */
  depth(): Promise<{ readonly count: number; readonly overdueMs: number }>
  /**
   * The worker's: lets one of those that wait for a server go ahead, to find out whether it is back. Resolves to when the next may, ms;
   * null when nothing waits for a server.
   */
  sendScouts(): Promise<number | null>
  /** The housekeeper's: removes what is settled and old. */
  sweep(): Promise<number>
}

export interface SubmissionDoor {
  readonly submissions: Submissions
  readonly identities: Identities
}

export function openSubmission(deps: SubmissionDeps): SubmissionDoor {
  const { sql, bus, clock, config } = deps
  const identities = openIdentities(deps)
  const offers = openServerOffers(deps)
  const reports = openReports(deps)
  const waitingServers = openWaitingServers(deps)
  const log = (account: string) => ({ account, type: 'EmailSubmission' }) as const
  const publish = (caller: Caller, state: string) =>
    bus.publish({ account: caller.account, changed: { EmailSubmission: state } })

  /** Who is signed in has a password that works: what waits for one gets it. */
  async function renew(caller: Caller, rows: readonly SubmissionRow[]): Promise<void> {
    const waiting = rows.filter(({ problem }) => problem !== null && JSON.parse(problem).kind === 'signInNeeded')
    const plain = JSON.stringify(caller.credential)
    const changed = waiting.filter((row) => JSON.stringify(openCredential(deps.ring, row)) !== plain)
    if (changed.length === 0) return
    const state = await sql.write(caller, async (tx) => {
      for (const { id } of changed)
        await renewCredential(tx, id, deps.ring.seal(credentialPurpose, id, plain), clock.now())
      return recordChanges(
        tx,
        log(caller.account),
        changed.map(({ id }) => ({ id, kind: 'updated' }) as const),
      )
    })
    deps.wake?.(clock.now())
    await publish(caller, state)
  }

  async function reportsOf(rows: readonly SubmissionRow[]): Promise<readonly ReportRow[]> {
    const found: ReportRow[] = []
    // Engines bound the length of a list.
    for (let at = 0; at < rows.length; at += 500) {
      found.push(
        ...(await findReports(
          sql.readFresh(),
          rows.slice(at, at + 500).map(({ id }) => id),
        )),
      )
    }
    return found
  }

  const submissions: Submissions = {
    config,
    mailArrived: (caller) => reports.look(caller, true),
    settled: reports.settled,
    async list(caller, ids) {
      // The outbox never reads a replica: the state is read first, so that it can only be older than the rows.
      const state = await stateOf(sql.readFresh(), log(caller.account))
      const rows = await findSubmissions(sql.readFresh(), caller.account, ids)
      await renew(caller, rows)
      const returned = Map.groupBy(await reportsOf(rows), ({ submission }) => submission)
      // For the next time: what it finds is a change like any other.
      if (rows.length > 0) reports.look(caller, false)
      return { state, list: rows.map((row) => toSubmitted(row, returned.get(row.id))) }
    },
    state: (caller) => stateOf(sql.readFresh(), log(caller.account)),
    changes: (caller, sinceState, maxChanges) =>
      changesSince(sql.readFresh(), log(caller.account), sinceState, maxChanges),
    create: (caller, wish) => createSubmission({ ...deps, identities, offers }, caller, wish),
    async cancel(caller, id) {
      const [row] = await findSubmissions(sql.readFresh(), caller.account, [id])
      if (!row) throw new Failure('notFound', { id })
      if (row.undo_status === 'canceled') return
      const state = await sql.write(caller, async (tx) => {
        if (!(await cancel(tx, caller.account, id))) throw new Failure('conflict', { refusal: 'tooLate' })
        return recordChanges(tx, log(caller.account), [{ id, kind: 'updated' }])
      })
      await publish(caller, state)
    },
    async destroy(caller, id) {
      const state = await sql.write(caller, async (tx) => {
        if (!(await hideSubmission(tx, caller.account, id))) throw new Failure('notFound', { id })
        return recordChanges(tx, log(caller.account), [{ id, kind: 'destroyed' }])
      })
      await publish(caller, state)
    },
    sendMdn: (caller, identityId, mdn) => sendMdn({ ...deps, identities, offers }, caller, identityId, mdn),
    offers,
    deliverDue: (signal) => deliverDue({ ...deps, waitingServers }, signal),
    sendScouts: waitingServers.sendScouts,
    nextDue: () => nextDue(sql.readFresh()),
    async depth() {
      const { count, earliestAt } = await countWaiting(sql.readFresh())
      return { count, overdueMs: earliestAt === null ? 0 : Math.max(0, clock.now() - earliestAt) }
    },
    async sweep() {
      return sql.write({ position: null }, async (tx) => {
        const gone = await deleteDone(tx, clock.now() - config.keepMs)
        for (const { id, account } of gone) await recordChanges(tx, log(account), [{ id, kind: 'destroyed' }])
        return gone.length
      })
    },
  }
  return { submissions, identities }
}
