// Whether the connection is in IDLE (RFC 2177), and when it should be. The connection tells it when it rests; it says what to do.

import type { Command } from './types.ts'

/** RFC 2177 §3 asks for renewal before 29 minutes; middleboxes forget TCP connections sooner. */
const RENEW_MS = 9 * 60_000
/** Commands come in bursts: IDLE is not entered between two of them. */
const SETTLE_MS = 20

export interface IdlingHooks {
  /** Sends `command` at once. */
  start(): void
  write(text: string): void
  noop(): void
  pump(): void
}

export class Idling {
  readonly #hooks: IdlingHooks
  #phase: 'off' | 'starting' | 'on' | 'ending' = 'off'
  #isWanted = false
  #isOffered = false
  #pollMs = 0
  #timer: NodeJS.Timeout | null = null

  constructor(hooks: IdlingHooks) {
    this.#hooks = hooks
  }

  readonly command: Command<void> = {
    name: 'IDLE',
    parts: ['IDLE'],
    effect: 'read',
    start: () => {
      this.#phase = 'starting'
      return {
        done: () => this.#off(),
        refused: () => {
          this.#isOffered = false // it was a lie: poll
          this.#off()
          return null
        },
      }
    },
  }

  get isInFlight(): boolean {
    return this.#phase !== 'off'
  }

  /** DONE was said, and not answered yet. */
  get isEnding(): boolean {
    return this.#phase === 'ending'
  }

  set(isWanted: boolean, isOffered: boolean, pollMs: number): void {
    this.#isWanted = isWanted
    this.#isOffered = isOffered
    this.#pollMs = pollMs
    if (isWanted) return
    this.#clear()
    if (this.#phase === 'on') this.#done()
  }

  /** The connection has nothing to do, or has. */
  rest(isResting: boolean): void {
    if (!isResting || !this.#isWanted || this.#phase !== 'off' || this.#timer) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        if (this.#isOffered) this.#hooks.start()
        else this.#hooks.noop()
      },
      this.#isOffered ? SETTLE_MS : this.#pollMs,
    )
  }

  /** A command wants to be sent: true when it may be now. */
  makeWay(): boolean {
    this.#clear()
    if (this.#phase === 'starting') return false // DONE only after the server's `+`
    if (this.#phase === 'on') this.#done()
    return true
  }

  onContinuation(): void {
    if (this.#phase !== 'starting') return
    this.#phase = 'on'
    if (!this.#isWanted) {
      this.#done()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#done() // and again, once it rests
    }, RENEW_MS)
    this.#hooks.pump()
  }

  end(): void {
    this.#isWanted = false
    this.#clear()
  }

  #off(): void {
    this.#phase = 'off'
    this.#clear()
  }

  #done(): void {
    this.#phase = 'ending'
    this.#clear()
    this.#hooks.write('DONE\r\n')
  }

  #clear(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
