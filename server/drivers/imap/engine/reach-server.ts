// Asks a server that has fallen silent whether it is there: a connection that wants a greeting, and nothing else.

import { once } from 'node:events'
import { Failure, isFailure } from '#core/errors.ts'
import type { MailServer } from '#ports/mail-store.ts'
import { abortFailure, connectSocket, type SocketOptions } from './socket.ts'

/** One question at a time for each server, whoever waits for it. */
const asking = new Map<string, Promise<boolean>>()

/** False only when it does not answer in time: who is refused, or finds another certificate, has been answered. */
export function isReachable(options: SocketOptions, timeoutMs: number): Promise<boolean> {
  const key = keyOf(options.server)
  const known = asking.get(key)
  if (known) return known
  const answer = greets(options, AbortSignal.timeout(timeoutMs))
    .catch((error: unknown) => !isFailure(error, 'timeout'))
    .finally(() => asking.delete(key))
  asking.set(key, answer)
  return answer
}

const keyOf = ({ host, port, tls }: MailServer) => `${tls} ${host} ${port}`

async function greets(options: SocketOptions, signal: AbortSignal): Promise<boolean> {
  const socket = await connectSocket(options, signal)
  socket.on('error', () => {}) // Its end is an answer too.
  try {
    await Promise.race([once(socket, 'data', { signal }), once(socket, 'close', { signal })])
    return true
  } catch (error) {
    throw signal.aborted ? abortFailure(signal, options.server.host) : new Failure('unavailable', {}, error)
  } finally {
    socket.destroy()
  }
}
