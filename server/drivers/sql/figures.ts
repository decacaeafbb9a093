// What the servers, their pools and the choice between them are like at this moment: for metrics.

import type { PoolSize, PoolWaits } from './connection-pool.ts'
import type { Trouble } from './engine.ts'
import type { Position } from './position.ts'
import type { Readers } from './readers.ts'
import type { SplitStats } from './split.ts'
import type { WatchedServer } from './watched-server.ts'
import type { Writers } from './writers.ts'

export interface ServerFigures {
  /** Host and port, or the socket: no password, no user. */
  readonly server: string
  readonly role: 'write' | 'read'
  readonly isUp: boolean
  readonly isWritable: boolean
  /** The one that this node writes to. */
  readonly isWriter: boolean
  /** Of a replica: how long ago the writer was where it is now; null: it is down, or says that it does not replicate. */
  readonly lagMs: number | null
  /** How far it has come, by GTID domain of MariaDB or '' for PostgreSQL's log; none when it is down or keeps no count. */
  readonly positions: readonly { readonly domain: string; readonly at: number }[]
  readonly pool: PoolSize
  readonly waits: PoolWaits
}

export interface SplitFigures extends SplitStats {
  readonly servers: readonly ServerFigures[]
  /** What retries were for. */
  readonly troubles: Readonly<Record<Trouble, number>>
  /** Another server of the list was chosen to be written to, or another one answers behind the address of one. */
  readonly failovers: number
}

export function splitFigures(deps: {
  readonly servers: readonly WatchedServer[]
  readonly writers: Writers
  readonly readers: Readers
  readonly counts: SplitStats
  readonly troubles: Readonly<Record<Trouble, number>>
}): SplitFigures {
  const { servers, writers, readers, counts, troubles } = deps
  return {
    ...counts,
    troubles: { ...troubles },
    failovers: servers.reduce(
      (sum, server) => sum + (server.role === 'write' ? server.moves() : 0),
      writers.failovers(),
    ),
    servers: servers.map((server) => {
      const state = server.state()
      return {
        server: server.name,
        role: server.role,
        isUp: state !== null,
        isWritable: state?.isWritable === true,
        isWriter: writers.now() === server,
        lagMs: server.role === 'read' && state && state.broken === null ? readers.lagMs(server) : null,
        positions: positionsOf(state?.position ?? null),
        pool: server.pool.size(),
        waits: server.pool.waits(),
      }
    }),
  }
}

function positionsOf(position: Position | null): ServerFigures['positions'] {
  if (position?.kind === 'postgres') return [{ domain: '', at: Number(position.lsn) }]
  if (position?.kind !== 'mariadb') return []
  return [...position.domains].map(([domain, { seq }]) => ({ domain: String(domain), at: Number(seq) }))
}
