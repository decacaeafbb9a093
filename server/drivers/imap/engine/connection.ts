// One connection's protocol: commands go out in order, pipelined; what comes back is routed to the command it belongs to, or to the
// listeners. It knows no command by name but IDLE, NOOP and LOGOUT, which belong to its own life.
//
// Routing: an untagged response belongs to the oldest command in flight that claims it. Servers may work on several at once, so commands
// whose data could not be told apart are never in flight together, and those that speak of sequence numbers run alone (RFC 9051 §5.5).

import type { Duplex } from 'node:stream'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import { Cursor } from '#formats/imap/cursor.ts'
import { Framer } from '#formats/imap/framer.ts'
import { parseResponse, type Response, type Untagged } from '#formats/imap/parse-response.ts'
import { ProtocolError } from '#formats/imap/protocol-error.ts'
import { type SerializeOptions, type Step, serialize } from '#formats/imap/serialize.ts'
import { byeFailure, dropped, networkFailure } from './failures.ts'
import { Idling } from './idling.ts'
import { conclude, mayFlyTogether, namesOf, type Pending } from './pending.ts'
import { applyUntagged } from './selected.ts'
import type {
  Command,
  Connection,
  ConnectionEvent,
  ConnectionLimits,
  ConnectionListener,
  ConnectionState,
  Features,
  Reply,
  SelectedMailbox,
} from './types.ts'
import { Watchdog } from './watchdog.ts'
import { writeStream } from './write-stream.ts'

/** Commands waiting on a connection that others may still pipeline behind; with more a further connection is worth its cost. */
const MAX_SHARED_PENDING = 4

const logout: Command<void> = { name: 'LOGOUT', parts: ['LOGOUT'], effect: 'session', start: () => ({ done() {} }) }

export interface ConnectionSetup {
  readonly stream: Duplex
  readonly host: string
  readonly features: Features
  readonly limits: ConnectionLimits
  readonly log: Log
  /** Whether the server greets a new connection; asked when it has been silent for a while. */
  readonly isReachable: () => Promise<boolean>
  /** Called when octets come. */
  readonly hear?: () => void
}

export class ImapConnection implements Connection {
  readonly counts = { bytesIn: 0, bytesOut: 0, commands: 0 }
  capabilities: ReadonlySet<string> = new Set()
  serverId: ReadonlyMap<string, string> = new Map()
  /** The greeting, once it is there. */
  readonly greeting: Promise<Extract<Untagged, { kind: 'condition' }>>

  readonly #state: ConnectionState
  readonly #limits: ConnectionLimits
  readonly #log: Log
  readonly #host: string
  #stream: Duplex
  #framer: Framer
  readonly #cursor = new Cursor()
  readonly #listeners = new Set<ConnectionListener>()
  #queue: Pending[] = []
  #inFlight: Pending[] = []
  #nextTag = 1
  #isWriting = false
  /** Told when a `+` arrives that a literal waits for. */
  #goAhead: ((failure?: Failure) => void) | null = null
  #failure: Failure | null = null
  #bye: Failure | null = null
  #isClosing = false
  #isPaused = false
  readonly #watchdog: Watchdog
  readonly #hear: () => void
  readonly #idling: Idling
  #onGreeting: ((greeting: Extract<Untagged, { kind: 'condition' }>) => void) | null = null
  #onGreetingLost: ((failure: Failure) => void) | null = null

