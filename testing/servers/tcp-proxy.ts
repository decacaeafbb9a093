// A TCP proxy between a program and its server, which moves, cuts or falls silent when it is told to: an address that is taken over, a
// cable that is pulled, an answer that never arrives.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** New connections go there from now on; what is open stays where it is. */
  moveTo(port: number): void
  /** Open connections hear nothing more, as after a power cut: no FIN, no RST. */
  freeze(): void
  /** Ends open connections with a reset. */
  cut(): void
  /**
   * The next time a client sends something that `matches`: `before` the server gets it the line is cut; `after` it was passed on, the line
   * is cut when the answer comes, and the answer is dropped; `held`: it is cut at once, and the server gets it so many ms later.
   */
  cutAround(matches: (bytes: Buffer) => boolean, when: 'before' | 'after' | { readonly heldMs: number }): Promise<void>
  stop(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  isFrozen: boolean
  dropsAnswer: boolean
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  let port = target
  const pairs = new Set<Pair>()
  let trap: { matches: (bytes: Buffer) => boolean; spring: (pair: Pair, bytes: Buffer) => void } | null = null

  const listener = createServer((client) => {
    const server = connect(port, '127.0.0.1')
    client.setNoDelay(true)
    server.setNoDelay(true)
    const pair: Pair = { client, server, isFrozen: false, dropsAnswer: false }
    pairs.add(pair)
    client.on('data', (bytes: Buffer) => {
      if (pair.isFrozen) return
      if (trap?.matches(bytes)) {
        const { spring } = trap
        trap = null
        spring(pair, bytes)
      } else server.write(bytes)
    })
    server.on('data', (bytes: Buffer) => {
      if (pair.isFrozen) return
      if (pair.dropsAnswer) end(pair)
      else client.write(bytes)
    })
    for (const socket of [client, server]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        if (!pair.isFrozen) end(pair)
      })
    }
  })

  function end(pair: Pair): void {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }

  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as { port: number }).port,
    moveTo(next) {
      port = next
    },
    freeze() {
      for (const pair of pairs) pair.isFrozen = true
    },
    cut() {
      for (const pair of [...pairs]) {
        pair.client.resetAndDestroy()
        end(pair)
      }
    },
    cutAround: (matches, when) =>
      new Promise((resolve) => {
        trap = {
          matches,
          spring(pair, bytes) {
            if (when === 'before') end(pair)
            else if (when === 'after') {
              pair.dropsAnswer = true
              pair.server.write(bytes)
            } else {
              pair.isFrozen = true
              pair.client.destroy()
              setTimeout(() => pair.server.write(bytes, () => setTimeout(() => end(pair), 100)), when.heldMs)
            }
            resolve()
          },
        }
      }),
    async stop() {
      for (const pair of [...pairs]) end(pair)
      listener.close()
    },
  }
}
