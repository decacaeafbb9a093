// What an event source and a WebSocket have in common: a stream that follows an account for somebody signed in, and ends when
// the session does, when the mailbox no longer opens, or when the node drains (at a moment of its own, so that a thousand
// clients do not come back in the same second).

import type { Caller } from '#core/caller.ts'
import { type Failure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { type Following, onlyTypes, type Push, pushStateOf, type States } from '#domain/push/index.ts'
import type { Sessions, SignedIn } from '#domain/sessions/index.ts'
import type { Draining } from '#http/draining.ts'
import type { StateChange } from '#shared/jmap/core.ts'

export interface PushStreamDeps {
  readonly push: Push
  readonly sessions: Pick<Sessions, 'isAlive' | 'end'>
  readonly draining: Draining
  /** Streams end within this after the drain begins. */
  readonly drainSpreadMs: number
  readonly log: Log
}

/** Besides hearing of it, a stream looks by itself: the bus may lose a word. */
const sessionCheckMs = 30_000

/** Calls `close` once, for whichever reason comes first; returns the way to stop watching. */
export function watchLifetime(deps: PushStreamDeps, signedIn: SignedIn, close: () => void): LifetimeWatch {
  let isOver = false
  let drainTimer: NodeJS.Timeout | undefined
  const end = () => {
    if (isOver) return
    stop()
    close()
  }
  const check = () => {
    deps.sessions.isAlive(signedIn, { isUse: false }).then(
      (isAlive) => void (isAlive || end()),
      // A store that cannot tell has not said that the session ended.
      (error: unknown) => deps.log.warn('stream.sessionCheck', { code: toFailure(error).code }),
    )
  }
  const timer = setInterval(check, sessionCheckMs)
  const stay = deps.draining.subscribe(() => {
    clearTimeout(drainTimer)
    drainTimer = setTimeout(end, Math.random() * deps.drainSpreadMs)
  })

  function stop(): void {
    isOver = true
    clearInterval(timer)
    clearTimeout(drainTimer)
    stay()
  }
  return { check, stop }
}

export interface LifetimeWatch {
  /** Looks now whether the session still stands. */
  check(): void
  stop(): void
}

export interface ToldChange {
  readonly change: StateChange
  /** Names all that has been told of these types, for coming back later. */
  readonly pushState: string
  /** Where the change can be read on any node (http/guard.ts); null: anywhere. */
  readonly position: string | null
}

/**
 * Tells changes of `types`. When the client says what it has seen (`since`) and it is not the present, the present states are told at once.
 */
export async function followTypes(
  push: Push,
  caller: Caller,
  types: ReadonlySet<string>,
  since: string | null,
  on: {
    told(change: ToldChange): void
    sessionEnded(): void
    ended(failure: Failure): void
  },
): Promise<Following> {
  let told: States = {}
  const tell = (states: States, position: string | null) => {
    const pushState = pushStateOf(told, types)
    on.told({ change: { '@type': 'StateChange', changed: { [caller.account]: states } }, pushState, position })
  }
  const following = await push.follow(caller, {
    changed(states, position) {
      told = { ...told, ...states }
      const wanted = onlyTypes(states, types)
      if (Object.keys(wanted).length > 0) tell(wanted, position)
    },
    sessionEnded: on.sessionEnded,
    ended: on.ended,
  })
  told = { ...following.states, ...told }
  if (since !== null && since !== pushStateOf(told, types)) tell(onlyTypes(told, types), null)
  return following
}
