// Which server is written to. One at a time, and no going back by itself: a writer is left when it is down, or says that it may not be
// written to. Where several may (outside of Galera) that is a fault of the set-up, told loudly, and the one in use stays.

import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { covers, mergePositions, type Position } from './position.ts'
import type { WatchedServer } from './watched-server.ts'

export interface Writers {
  /** Waits for one until then; `unavailable` when there is none. */
  current(until: number): Promise<WatchedServer>
  /** Without waiting; null when there is none. */
  now(): WatchedServer | null
  /** Looks at what the servers said last: to be called when one of them said something. */
  choose(): void
  /** A commit has come that far. */
  committed(position: Position): void
  /** The newest position that this node knows of. */
  newest(): Position | null
  readonly timeline: () => number | null
  /** How often another server was chosen than the one before. */
  readonly failovers: () => number
}

export function chooseWriter(servers: () => readonly WatchedServer[], log: Log): Writers {
  let current: WatchedServer | null = null
  let newest: Position | null = null
  let timeline: number | null = null
  let hasTooMany = false
  let lastChosen: WatchedServer | null = null
  let failovers = 0
  const waiting = new Set<() => void>()

  function isAcceptable(server: WatchedServer): boolean {
    const state = server.state()
    // Whether it replicates is no matter: in a pair, the writer that is left cannot reach its dead peer.
    if (!state?.isWritable) return false
    // A primary that was replaced and wakes up is of an older timeline: it must never be written to again.
    return state.timeline === null || timeline === null || state.timeline >= timeline
  }

  /** Of several, one that has all that we saw committed: a writer that wakes up after a failover has not. */
  function best(candidates: readonly WatchedServer[]): WatchedServer | null {
    const known = newest
    const hasAll = ({ state }: WatchedServer) => {
      const position = state()?.position
      return known === null || (position ? covers(position, known) : false)
    }
    const chosen = candidates.find(hasAll) ?? candidates[0] ?? null
    if (chosen && !hasAll(chosen))
      log.error('sql.writer.behind', { server: chosen.name, reason: 'it lacks commits that were acknowledged' })
    return chosen
  }

  function choose(): void {
    for (const server of servers()) {
      const state = server.state()
      // A newer timeline that may be written to: the primary before it was replaced, even if it still answers us.
      if (state?.isWritable && state.timeline !== null) timeline = Math.max(timeline ?? 0, state.timeline)
    }
    const candidates = servers().filter(isAcceptable)
    const isGalera = candidates.every((server) => server.state()?.isGalera)
    if (candidates.length > 1 && !isGalera && !hasTooMany)
      log.error('sql.writers.many', {
        servers: candidates.map(({ name }) => name),
        reason: 'only one server may be writable at a time, or their histories part: see docs/run/database.md',
      })
    hasTooMany = candidates.length > 1 && !isGalera
    const next = current && candidates.includes(current) ? current : best(candidates)
    if (next !== current) {
      log.info('sql.writer', { server: next?.name ?? 'none', before: current?.name ?? 'none' })
      // What is under way there fails now, not when its time is up.
      current?.pool.discardAll()
      current = next
      if (next && lastChosen && next !== lastChosen) failovers++
      lastChosen = next ?? lastChosen
    }
    const position = current?.state()?.position
    if (position) committed(position)
    if (current) for (const wake of [...waiting]) wake()
  }

  function committed(position: Position): void {
    newest = newest ? (mergePositions(newest, position) ?? position) : position
  }

  return {
    choose,
    committed,
    newest: () => newest,
    now: () => current,
    timeline: () => timeline,
    failovers: () => failovers,
    current(until) {
      if (current) return Promise.resolve(current)
      return new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer)
          waiting.delete(wake)
        }
        const wake = () => {
          end()
          resolve(current as WatchedServer)
        }
        const timer = setTimeout(
          () => {
            end()
            const states = servers().map((server) => `${server.name}: ${server.state() ? 'not writable' : 'down'}`)
            reject(new Failure('unavailable', { reason: 'there is no database to write to', servers: states }))
          },
          Math.max(0, until - Date.now()),
        )
        waiting.add(wake)
      })
    },
  }
}
