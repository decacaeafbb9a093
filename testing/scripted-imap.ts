// A TCP server that speaks IMAP as a test tells it to, lies and cuts included. For what no real server can be made to do on demand.

import { once } from 'node:events'
import net from 'node:net'

export interface ScriptedCommand {
  readonly tag: string
  /** What follows the tag, literals in place (`{3}` CRLF and octets), without the line end. */
  readonly text: string
}

export interface ScriptedConnection {
  readonly socket: net.Socket
  /** 1 for the first connection. */
  readonly number: number
  send(text: string): void
}

/** Answers a command: text to send (`$T` stands for the tag), or nothing where the handler sends for itself. */
export type Script = (command: ScriptedCommand, connection: ScriptedConnection) => string | undefined

export interface ScriptedServer {
  readonly port: number
  readonly host: string
  /** All commands of all connections, without tags. */
  readonly commands: string[]
  readonly connections: readonly ScriptedConnection[]
  stop(): Promise<void>
}

export interface ScriptedOptions {
  readonly greeting?: string
  /** Names after sign-in; sign-in itself (LOGIN) and CAPABILITY, ENABLE, ID, LOGOUT, NOOP are answered unless the script does. */
  readonly capabilities?: string
  readonly script?: Script
}

const literalEnd = /\{(\d+)(\+?)\}$/

export async function startScriptedImap(options: ScriptedOptions = {}): Promise<ScriptedServer> {
  const capabilities = options.capabilities ?? 'IMAP4rev1'
  const commands: string[] = []
  const connections: ScriptedConnection[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    const send = (text: string) => void socket.write(Buffer.from(text, 'latin1'))
    const connection: ScriptedConnection = { socket, number: connections.length + 1, send }
    connections.push(connection)
    let held = ''
    const take = () => {
      for (let from = 0; ; ) {
        const lf = held.indexOf('\r\n', from)
        if (lf === -1) return
        const literal = literalEnd.exec(held.slice(0, lf))
        if (literal) {
          const end = lf + 2 + Number(literal[1])
          if (literal[2] === '' && held.length === lf + 2) send('+ go\r\n')
          if (held.length < end) return
          from = end
          continue
        }
        const line = held.slice(0, lf)
        held = held.slice(lf + 2)
        from = 0
        const space = line.indexOf(' ')
        const command = { tag: space === -1 ? '' : line.slice(0, space), text: line.slice(space + 1) }
        commands.push(command.text)
        const answer = options.script?.(command, connection) ?? usual(command, capabilities)
        if (answer) send(answer.replaceAll('$T', command.tag))
      }
    }
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1')
      take()
    })
    send(options.greeting ?? `* OK [CAPABILITY ${capabilities}] ready\r\n`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    host: '127.0.0.1',
    commands,
    connections,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function usual({ text }: ScriptedCommand, capabilities: string): string | undefined {
  const verb = text.split(' ')[0]?.toUpperCase()
  if (verb === 'CAPABILITY') return `* CAPABILITY ${capabilities}\r\n$T OK done\r\n`
  if (verb === 'ENABLE') return `* ENABLED ${text.slice(7)}\r\n$T OK done\r\n`
  if (verb === 'LOGOUT') return '* BYE bye\r\n$T OK done\r\n'
  if (verb === 'LOGIN' || verb === 'AUTHENTICATE') return `$T OK [CAPABILITY ${capabilities}] signed in\r\n`
  if (verb === 'SELECT' || verb === 'EXAMINE')
    return '* 3 EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x\r\n$T OK [READ-WRITE] done\r\n'
  if (verb === 'NOOP' || verb === 'ID') return '$T OK done\r\n'
  return undefined
}
