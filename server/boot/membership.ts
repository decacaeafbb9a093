// This node among the others: its name and address, its heartbeat, and the question whether a failing check fails elsewhere too.

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import { type NodeSelf, type Nodes, openNodes } from '#domain/nodes/index.ts'
import type { OthersDo } from '#http/health-monitor.ts'
import type { Listener } from '#http/listener.ts'
import { type Heartbeat, startHeartbeat } from '#jobs/heartbeat.ts'
import type { SqlDatabase } from '#ports/sql.ts'
import { askOthers } from './ask-others.ts'

export interface Membership {
  readonly nodes: Nodes
  readonly othersDo: (check: string, signal: AbortSignal) => Promise<OthersDo>
  /** Once it listens. */
  join(listener: Listener, at: { readonly host: string; readonly port: number }): Promise<void>
  close(): Promise<void>
}

export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(version)
}

export function openMembership(deps: {
  readonly config: Pick<Config, 'node'>
  readonly sql: SqlDatabase
  readonly clock: Clock
  readonly log: Log
  /** The newest migration that this program knows. */
  readonly schema: string
}): Membership {
  const { config, sql, clock, log, schema } = deps
  const nodes = openNodes({ sql: sql.for(), clock, log, instance: randomUUID() })
  let heartbeat: Heartbeat | null = null

  function selfAt(host: string, port: number): NodeSelf {
    const machine = hostname()
    const name = config.node.name ?? (port === usualPort ? machine : `${machine}-${port}`)
    const isEverywhere = host === '0.0.0.0' || host === '::'
    const reachedBy = isEverywhere ? name : host.includes(':') ? `[${host}]` : host
    const address = config.node.address ?? `${reachedBy}:${port}`
    return { name, address, version: programVersion(), startedAt: clock.now() }
  }

  return {
    nodes,
    othersDo: (check, signal) => askOthers(livingOthers(heartbeat), check, signal),
    async join(listener, { host, port }) {
      const self = selfAt(host, port)
      await nodes.join(self)
      heartbeat = startHeartbeat({
        nodes,
        self,
        async look() {
          const { inFlight, lagMs } = listener.admission.load()
          const facts = { schema, inFlight, lagMs: Math.round(lagMs), streams: listener.draining.count() }
          const state = listener.draining.isDraining() ? 'draining' : (await listener.isWell()) ? 'ready' : 'unready'
          return { state, facts }
        },
        setDraining: listener.setDraining,
        log,
      })
    },
    async close() {
      await heartbeat?.close()
    },
  }
}

const usualPort = 8080

function livingOthers(heartbeat: Heartbeat | null) {
  return heartbeat?.others().filter(({ isLost }) => !isLost) ?? []
}
