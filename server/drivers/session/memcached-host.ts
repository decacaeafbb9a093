// One memcached: one connection, commands pipelined on it in the classic text protocol (memcached's doc/protocol.txt), which every
// version and proxy speaks. Knows nothing of sessions. A host that does not answer in time is down: its calls fail at once, and
// it is tried again in the background, so that a host that hangs costs one request one `timeoutMs`, not each of them.

import { connect, type Socket } from 'node:net'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'

export interface MemcachedHost {
  /** As configured; what keys are spread by. */
  readonly name: string
  /** Each call throws `unavailable` when the host cannot be asked, or when what it did is unknown. */
  gets(key: string): Promise<{ readonly value: string; readonly cas: string } | null>
  /** False when the key is there. */
  add(key: string, value: string, lifeSeconds: number): Promise<boolean>
  cas(key: string, value: string, lifeSeconds: number, cas: string): Promise<'stored' | 'changed' | 'gone'>
  /** Gone now, whether or not it was there. */
  delete(key: string): Promise<void>
  close(): Promise<void>
}

export interface MemcachedHostOptions {
  /** For the answer, and for the connection before it. */
  readonly timeoutMs: number
  /** Between two attempts to reach a host that is down. */
  readonly retryMs: number
}

interface Reply {
  readonly line: string
  readonly value: string | null
}
interface Waiting {
  readonly sentAt: number
  readonly isGet: boolean
  resolve(reply: Reply): void
  reject(failure: Failure): void
}

// A relative time above this is taken for a date.
const maxRelativeSeconds = 30 * 86_400
const maxBufferBytes = 4 * 1024 * 1024

