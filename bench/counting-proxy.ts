// A TCP proxy between a node and its IMAP server that counts commands and bytes: what an action costs the server, whoever counts inside us.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Counts {
  /** By name, `UID FETCH` as `FETCH`. */
  readonly commands: Readonly<Record<string, number>>
  readonly bytesUp: number
  readonly bytesDown: number
  /** Of the node to the server, at one time. */
  readonly mostConnections: number
}

export interface CountingProxy {
  readonly port: number
  /** What has passed since the last call. */
  readonly take: () => Counts
  /** Open now. */
  readonly connections: () => number
  /** Whatever more than this the server says on one connection waits, until it is set anew; null: nothing waits. */
  readonly setAllowance: (bytesPerConnection: number | null) => void
  readonly close: () => Promise<void>
}

export async function startCountingProxy(targetPort: number): Promise<CountingProxy> {
  let commands: Record<string, number> = {}
  let bytesUp = 0
  let bytesDown = 0
  let mostConnections = 0
  let allowance = Number.POSITIVE_INFINITY
  const sockets = new Set<Socket>()
  /** What the server has said since the allowance was set. */
  const passed = new Map<Socket, number>()
  const connections = () => sockets.size / 2
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    passed.set(upstream, 0)
    const scan = commandScanner((name) => (commands[name] = (commands[name] ?? 0) + 1))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {}) // The other side's `close` tells.
      socket.on('close', () => {
        for (const one of [client, upstream]) {
          sockets.delete(one)
          one.destroy()
        }
        passed.delete(upstream)
      })
    }
    mostConnections = Math.max(mostConnections, connections())
    client.on('data', (chunk: Buffer) => {
      bytesUp += chunk.length
      scan(chunk)
      pass(chunk, client, upstream)
    })
    upstream.on('data', (chunk: Buffer) => {
      bytesDown += chunk.length
      const octets = (passed.get(upstream) ?? 0) + chunk.length
      passed.set(upstream, octets)
      pass(chunk, upstream, client, () => (passed.get(upstream) ?? 0) > allowance)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = { commands, bytesUp, bytesDown, mostConnections }
      commands = {}
      bytesUp = 0
      bytesDown = 0
      mostConnections = connections()
      return taken
    },
    connections,
    setAllowance(bytesPerConnection) {
      allowance = bytesPerConnection ?? Number.POSITIVE_INFINITY
      for (const upstream of passed.keys()) {
        passed.set(upstream, 0)
        upstream.resume()
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** No faster than the other side reads: who measures memory finds none of it here. */
function pass(chunk: Buffer, from: Socket, to: Socket, mustWait = () => false): void {
  const goOn = () => {
    if (!mustWait()) from.resume()
  }
  if (!to.write(chunk)) {
    from.pause()
    to.once('drain', goOn)
  } else if (mustWait()) from.pause()
}

/** Follows a client's octets: a command starts on a line of its own, unless that line goes on after a literal. */
export function commandScanner(onCommand: (name: string) => void): (chunk: Buffer) => void {
  let line = ''
  let literalLeft = 0
  let isContinued = false
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (literalLeft > 0) {
        const skipped = Math.min(literalLeft, chunk.length - at)
        literalLeft -= skipped
        at += skipped
        continue
      }
      const newline = chunk.indexOf(10, at)
      const end = newline < 0 ? chunk.length : newline + 1
      line += chunk.toString('latin1', at, end)
      at = end
      if (newline < 0) continue
      const name = /^\S+ (?:UID )?([A-Z]+)/i.exec(line)?.[1]
      if (!isContinued && name !== undefined) onCommand(name.toUpperCase())
      const literal = /\{(\d+)\+?\}\r\n$/.exec(line)
      literalLeft = literal ? Number(literal[1]) : 0
      isContinued = literal !== null
      line = ''
    }
  }
}
