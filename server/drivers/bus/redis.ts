// Changes told to all nodes by Redis publish/subscribe: one channel, which each node filters by who listens there. Redis keeps
// nothing for whoever is away, so that a node that was cut off tells its listeners, once it hears again, that they may have missed
// something. It knows that it was cut off by a message to itself each second: a subscriber has no other way to notice a silent server.

import { randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Log } from '#core/log.ts'
import type { AccountChange, ChangeBus } from '#ports/change-bus.ts'
import type { AccountId } from '#shared/ids.ts'

export interface RedisChangeBusDeps {
  /** Publishes. */
  readonly redis: Redis | Cluster
  /** A connection of its own: a subscriber can do nothing else. */
  readonly subscriber: Redis | Cluster
  readonly prefix: string
  readonly log: Log
  /** Between two messages to itself. */
  readonly beatMs: number
}

/** A change, or a beat without one. */
type Message = { readonly node: string; readonly change?: AccountChange }

/** So many beats unheard are a cut. */
const missedBeats = 3

export function openRedisChangeBus(deps: RedisChangeBusDeps): ChangeBus {
  const { redis, subscriber, log, beatMs } = deps
  const node = randomUUID()
  const channel = `${deps.prefix}changes`
  /** Beats of this node's own, so that its silence is not covered up by the others'. */
  const ownChannel = `${deps.prefix}beat:${node}`
  const listeners = new Map<AccountId, Set<(change: AccountChange) => void>>()
  let isClosed = false
  let isCut = false
  let heardAt = performance.now()

  function deliver(change: AccountChange): void {
    for (const listener of listeners.get(change.account) ?? []) listener(change)
  }

  function tellMissed(): void {
    for (const account of [...listeners.keys()]) deliver({ account, changed: {}, missed: true })
  }

  function hear(name: string, text: string): void {
    heardAt = performance.now()
    if (isCut) {
      isCut = false
      log.info('bus.heals')
      tellMissed()
    }
    if (name !== channel || isClosed) return
    const message = parse(text)
    if (message?.change && message.node !== node) deliver(message.change)
  }

  function cut(reason: string): void {
    if (!isCut && !isClosed) log.warn('bus.cut', { reason })
    isCut = true
  }

  async function send(name: string, message: Message): Promise<void> {
    await redis.publish(name, JSON.stringify(message))
  }

  const beat = setInterval(() => {
    if (performance.now() - heardAt > missedBeats * beatMs) {
      if (!isCut) subscriber.disconnect(true)
      cut('nothing heard')
    }
    send(ownChannel, { node }).catch(() => {})
  }, beatMs)
  beat.unref()

  subscriber.on('message', hear)
  subscriber.on('close', () => cut('connection closed'))
  // Again by itself after each new connection (ioredis: autoResubscribe), and first here, however long that takes.
  const subscribe = () => {
    subscriber.subscribe(channel, ownChannel).catch((error: unknown) => {
      if (isClosed) return
      cut(String(error))
      setTimeout(subscribe, beatMs).unref()
    })
  }
  subscribe()

  return {
    async publish(change) {
      if (isClosed) return
      deliver(change)
      try {
        await send(channel, { node, change })
      } catch (error) {
        // That the server is away is told once (`redis.down`, `bus.cut`), not for each change.
        log.debug('bus.publish', { account: change.account, error })
      }
    },
    subscribe(account, listener) {
      const mine = listeners.get(account) ?? new Set()
      mine.add(listener)
      listeners.set(account, mine)
      return () => {
        mine.delete(listener)
        if (mine.size === 0 && listeners.get(account) === mine) listeners.delete(account)
      }
    },
    async close() {
      isClosed = true
      clearInterval(beat)
      listeners.clear()
      subscriber.disconnect()
      redis.disconnect()
    },
  }
}

/** Null for what another program said on our channel. */
function parse(text: string): Message | null {
  try {
    const message = JSON.parse(text) as Message
    return typeof message?.node === 'string' ? message : null
  } catch {
    return null
  }
}