  constructor({ stream, host, features, limits, log, isReachable, hear }: ConnectionSetup) {
    this.#hear = hear ?? (() => {})
    this.#state = { selected: null, features, isAwaitingUpgrade: false }
    this.#limits = limits
    this.#log = log
    this.#host = host
    this.#watchdog = new Watchdog({
      host,
      limits,
      isReachable,
      isPaused: () => this.#isPaused,
      // In IDLE a server may be silent; after DONE it may not, and a path that was lost shows there.
      waitingFor: () =>
        this.#inFlight.find(({ command }) => command !== this.#idling.command || this.#idling.isEnding)?.command.name ??
        null,
      end: (failure) => this.destroy(failure),
    })
    this.greeting = new Promise((resolve, reject) => {
      this.#onGreeting = resolve
      this.#onGreetingLost = reject
    })
    this.greeting.catch(() => {}) // whoever awaits it hears; nobody need
    this.#framer = this.#newFramer()
    this.#idling = new Idling({
      start: () => this.#enqueue(this.#idling.command, true),
      write: (text) => {
        this.#write(Buffer.from(text))
        this.#watchdog.arm()
      },
      noop: () => void this.run(noopCommand).catch(() => {}),
      pump: () => this.#pump(),
    })
    this.#stream = stream
    this.#attach()
  }

  get features(): Features {
    return this.#state.features
  }
  get selected(): SelectedMailbox | null {
    return this.#state.selected
  }
  get isOpen(): boolean {
    return this.#failure === null && this.#bye === null && !this.#isClosing
  }
  get pending(): number {
    return this.#queue.length + this.#inFlight.length - (this.#idling.isInFlight ? 1 : 0)
  }

  get isBusy(): boolean {
    return this.pending >= MAX_SHARED_PENDING || this.#inFlight.some(({ command }) => command.yields?.uids === '1:*')
  }

  /** For opening alone: what was found out since. */
  setFeatures(features: Features): void {
    this.#state.features = features
  }

  /** TLS or compression over the stream, once the server agreed (RFC 3207's lesson: nothing said before it counts after it). */
  replaceStream(wrap: (stream: Duplex) => Duplex): void {
    if (this.#failure) throw this.#failure
    this.#detach()
    this.#framer = this.#newFramer()
    this.#stream = wrap(this.#stream)
    this.#state.isAwaitingUpgrade = false
    this.#attach()
  }

  /** Stops reading, for a TLS handshake on the same socket. */
  detach<S extends Duplex>(): S {
    if (this.#framer.held > 0) this.#injected()
    if (this.#failure) throw this.#failure
    this.#detach()
    return this.#stream as S
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  run<T>(command: Command<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const canceled = () => new Failure('canceled', { command: command.name }, signal?.reason)
      if (signal?.aborted) {
        reject(canceled())
        return
      }
      const settled = () => signal?.removeEventListener('abort', onAbort)
      const pending = this.#enqueue(
        command as Command<unknown>,
        false,
        (value) => {
          settled()
          resolve(value as T)
        },
        (failure) => {
          settled()
          reject(failure)
        },
      )
      const onAbort = () => {
        if (pending) this.#abandon(pending, canceled())
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  setIdle(on: boolean, pollMs = 60_000): void {
    this.#idling.set(on, this.features.idle, pollMs)
    if (this.isOpen) this.#idling.rest(this.#isResting())
  }

  async close(): Promise<void> {
    if (this.#failure) return
    if (this.isOpen) {
      const farewell = this.run(logout)
      this.#isClosing = true
      this.#idling.set(false, false, 0)
      this.#pump()
      const timer = setTimeout(() => this.destroy(new Failure('timeout', { command: 'LOGOUT' })), 2000)
      await farewell.catch(() => {})
      clearTimeout(timer)
    }
    this.destroy(new Failure('unavailable', { server: this.#host, reason: 'closed by us' }))
  }

  destroy(failure: Failure): void {
    if (this.#failure) return
    this.#failure = failure
    this.#idling.end()
    this.#watchdog.rest()
    this.#detach()
    this.#stream.on('error', () => {})
    this.#stream.destroy()
    this.#onGreetingLost?.(failure)
    this.#goAhead?.(failure)
    const waiting = [...this.#inFlight, ...this.#queue]
    this.#inFlight = []
    this.#queue = []
    for (const pending of waiting) {
      const isUncertain = pending.command.effect === 'change' && pending.isWritten
      const told = dropped(failure, isUncertain)
      pending.run.lost?.(told)
      pending.reject(told)
    }
    this.#emit({ kind: 'closed', failure })
  }

  // ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #enqueue(
    command: Command<unknown>,
    isIdle: boolean,
    resolve: (value: unknown) => void = () => {},
    reject: (failure: unknown) => void = () => {},
  ): Pending | null {
    if (!this.isOpen) {
      reject(dropped(this.#failure ?? this.#bye ?? new Failure('unavailable', { reason: 'closing' }), false))
      return null
    }
    const tag = `A${this.#nextTag++}`
    const run = command.start(tag)
    const pending: Pending = { tag, command, run, resolve, reject, isWritten: false, isAbandoned: false, fault: null }
    this.counts.commands++
    this.#queue.push(pending)
    if (isIdle) this.#send()
    else this.#pump()
    return pending
  }

  #pump(): void {
    if (this.#queue.length === 0) {
      this.#idling.rest(this.#isResting())
      return
    }
    // RFC 2177 §3: no command while the server waits for DONE; behind it at once.
    if (this.#idling.makeWay()) this.#send()
  }

  #send(): void {
    while (!this.#isWriting && this.#failure === null) {
      const next = this.#queue[0]
      if (!next || !this.#mayFollow(next)) return
      this.#queue.shift()
      let steps: readonly Step[]
      try {
        steps = serialize(next.tag, next.command.parts, this.#serializing())
      } catch (error) {
        next.reject(error)
        continue
      }
      this.#inFlight.push(next)
      this.#watchdog.arm()
      const only = steps.length === 1 ? steps[0] : undefined
      if (only?.kind === 'bytes') {
        this.#write(only.bytes)
        next.isWritten = true
        continue
      }
      this.#isWriting = true
      void this.#writeSteps(next, steps)
    }
  }

  #mayFollow(next: Pending): boolean {
    const ahead = this.#inFlight.filter((pending) => pending.command !== this.#idling.command)
    if (ahead.length === 0) return true
    return (
      ahead.length < this.#limits.maxPipelined && ahead.every(({ command }) => mayFlyTogether(command, next.command))
    )
  }

  #serializing(): SerializeOptions {
    const { utf8Accept, literalPlus, literalMinus } = this.features
    return { isUtf8: utf8Accept, nonSync: literalPlus ? 'all' : literalMinus ? 'small' : 'none' }
  }

  async #writeSteps(pending: Pending, steps: readonly Step[]): Promise<void> {
    try {
      for (const step of steps) {
        if (!this.#inFlight.includes(pending)) return // refused before its literal: nothing more of it may be sent
        if (step.kind === 'bytes') this.#write(step.bytes)
        else if (step.kind === 'wait')
          await new Promise<void>((resolve, reject) => {
            this.#goAhead = (failure) => {
              this.#goAhead = null
              if (failure) reject(failure)
              else resolve()
            }
          })
        else await writeStream(step, (chunk) => this.#write(chunk), this.#stream)
      }
      pending.isWritten = true
    } catch (error) {
      // Half a literal is out, and no way to take it back but to end the connection: the server then drops the command.
      if (this.#failure === null && this.#inFlight.includes(pending)) {
        this.#inFlight.splice(this.#inFlight.indexOf(pending), 1)
        pending.reject(error)
        this.destroy(new Failure('unavailable', { server: this.#host, reason: 'a literal was cut short' }, error))
      }
    } finally {
      this.#isWriting = false
      if (this.#failure === null) this.#pump()
    }
  }

  #write(bytes: Buffer): boolean {
    this.counts.bytesOut += bytes.length
    if (this.#stream.writableCorked === 0) {
      const stream = this.#stream
      stream.cork()
      process.nextTick(() => stream.uncork())
    }
    return this.#stream.write(bytes)
  }

  #abandon(pending: Pending, failure: Failure): void {
    if (pending.isAbandoned) return
    const at = this.#queue.indexOf(pending)
    if (at !== -1) this.#queue.splice(at, 1)
    else if (!this.#inFlight.includes(pending)) return
    pending.isAbandoned = true
    pending.run.lost?.(failure)
    pending.reject(failure)
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #newFramer(): Framer {
    return new Framer(
      {
        frame: (frame) => this.#receive(frame),
        literal: (head, size) => {
          for (const pending of this.#inFlight) {
            const sink = pending.run.literal?.(head, size)
            if (!sink) continue
            sink.onDrain(() => this.#resume())
            return sink
          }
          return null
        },
      },
      this.#limits.maxResponseBytes,
    )
  }

  #attach(): void {
    this.#stream.on('data', this.#onData).on('error', this.#onError).on('close', this.#onClose)
  }
  #detach(): void {
    this.#stream.off('data', this.#onData).off('error', this.#onError).off('close', this.#onClose)
    this.#stream.pause()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.counts.bytesIn += chunk.length
    if (this.#state.isAwaitingUpgrade) {
      this.#injected()
      return
    }
    this.#watchdog.hear()
    this.#hear()
    try {
      if (this.#framer.push(chunk)) return
    } catch (error) {
      this.destroy(new Failure('unavailable', { server: this.#host, reason: 'protocol' }, error))
      return
    }
    if (this.#failure !== null) return
    // A slow reader of a body holds up the server, not our memory.
    this.#isPaused = true
    this.#stream.pause()
    this.#watchdog.arm()
  }

  #resume(): void {
    if (!this.#isPaused || this.#failure !== null) return
    this.#isPaused = false
    this.#watchdog.arm()
    this.#stream.resume()
  }

  readonly #onError = (error: Error): void => this.destroy(this.#bye ?? networkFailure(error, this.#host))
  readonly #onClose = (): void => {
    this.destroy(this.#bye ?? new Failure('unavailable', { server: this.#host, reason: 'connection closed' }))
  }

  #injected(): void {
    this.destroy(new Failure('untrustedServer', { server: this.#host, reason: 'octets before TLS' }))
  }

  #receive(frame: { bytes: Buffer; streamed: readonly number[] | null }): void {
    if (this.#failure !== null) return
    // Behind the OK of STARTTLS, in plain text: somebody on the way put it there, to be read as if it came by TLS.
    if (this.#state.isAwaitingUpgrade) {
      this.#injected()
      return
    }
    let response: Response
    try {
      response = parseResponse(this.#cursor.reset(frame), this.features.utf8Accept)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      // The stream is still in step. Whoever waits must not take what is left for all there is.
      this.#log.warn('imap.malformed', { server: this.#host, error: error.message })
      const head = this.#inFlight[0]
      if (head) head.fault ??= error
      return
    }
    if (response.kind === 'tagged') this.#settle(response)
    else if (response.kind === 'continue') this.#continue(response.text)
    else this.#untagged(response)
  }

  #continue(text: string): void {
    if (this.#goAhead) {
      this.#goAhead()
      return
    }
    for (const pending of this.#inFlight) {
      const answer = pending.run.continuation?.(text)
      if (answer) {
        this.#write(answer)
        return
      }
    }
    this.#idling.onContinuation()
  }

  #untagged(response: Untagged): void {
    if (response.kind === 'capability') this.capabilities = new Set(response.names)
    if (response.kind === 'condition') {
      if (response.code?.name === 'CAPABILITY') this.capabilities = namesOf(response.code.text)
      if (this.#onGreeting) {
        this.#onGreeting(response)
        this.#onGreeting = null
        return
      }
      if (response.status === 'BYE' && !this.#isClosing) this.#bye = byeFailure(response.code, response.text)
    }
    for (const pending of this.#inFlight) {
      if (pending.run.untagged?.(response)) return
    }
    applyUntagged(this.#state, response, (event) => this.#emit(event))
  }

  #settle(response: Extract<Response, { kind: 'tagged' }>): void {
    const at = this.#inFlight.findIndex((pending) => pending.tag === response.tag)
    const pending = this.#inFlight[at]
    if (!pending) {
      this.#log.warn('imap.unknown-tag', { server: this.#host })
      return
    }
    this.#inFlight.splice(at, 1)
    if (this.#goAhead && !pending.isWritten) this.#goAhead() // refused before its literal
    const reply: Reply = { status: response.status, code: response.code, text: response.text }
    if (reply.code) {
      if (reply.code.name === 'CAPABILITY') this.capabilities = namesOf(reply.code.text)
      applyUntagged(this.#state, { kind: 'condition', ...reply }, (event) => this.#emit(event))
    }
    conclude(pending, reply, this.#state)
    if (this.#inFlight.length === 0) this.#watchdog.rest()
    this.#pump()
  }

  #emit(event: ConnectionEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #isResting(): boolean {
    return this.isOpen && this.#queue.length === 0 && this.#inFlight.length === 0
  }
}

const noopCommand: Command<void> = { name: 'NOOP', parts: ['NOOP'], effect: 'read', start: () => ({ done() {} }) }
