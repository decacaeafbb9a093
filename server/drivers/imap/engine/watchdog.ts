// One timer per connection: it ends what the server, or the reader of a body, left standing.
//
// A search without an index may be silent for a minute, and a lost path is silent for ever. After a short silence the server is asked by a
// connection of its own: does it greet, silence is work; can it not be reached, what waits here fails at once.

import { Failure } from '#core/errors.ts'
import type { ConnectionLimits } from './types.ts'

export interface WatchdogDeps {
  readonly host: string
  readonly limits: ConnectionLimits
  /** The command that the server owes an answer to; null where silence is right. */
  waitingFor(): string | null
  /** A reader of a streamed body has stopped reading. */
  isPaused(): boolean
  /** Whether the server greets a new connection. */
  isReachable(): Promise<boolean>
  end(failure: Failure): void
}

const longestPatienceMs = 8_000

export class Watchdog {
  readonly #deps: WatchdogDeps
  #timer: NodeJS.Timeout | null = null
  #silentMs = 0
  /** Until the server is asked (again): a search of a minute costs a few questions, not sixty. */
  #patienceMs = 0
  /** Counts what was heard, so that an answer to an older silence ends nothing. */
  #heard = 0

  constructor(deps: WatchdogDeps) {
    this.#deps = deps
  }

  /** From now on, anew. */
  arm(): void {
    this.#calm()
    this.#heard++
    this.#wait()
  }

  /** An octet came. */
  hear(): void {
    const wasAsked = this.#silentMs > 0
    this.#calm()
    this.#heard++
    if (wasAsked && this.#timer) this.#wait()
    else this.#timer?.refresh()
  }

  rest(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#heard++
  }

  #calm(): void {
    this.#silentMs = 0
    this.#patienceMs = this.#deps.limits.suspectAfterMs
  }

  #wait(): void {
    if (this.#timer) clearTimeout(this.#timer)
    const { commandTimeoutMs, stalledReaderTimeoutMs } = this.#deps.limits
    const isPaused = this.#deps.isPaused()
    const ms = isPaused ? stalledReaderTimeoutMs : Math.min(this.#patienceMs, commandTimeoutMs - this.#silentMs)
    this.#timer = setTimeout(() => this.#fire(ms), ms)
  }

  #fire(ms: number): void {
    const { host: server, limits } = this.#deps
    const command = this.#deps.waitingFor()
    if (command === null) return
    const end = (reason: string) => this.#deps.end(new Failure('timeout', { server, command, reason }))
    this.#silentMs += ms
    this.#patienceMs = Math.min(longestPatienceMs, this.#patienceMs * 2)
    if (this.#deps.isPaused()) end('the reader of a body stands still')
    else if (this.#silentMs >= limits.commandTimeoutMs) end('no answer')
    else {
      this.#wait()
      const heard = this.#heard
      void this.#deps.isReachable().then((isReachable) => {
        if (!isReachable && heard === this.#heard) end('the server cannot be reached any more')
      })
    }
  }
}
