// Cuts the octets of a connection into whole responses, wherever the chunks were cut. Literals stay in place in the response's
// buffer, except those that a sink takes: these are handed on as they arrive, and only their place is noted.
//
// A response is a view on memory that is never written again; who keeps a small part of it copies that part.

import { ProtocolError } from './protocol-error.ts'

export interface Frame {
  readonly bytes: Buffer
  /** Offsets in `bytes` at which a literal's octets were left out, just behind its `{n}` CRLF. Null: none. */
  readonly streamed: readonly number[] | null
}

export interface FrameSink {
  /** False: stop feeding until drained (the sink knows whom to call). */
  write(chunk: Buffer): boolean
  end(): void
}

export interface FramerHooks {
  frame(frame: Frame): void
  /** Asked for each literal, `head` being the response up to and with its `{n}` CRLF; null: it is buffered. */
  literal(head: Buffer, size: number): FrameSink | null
}

const LF = 10
const CR = 13
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const empty = Buffer.alloc(0)

export class Framer {
  readonly #hooks: FramerHooks
  readonly #maxBytes: number
  /** Octets not yet given out: #data[#start, #end). */
  #data: Buffer = empty
  #start = 0
  #end = 0
  /** Where the search for a line end goes on; beyond #end while a buffered literal is awaited. */
  #scan = 0
  #streamed: number[] | null = null
  #sink: FrameSink | null = null
  #sinkLeft = 0

  constructor(hooks: FramerHooks, maxBytes: number) {
    this.#hooks = hooks
    this.#maxBytes = maxBytes
  }

  /** Octets held of a response that is not whole. */
  get held(): number {
    return this.#end - this.#start
  }

  /** What is held, taken out: for TLS and compression, whose octets begin behind a tagged OK. */
  takeRest(): Buffer {
    const rest = this.#data.subarray(this.#start, this.#end)
    this.#reset()
    return rest
  }

  /** False: the sink asks to wait before the next push. Throws ProtocolError past the limits. */
  push(chunk: Buffer): boolean {
    let fed = true
    if (this.#sink) {
      const taken = this.#feed(chunk)
      fed = taken.fed
      if (taken.rest.length === 0) return fed
      chunk = taken.rest
    }
    this.#append(chunk)
    return this.#cut() && fed
  }

  #append(chunk: Buffer): void {
    if (this.#start === this.#end) {
      // Usual case: nothing is left over, so that the chunk itself is the memory and nothing is copied.
      this.#data = chunk
      this.#start = 0
      this.#scan = 0
      this.#end = chunk.length
      return
    }
    const held = this.#end - this.#start
    if (this.#end + chunk.length > this.#data.length || !this.#isOwn) {
      const wanted = Math.max(held + chunk.length, this.#scan - this.#start)
      const grown = Buffer.allocUnsafeSlow(Math.max(4096, wanted * 2))
      this.#data.copy(grown, 0, this.#start, this.#end)
      this.#data = grown
      this.#scan -= this.#start
      this.#end = held
      this.#start = 0
      this.#isOwn = true
    }
    chunk.copy(this.#data, this.#end)
    this.#end += chunk.length
  }

  /** Whether #data was made by #append: a chunk of the socket has a neighbour behind it. */
  #isOwn = false

  #reset(): void {
    this.#data = empty
    this.#start = 0
    this.#end = 0
    this.#scan = 0
    this.#isOwn = false
  }

  #feed(chunk: Buffer): { fed: boolean; rest: Buffer } {
    const sink = this.#sink as FrameSink
    const take = Math.min(this.#sinkLeft, chunk.length)
    this.#sinkLeft -= take
    const fed = take === 0 || sink.write(take === chunk.length ? chunk : chunk.subarray(0, take))
    if (this.#sinkLeft > 0) return { fed, rest: empty }
    this.#sink = null
    sink.end()
    return { fed: true, rest: chunk.subarray(take) }
  }

  /** Gives out all whole responses. */
  #cut(): boolean {
    for (;;) {
      if (this.#scan > this.#end) break
      const lf = this.#data.indexOf(LF, this.#scan)
      if (lf === -1 || lf >= this.#end) {
        this.#scan = this.#end
        break
      }
      const size = this.#literalBefore(lf)
      if (size === -1) {
        const bytes = this.#data.subarray(this.#start, lf + 1)
        const streamed = this.#streamed
        this.#streamed = null
        this.#start = lf + 1
        this.#scan = lf + 1
        this.#hooks.frame({ bytes, streamed })
        continue
      }
      const head = this.#data.subarray(this.#start, lf + 1)
      const sink = this.#hooks.literal(head, size)
      if (sink === null) {
        if (lf + 1 + size - this.#start > this.#maxBytes) throw new ProtocolError(`literal of ${size} octets`)
        this.#scan = lf + 1 + size
        continue
      }
      if (!this.#beginSink(sink, lf + 1, size)) return false
      if (this.#sink) return true
    }
    if (this.#end - this.#start > this.#maxBytes) throw new ProtocolError(`response over ${this.#maxBytes} octets`)
    if (this.#start === this.#end) this.#reset()
    return true
  }

  /** Hands what is already here to the sink and closes the gap, so that head and tail of the response are contiguous. */
  #beginSink(sink: FrameSink, at: number, size: number): boolean {
    const rest = this.#data.subarray(at, this.#end)
    const head = Buffer.from(this.#data.subarray(this.#start, at))
    this.#streamed ??= []
    this.#streamed.push(head.length)
    this.#data = head
    this.#isOwn = false
    this.#start = 0
    this.#end = head.length
    this.#scan = head.length
    this.#sink = sink
    this.#sinkLeft = size
    const { fed, rest: after } = this.#feed(rest)
    if (this.#sink === null && after.length > 0) this.#append(after)
    else if (this.#sink === null) return true
    return fed
  }

  /** The size of the literal announced at the end of the line, or -1. */
  #literalBefore(lf: number): number {
    const data = this.#data
    let i = lf - 1
    if (i >= this.#start && data[i] === CR) i--
    if (i <= this.#start || data[i] !== CLOSE_BRACE || !this.#mayBearLiterals()) return -1
    i--
    if (data[i] === 43) i-- // quirk: `{n+}`, which only clients may send
    let size = 0
    let factor = 1
    const last = i
    for (; i >= this.#start; i--) {
      const digit = (data[i] as number) - 48
      if (digit < 0 || digit > 9) break
      size += digit * factor
      factor *= 10
    }
    if (i === last || i < this.#start || data[i] !== OPEN_BRACE) return -1
    if (last - i > 15) throw new ProtocolError('literal size out of range')
    return size
  }

  /** Free text (`* OK … {3}`, tagged lines, `+ …`) may end in braces without meaning a literal. */
  #mayBearLiterals(): boolean {
    const data = this.#data
    const at = this.#start
    if (data[at] !== 42 || data[at + 1] !== 32) return false
    const word = (i: number) => (data[at + 2 + i] as number) & 0xdf
    const first = word(0)
    if (first === 79) return word(1) !== 75 // OK
    if (first === 78) return word(1) !== 79 // NO; not NAMESPACE
    if (first === 66) return !(word(1) === 65 || word(1) === 89) // BAD, BYE
    if (first === 80) return word(1) !== 82 // PREAUTH
    return true
  }
}
