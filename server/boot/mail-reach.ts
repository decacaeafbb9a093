// Whether the mail servers of the configuration can be reached. A server that is down is down for every node and takes none out; a node
// that alone cannot reach it leaves, for others serve its people.

import { connect } from 'node:net'
import type { Config } from '#config/load.ts'
import { Failure } from '#core/errors.ts'
import { isPathLost, onPathChange, pathFailure, unheardMs } from '#drivers/imap/index.ts'
import type { HealthCheck } from '#http/health-monitor.ts'

const everyMs = 3_000

export function mailReachChecks(servers: Config['mailServers']): Readonly<Record<string, HealthCheck>> {
  const checks: Record<string, HealthCheck> = {}
  for (const [index, server] of servers.entries()) {
    const suffix = index === 0 ? '' : `-${index + 1}`
    if (server.imap) checks[`imap${suffix}`] = reachByUse(server.imap)
    if (server.smtp) checks[`smtp${suffix}`] = reach(server.smtp)
  }
  return checks
}

/** What the connections of people find out counts at once. */
function reachByUse(server: { readonly host: string; readonly port: number }): HealthCheck {
  const asked = reach(server)
  return {
    ...asked,
    onStart: onPathChange,
    async run(signal) {
      if (isPathLost(server)) throw pathFailure(server)
      // A server that is busy is slow with new connections, and nobody else does better with it.
      if (unheardMs(server) < everyMs / 3) return
      await asked.run(signal)
    },
  }
}

function reach({ host, port }: { readonly host: string; readonly port: number }): HealthCheck {
  return {
    isFatal: 'whereOthersDoBetter',
    everyMs,
    run: (signal) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host, port, signal })
        socket.once('connect', () => {
          socket.destroy()
          resolve()
        })
        socket.once('error', (error) => reject(new Failure('unavailable', { host, port }, error)))
      }),
  }
}
