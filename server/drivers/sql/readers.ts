// Which replica may answer a read: one that lives, receives, is of the writer's history, and has come at least to the position asked for.
// How far behind it is, is measured by ourselves: against when this node saw the writer where the replica is now. No privilege is needed.

import { covers, type Position } from './position.ts'
import type { WatchedServer } from './watched-server.ts'
import type { Writers } from './writers.ts'

export interface ReadersOptions {
  readonly maxLagMs: number
}

export interface Readers {
  readonly count: number
  /** To be called when a server said something. */
  noteState(): void
  /** Those that may be asked, another one first each time. */
  candidates(): readonly WatchedServer[]
  /** Milliseconds, as of its last answer; 0: it has all that this node knows of. */
  lagMs(server: WatchedServer): number
}

const samplesKept = 1000

export function chooseReaders(
  servers: () => readonly WatchedServer[],
  writers: Writers,
  options: ReadersOptions,
): Readers {
  /** Where the writer was, and when this node saw it there first; the oldest first. */
  const samples: { readonly at: number; readonly position: Position }[] = []
  let turn = 0

  function lagMs(server: WatchedServer): number {
    const state = server.state()
    if (!state?.position || state.isGalera) return 0
    const reached = state.position
    const lacking = samples.find(({ position }) => !covers(reached, position))
    return lacking ? Date.now() - lacking.at : 0
  }

  function mayRead(server: WatchedServer): boolean {
    const state = server.state()
    if (!state || state.broken !== null) return false
    const timeline = writers.timeline()
    if (timeline !== null && state.timeline !== timeline) return false
    return lagMs(server) <= options.maxLagMs
  }

  return {
    get count() {
      return servers().length
    },
    noteState() {
      const position = writers.newest()
      const last = samples.at(-1)
      if (!position || (last && covers(last.position, position))) return
      samples.push({ at: Date.now(), position })
      if (samples.length > samplesKept) samples.shift()
    },
    candidates() {
      const all = servers()
      turn = (turn + 1) % Math.max(1, all.length)
      return [...all.slice(turn), ...all.slice(0, turn)].filter(mayRead)
    },
    lagMs,
  }
}