/** @param address `HOST:PORT`, `[V6]:PORT` or `unix:PATH` */
export function openMemcachedHost(
  address: string,
  deps: { readonly log: Log; readonly onState?: (isUp: boolean) => void },
  options: MemcachedHostOptions,
): MemcachedHost {
  const where = parseAddress(address)
  const { log } = deps
  let socket: Socket | null = null
  let isUp = false
  /** Not yet known to be down: calls wait for the first connection. */
  let isNew = true
  let isClosed = false
  let input: Buffer = Buffer.alloc(0)
  let value: string | null = null
  const waiting: Waiting[] = []
  const unsent: { readonly command: string; readonly entry: Waiting }[] = []
  let timer: NodeJS.Timeout | null = null
  let retry: NodeJS.Timeout | null = null

  const unreachable = (reason: string, cause?: unknown) =>
    new Failure('unavailable', { memcached: address, reason }, cause)

  open()

  function open(): void {
    const opened = connect(where)
    opened.setNoDelay(true)
    socket = opened
    const late = setTimeout(() => opened.destroy(new Error('no connection in time')), options.timeoutMs)
    late.unref()
    opened.once('connect', () => {
      clearTimeout(late)
      // Accepted is not answered: a process that hangs accepts as well.
      const probe: Waiting = { sentAt: performance.now(), isGet: false, resolve: () => cameUp(), reject: () => {} }
      write('version\r\n', probe)
    })
    opened.on('data', (bytes) => {
      if (socket === opened) read(bytes as Buffer)
    })
    opened.on('error', (error) => wentDown(opened, error.message, error))
    opened.on('close', () => {
      clearTimeout(late)
      wentDown(opened, 'connection closed')
    })
  }

  function cameUp(): void {
    if (!isUp) {
      if (!isNew) log.info('memcached.up', { host: address })
      deps.onState?.(true)
    }
    isUp = true
    isNew = false
    for (const { command, entry } of unsent.splice(0)) write(command, entry)
  }

  function wentDown(which: Socket, reason: string, cause?: unknown): void {
    if (socket !== which) return
    socket = null
    which.destroy()
    if (isUp || isNew) {
      if (!isClosed) log.warn('memcached.down', { host: address, reason })
      deps.onState?.(false)
    }
    isUp = false
    isNew = false
    input = Buffer.alloc(0)
    value = null
    if (timer) clearTimeout(timer)
    timer = null
    const failure = unreachable(reason, cause)
    for (const entry of [...waiting.splice(0), ...unsent.splice(0).map(({ entry }) => entry)]) entry.reject(failure)
    if (isClosed) return
    retry = setTimeout(open, options.retryMs)
    retry.unref()
  }

  function write(command: string, entry: Waiting): void {
    waiting.push(entry)
    socket?.write(command)
    timer ??= watch(options.timeoutMs)
  }

  /** One timer for all: the oldest unanswered command decides. */
  function watch(ms: number): NodeJS.Timeout {
    const started = setTimeout(() => {
      // After what has arrived meanwhile has been read: a busy event loop is no dead host.
      setImmediate(() => {
        timer = null
        const oldest = waiting[0]
        if (!oldest || !socket) return
        const restMs = oldest.sentAt + options.timeoutMs - performance.now()
        if (restMs > 0) timer = watch(restMs)
        else wentDown(socket, 'no answer in time')
      })
    }, ms)
    started.unref()
    return started
  }

  function read(bytes: Buffer): void {
    input = input.length === 0 ? bytes : Buffer.concat([input, bytes])
    const fault = takeReplies()
    // After an answer that is not understood, no later one can be told from another's.
    if (fault && socket) wentDown(socket, fault)
  }

  /** What is wrong with the answers, if anything. */
  function takeReplies(): string | null {
    for (;;) {
      const end = input.indexOf('\r\n')
      if (end < 0) return input.length > maxBufferBytes ? 'a line without end' : null
      const line = input.toString('latin1', 0, end)
      const entry = waiting[0]
      if (!entry) return `answer without a question: ${line.slice(0, 40)}`
      let used = end + 2
      if (entry.isGet && line.startsWith('VALUE ')) {
        // VALUE <key> <flags> <bytes> <cas>
        const length = Number(line.split(' ')[3])
        if (!Number.isSafeInteger(length) || length > maxBufferBytes) return 'a value of no sensible length'
        if (input.length < used + length + 2) return null
        value = `${line.split(' ')[4]} ${input.toString('utf8', used, used + length)}`
        used += length + 2
        input = input.subarray(used)
        continue
      }
      input = input.subarray(used)
      waiting.shift()
      entry.resolve({ line, value })
      value = null
    }
  }

  async function ask(command: string, isGet: boolean): Promise<Reply> {
    if (isClosed || (!isUp && !isNew)) throw unreachable(isClosed ? 'closed' : 'down')
    const reply = await new Promise<Reply>((resolve, reject) => {
      const entry: Waiting = { sentAt: performance.now(), isGet, resolve, reject }
      if (isUp) write(command, entry)
      else unsent.push({ command, entry })
    })
    // ERROR, CLIENT_ERROR …, SERVER_ERROR out of memory …
    if (/^(CLIENT_|SERVER_)?ERROR/.test(reply.line)) throw unreachable(reply.line)
    return reply
  }

  const stored = (verb: string, key: string, text: string, lifeSeconds: number, cas = '') => {
    const life = Math.max(1, Math.ceil(lifeSeconds))
    const until = life > maxRelativeSeconds ? Math.floor(Date.now() / 1000) + life : life
    return ask(`${verb} ${checked(key)} 0 ${until} ${Buffer.byteLength(text)}${cas}\r\n${text}\r\n`, false)
  }
  const unexpected = ({ line }: Reply) => unreachable(`unexpected answer: ${line.slice(0, 40)}`)

  return {
    name: address,
    async gets(key) {
      const reply = await ask(`gets ${checked(key)}\r\n`, true)
      if (reply.line !== 'END') throw unexpected(reply)
      if (reply.value === null) return null
      const space = reply.value.indexOf(' ')
      return { cas: reply.value.slice(0, space), value: reply.value.slice(space + 1) }
    },
    async add(key, text, lifeSeconds) {
      const reply = await stored('add', key, text, lifeSeconds)
      if (reply.line !== 'STORED' && reply.line !== 'NOT_STORED') throw unexpected(reply)
      return reply.line === 'STORED'
    },
    async cas(key, text, lifeSeconds, cas) {
      const reply = await stored('cas', key, text, lifeSeconds, ` ${cas}`)
      if (reply.line === 'STORED') return 'stored'
      if (reply.line === 'EXISTS') return 'changed'
      if (reply.line === 'NOT_FOUND') return 'gone'
      throw unexpected(reply)
    },
    async delete(key) {
      const reply = await ask(`delete ${checked(key)}\r\n`, false)
      if (reply.line !== 'DELETED' && reply.line !== 'NOT_FOUND') throw unexpected(reply)
    },
    async close() {
      isClosed = true
      if (retry) clearTimeout(retry)
      if (socket) wentDown(socket, 'closed')
    },
  }
}

/** A key with a space or line end would be a command of its own. */
function checked(key: string): string {
  if (!/^[\x21-\x7e]{1,250}$/.test(key)) throw new Failure('internal', { reason: 'not a memcached key' })
  return key
}

export function parseAddress(
  address: string,
): { readonly path: string } | { readonly host: string; readonly port: number } {
  if (address.startsWith('unix:')) return { path: address.slice('unix:'.length) }
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(address)
  if (!match) throw new Failure('badInput', { memcached: address, reason: 'must be HOST:PORT or unix:PATH' })
  return { host: (match[1] ?? match[2]) as string, port: Number(match[3]) }
}
