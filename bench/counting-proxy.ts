// A TCP proxy between a node and its IMAP server that counts commands and bytes: what an action costs the server, whoever counts inside us.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Counts {
  /** By name, `UID FETCH` as `FETCH`. */
  readonly commands: Readonly<Record<string, number>>
  readonly bytesUp: number
  readonly bytesDown: number
}

export interface CountingProxy {
  readonly port: number
  /** What has passed since the last call. */
  readonly take: () => Counts
  readonly close: () => Promise<void>
}

export async function startCountingProxy(targetPort: number): Promise<CountingProxy> {
  let commands: Record<string, number> = {}
  let bytesUp = 0
  let bytesDown = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    const scan = commandScanner((name) => (commands[name] = (commands[name] ?? 0) + 1))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {}) // The other side's `close` tells.
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk: Buffer) => {
      bytesUp += chunk.length
      scan(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      bytesDown += chunk.length
      client.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = { commands, bytesUp, bytesDown }
      commands = {}
      bytesUp = 0
      bytesDown = 0
      return taken
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
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
