// A TCP proxy on a free port that can be cut (connections reset, new ones refused) or hang (nothing moves any more), and let go
// again: how a backend dies that another process owns.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  cut(): Promise<void>
  /** Open connections and new ones stay open, and nothing passes. */
  hang(): void
  /** As at first. What was held back while it hung is lost with its connection. */
  mend(): Promise<void>
  close(): Promise<void>
}

export async function startTcpProxy(target: { readonly port: number; readonly host?: string }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isHanging = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((inner) => {
    keep(inner)
    if (isHanging) return
    const outer = connect(target.port, target.host ?? '127.0.0.1')
    keep(outer)
    inner.pipe(outer).pipe(inner)
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  await listen(0)
  const { port } = server.address() as { port: number }
  const shut = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) return resolve()
      server.close(() => resolve())
      drop()
    })
  return {
    port,
    cut: shut,
    hang() {
      isHanging = true
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    async mend() {
      isHanging = false
      drop()
      if (!server.listening) await listen(port)
    },
    close: shut,
  }
}
