// Whether a mail server can be reached from this node: asked by a connection of its own when a server has fallen silent or refuses
// connections, and again and again until it greets. Accounts do not find out one by one, each with a pause of its own that grows:
// whoever wants a connection meanwhile waits for the one question, a while where the server was refused (it restarts, or its
// address moves), not at all where nothing comes back, for his request may be served by another node.

import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#core/errors.ts'
import { orLate } from '#core/or-late.ts'
import type { MailServer } from '#ports/mail-store.ts'
import { type SocketOptions, secureSocket } from './socket.ts'
import type { ConnectionLimits } from './types.ts'

type Limits = Pick<ConnectionLimits, 'pathTimeoutMs' | 'reachTimeoutMs' | 'restartMs'>
type Address = Pick<MailServer, 'host' | 'port'>

/**
 * `refused`: closed before a greeting. `busy`: no answer, but other connections hear of it. `silent`: its kernel took the connection, no
 * greeting came, nobody hears of it. `lost`: nothing came back at all.
 */
type Answer = 'there' | 'refused' | 'busy' | 'silent' | 'lost'

const againMs = 300
/** A server that is away for long is asked less often: after a tenth of the time that it has been, up to this. */
const longestAgainMs = 5_000

interface Trouble {
  readonly kind: 'refused' | 'lost'
  readonly over: Promise<void>
  waitUntil: number
}

/** One question at a time for each server, whoever waits for it. */
const asking = new Map<string, Promise<Answer>>()
const troubles = new Map<string, Trouble & { readonly end: () => void }>()
const listeners = new Set<() => void>()
/** When anything came from a server last, on whichever connection. */
const heardAt = new Map<string, { at: number }>()

const keyOf = ({ host, port }: Address) => `${host} ${port}`

/** False only when it does not answer in time: who is refused, or finds another certificate, has been answered. */
export async function isReachable(options: SocketOptions, limits: Limits): Promise<boolean> {
  const answer = await askOnce(options, limits)
  return answer !== 'silent' && answer !== 'lost'
}

/** For a connection to call when octets come: a server that talks to others is there, however long its queue of new connections is. */
export function hearing(server: Address): () => void {
  const key = keyOf(server)
  const last = heardAt.get(key) ?? { at: Number.NEGATIVE_INFINITY }
  heardAt.set(key, last)
  return () => {
    last.at = performance.now()
  }
}

/** How long nothing has come from it, ms. */
export function unheardMs(server: Address): number {
  return performance.now() - (heardAt.get(keyOf(server))?.at ?? Number.NEGATIVE_INFINITY)
}

/** A connection was refused, or ended before it stood. */
export function noteRefused(options: SocketOptions, limits: Limits): void {
  if (!troubles.has(keyOf(options.server))) begin('refused', options, limits)
}

/** No packet of ours was answered, and none has been since. */
export function isPathLost(server: Address): boolean {
  return troubles.get(keyOf(server))?.kind === 'lost'
}

/** Refused, or not answered: what a connection failed of is no matter of its account. */
export function isInTrouble(server: Address): boolean {
  return troubles.has(keyOf(server))
}

/** Why there is no sense in waiting for this server; null: it is well, or may be soon. */
export function hopeless(server: Address): Failure | null {
  const trouble = troubles.get(keyOf(server))
  return trouble && performance.now() >= trouble.waitUntil ? pathFailure(server) : null
}

/** Resolves when the server is well; throws when it is not in time. */
export async function untilWell(server: Address, signal: AbortSignal): Promise<void> {
  const trouble = troubles.get(keyOf(server))
  if (!trouble) return
  const late = new AbortController()
  const left = Math.max(0, trouble.waitUntil - performance.now())
  let isOver: boolean
  try {
    isOver = await Promise.race([
      trouble.over.then(() => true),
      sleep(left, false, { signal: AbortSignal.any([signal, late.signal]) }),
    ])
  } finally {
    late.abort()
  }
  // A timer may come a fraction of a millisecond before its time: it has been waited for all the same.
  if (!isOver) trouble.waitUntil = Math.min(trouble.waitUntil, performance.now())
  const failure = isOver ? hopeless(server) : pathFailure(server)
  if (failure) throw failure
  // Everybody has waited for the same moment.
  await sleep(Math.random() * againMs, undefined, { signal })
}

export function pathFailure({ host }: Address): Failure {
  return new Failure('unavailable', { server: host, command: 'connect', reason: 'the server cannot be reached' })
}

/** Hears of every server that can no longer, or again, be reached. */
export function onPathChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function askOnce(options: SocketOptions, limits: Limits): Promise<Answer> {
  const key = keyOf(options.server)
  const known = asking.get(key)
  if (known) return known
  const answer = ask(options, limits)
    .then((found) => {
      note(found, options, limits)
      return found
    })
    .finally(() => asking.delete(key))
  asking.set(key, answer)
  return answer
}

function note(found: Answer, options: SocketOptions, limits: Limits): void {
  const known = troubles.get(keyOf(options.server))
  // Who takes a connection and does not greet may be busy: what waits there ends, and nobody else is kept from trying.
  if (found === 'there' || found === 'silent' || found === 'busy') known?.end()
  else if (known?.kind !== found) {
    known?.end()
    begin(found, options, limits)
  }
}

function begin(kind: Trouble['kind'], options: SocketOptions, limits: Limits): void {
  const key = keyOf(options.server)
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const trouble = {
    kind,
    over,
    waitUntil: performance.now() + (kind === 'refused' ? limits.restartMs : 0),
    end() {
      troubles.delete(key)
      resolve()
      tell()
    },
  }
  troubles.set(key, trouble)
  tell()
  const since = performance.now()
  void (async () => {
    while (troubles.get(key) === trouble) {
      const pause = Math.min(longestAgainMs, againMs + (performance.now() - since) / 10)
      await sleep(pause, undefined, { ref: false })
      await askOnce(options, limits)
    }
  })()
}

function tell(): void {
  for (const listener of listeners) listener()
}

async function ask(options: SocketOptions, limits: Limits): Promise<Answer> {
  const { host, port } = options.server
  const socket = net.connect({ host, port, noDelay: true })
  socket.on('error', () => {}) // Its end is an answer too.
  try {
    const ended = heard(socket, 'close').then(() => 'refused' as const)
    const connected = heard(socket, 'connect').then(() => null)
    const askedAt = performance.now()
    const first = await orLate(Promise.race([connected, ended]), limits.pathTimeoutMs, () => 'lost' as const)
    const answer =
      first ??
      (await orLate(Promise.race([greeted(socket, options), ended]), limits.reachTimeoutMs, () => 'silent' as const))
    const isUnheard = unheardMs(options.server) > performance.now() - askedAt
    return isUnheard || answer === 'there' || answer === 'refused' ? answer : 'busy'
  } finally {
    socket.destroy()
  }
}

async function greeted(plain: net.Socket, options: SocketOptions): Promise<'there'> {
  if (options.server.tls !== 'implicit') await heard(plain, 'data')
  else {
    const secure = await secureSocket(plain, options, new AbortController().signal).catch(() => null)
    // Another certificate than was wanted is an answer.
    if (secure)
      await heard(
        secure.on('error', () => {}),
        'data',
      )
  }
  return 'there'
}

/** events.once would reject with the error whose close is waited for. */
const heard = (socket: net.Socket, event: 'close' | 'connect' | 'data') =>
  new Promise<void>((resolve) => socket.once(event, () => resolve()))
