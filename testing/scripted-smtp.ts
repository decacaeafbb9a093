// An SMTP server that does what a test says: each command goes to `answer`, which may reply, stay silent or hang up.
// It keeps every line and message it got, so that a test can count.

import { createServer, type Socket } from 'node:net'
import { type SecureContextOptions, TLSSocket } from 'node:tls'

export interface ScriptedSmtp {
  readonly port: number
  /** Commands in order, over all connections; the message of a DATA is not among them. */
  readonly commands: readonly string[]
  /** Whole messages, unstuffed, for which the final dot came. */
  readonly messages: readonly string[]
  readonly connections: () => number
  stop(): Promise<void>
}

/** A reply; null says nothing and leaves the client waiting; `hangUp` closes. */
export type Answer = string | null | 'hangUp' | 'startTls' | undefined

export interface SmtpScript {
  /** EHLO keywords. */
  readonly offers?: readonly string[]
  readonly tls?: SecureContextOptions
  readonly greeting?: string
  /** `verb` is upper case; `DOT` stands for the end of the message. Undefined: what a friendly server would say. */
  readonly answer?: (verb: string, line: string, count: number) => Answer | Promise<Answer>
}

export async function startScriptedSmtp(script: SmtpScript = {}): Promise<ScriptedSmtp> {
  const commands: string[] = []
  const messages: string[] = []
  const counts = new Map<string, number>()
  const sockets = new Set<Socket>()
  let connections = 0
  const friendly = (verb: string): string => {
    if (verb === 'EHLO')
      return ['mail.example.test', ...(script.offers ?? ['PIPELINING'])]
        .map((line, i, all) => `250${i === all.length - 1 ? ' ' : '-'}${line}`)
        .join('\r\n')
    if (verb === 'DATA') return '354 go on'
    if (verb === 'QUIT') return '221 2.0.0 bye'
    if (verb === 'AUTH') return '235 2.7.0 welcome'
    return '250 2.0.0 ok'
  }
  const serve = (first: Socket) => {
    connections++
    let socket: Socket = first
    let buffer = ''
    let inData = false
    let chain = Promise.resolve()
    const say = (text: string) => socket.write(`${text}\r\n`)
    const handle = async (verb: string, line: string) => {
      const count = (counts.get(verb) ?? 0) + 1
      counts.set(verb, count)
      const answer = await script.answer?.(verb, line, count)
      if (answer === 'hangUp') return void socket.destroy()
      if (answer === null) return
      if (verb === 'STARTTLS' && script.tls && answer === undefined) {
        say('220 go on')
        socket.removeAllListeners('data')
        socket = new TLSSocket(socket, { isServer: true, ...script.tls })
        socket.on('error', () => {})
        socket.on('data', onData)
        return
      }
      const reply = answer ?? friendly(verb)
      if (verb === 'DATA' && reply.startsWith('354')) inData = true
      say(reply)
      if (verb === 'QUIT') socket.end()
    }
    const drain = async () => {
      for (;;) {
        if (inData) {
          const end = buffer.startsWith('.\r\n') ? 0 : buffer.indexOf('\r\n.\r\n')
          if (end < 0) return
          const skip = end === 0 && buffer.startsWith('.\r\n') ? 3 : 5
          messages.push(`${buffer.slice(0, end)}\r\n`.replace(/^\.\./gm, '.'))
          buffer = buffer.slice(end + skip)
          inData = false
          await handle('DOT', '.')
          continue
        }
        const newline = buffer.indexOf('\r\n')
        if (newline < 0) return
        const line = buffer.slice(0, newline)
        buffer = buffer.slice(newline + 2)
        commands.push(line)
        await handle(line.split(' ')[0]!.toUpperCase(), line)
      }
    }
    const onData = (chunk: Buffer) => {
      buffer += chunk.toString('latin1')
      chain = chain.then(drain)
    }
    socket.on('error', () => {})
    socket.on('data', onData)
    say(script.greeting ?? '220 mail.example.test ESMTP')
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket)
  })
  // A test that fails before `stop` must still end.
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    commands,
    messages,
    connections: () => connections,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
