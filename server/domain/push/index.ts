// Push: what changed in an account, as the new state strings of its types (RFC 8620 §7.1).
//
// One follower an account and node, however many streams listen: it hears the change bus (what any node of ours changed) and
// watches the mailbox (what anybody changed), gathers what comes within a moment, asks for the states once, and tells those that differ
// from what it told last. Nothing here must survive: a client that comes back to another node says the push state it
// has seen, and is told the present states when they differ.

import { createHash } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { type Failure, isFailure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { OpenMail } from '#ports/mail-store.ts'
import type { AccountId } from '#shared/ids.ts'
import type { Subscriptions } from './subscriptions.ts'

export { openSubscriptions, type Subscription, type Subscriptions } from './subscriptions.ts'
export type { PushTables } from './tables.ts'

export type States = Readonly<Record<string, string>>

/** The present state of a type of data. */
export type StateReader = (caller: Caller) => Promise<string>

export interface PushDeps {
  readonly bus: ChangeBus
  /** The word on the bus for «a session of this account has ended» (domain/sessions). */
  readonly sessionEndedType: string
  readonly openMail: OpenMail
  /** Told of each change as well (RFC 8620 §7.2). */
  readonly subscriptions: Pick<Subscriptions, 'deliver'>
  /** By type name, besides the mail's own: EmailSubmission, Identity … */
  readonly readers: Readonly<Record<string, StateReader>>
  readonly log: Log
  /** New mail has come to a mailbox that somebody follows. Must not throw, must not wait. */
  readonly onDelivery?: (caller: Caller) => void
  /** How long changes are gathered before they are told. */
  readonly gatherMs: number
}

export interface PushListener {
  /**
   * The new states of the types that changed, and the position (ports/sql.ts) at which they can be read. Must not throw.
   */
  changed(states: States, position: string | null): void
  /** A session of the account ended somewhere: the listener looks whether it is its own. */
  sessionEnded(): void
  /** The mailbox no longer opens, and nothing more will be told. */
  ended(failure: Failure): void
}

export interface Following {
  /** The states from which on changes are told. */
  readonly states: States
  stop(): void
}

export interface Push {
  /** Throws what opening the mailbox throws. */
  follow(caller: Caller, listener: PushListener): Promise<Following>
  /** Type names that can be told of. */
  readonly types: ReadonlySet<string>
}

/** RFC 8621 §1.5: a type without objects, told of only when mail arrives. */
const deliveryType = 'EmailDelivery'

const retryMs = 5_000

export function openPush(deps: PushDeps): Push {
  const emailState: StateReader = async (caller) => (await deps.openMail(caller)).emailState(caller.signal)
  const mailboxState: StateReader = async (caller) => {
    const mail = await deps.openMail(caller)
    return (await mail.mailboxes({ threads: false }, caller.signal)).state
  }
  const readers: Readonly<Record<string, StateReader>> = {
    Email: emailState,
    Thread: emailState,
    [deliveryType]: emailState,
    Mailbox: mailboxState,
    ...deps.readers,
  }
  const types: ReadonlySet<string> = new Set(Object.keys(readers))
  const followers = new Map<AccountId, Promise<Follower>>()

  async function open(caller: Caller): Promise<Follower> {
    const follower = await openFollower(deps, readers, caller)
    void follower.finished.then(() => followers.delete(caller.account))
    return follower
  }

  return {
    types,
    async follow(caller, listener) {
      for (;;) {
        let opening = followers.get(caller.account)
        if (!opening) {
          opening = open(caller)
          followers.set(caller.account, opening)
          opening.catch(() => followers.delete(caller.account))
        }
        const following = (await opening).add(listener)
        if (following) return following
        // The last listener left while this one came.
        followers.delete(caller.account)
      }
    },
  }
}

interface Follower {
  /** Null when it has finished. */
  add(listener: PushListener): Following | null
  readonly finished: Promise<void>
}

async function openFollower(
  deps: PushDeps,
  readers: Readonly<Record<string, StateReader>>,
  opener: Caller,
): Promise<Follower> {
  const end = new AbortController()
  // The opener's own signal ends with its stream; others go on listening.
  const caller: Caller = { ...opener, signal: end.signal }
  const listeners = new Set<PushListener>()
  const dirty = new Set<string>()
  const states: Record<string, string> = {}
  let timer: NodeJS.Timeout | null = null
  let isReading = false
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()

  const mark = (names: Iterable<string>) => {
    for (const name of names) if (Object.hasOwn(readers, name)) dirty.add(name)
    if (dirty.size > 0) schedule(deps.gatherMs)
  }
  // Heard before the first states are read: what changes in between is told rather than lost.
  const unsubscribe = deps.bus.subscribe(opener.account, ({ changed, missed }) => {
    const isEnd = missed || Object.hasOwn(changed, deps.sessionEndedType)
    if (isEnd) for (const listener of listeners) listener.sessionEnded()
    mark(Object.keys(missed ? readers : changed))
  })
  let unwatch = () => {}
  try {
    const mail = await deps.openMail(caller)
    unwatch = mail.watch((names) => {
      if (names.includes(deliveryType)) deps.onDelivery?.(caller)
      mark(names)
    })
    Object.assign(states, await read(Object.keys(readers)))
  } catch (error) {
    stop()
    throw error
  }

  return {
    finished,
    add(listener) {
      if (end.signal.aborted) return null
      listeners.add(listener)
      return {
        states: { ...states },
        stop() {
          listeners.delete(listener)
          if (listeners.size === 0) stop()
        },
      }
    },
  }

  function stop(): void {
    end.abort()
    if (timer) clearTimeout(timer)
    unsubscribe()
    unwatch()
    finish()
  }

  function schedule(delayMs: number): void {
    if (timer || isReading || end.signal.aborted) return
    timer = setTimeout(() => {
      timer = null
      void tell()
    }, delayMs)
  }

  async function read(names: readonly string[]): Promise<States> {
    // What the bus tells of may have been written anywhere: nothing that we know of says that a replica has it.
    caller.position = null
    // Email, Thread and EmailDelivery have one reader: asked once.
    const asked = new Map<StateReader, Promise<string>>()
    const ask = (reader: StateReader) => {
      const answer = asked.get(reader) ?? reader(caller)
      asked.set(reader, answer)
      return answer
    }
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await ask(readers[name]!)] as const)))
  }

  async function tell(): Promise<void> {
    const names = [...dirty]
    dirty.clear()
    isReading = true
    let waitMs = deps.gatherMs
    try {
      const present = Object.entries(await read(names)).filter(([name, state]) => states[name] !== state)
      Object.assign(states, Object.fromEntries(present))
      if (present.length > 0) {
        for (const listener of listeners) listener.changed(Object.fromEntries(present), caller.position)
        void deps.subscriptions.deliver(opener.account, Object.fromEntries(present))
      }
    } catch (error) {
      if (end.signal.aborted) return
      if (isFailure(error, 'badCredentials')) {
        for (const listener of listeners) listener.ended(error)
        stop()
        return
      }
      deps.log.warn('push.read', { account: opener.account, code: toFailure(error).code })
      for (const name of names) dirty.add(name)
      waitMs = retryMs
    } finally {
      isReading = false
    }
    if (dirty.size > 0) schedule(waitMs)
  }
}

/** RFC 8620 §7.3, RFC 8887 §4.3.5.2: names what has been told, the same on every node. */
export function pushStateOf(states: States, types: ReadonlySet<string>): string {
  const told = Object.entries(states).filter(([name]) => name !== deliveryType && types.has(name))
  return createHash('sha256').update(JSON.stringify(told.sort())).digest('base64url').slice(0, 22)
}

/** Only the types asked for. */
export function onlyTypes(states: States, types: ReadonlySet<string>): States {
  return Object.fromEntries(Object.entries(states).filter(([name]) => types.has(name)))
}
