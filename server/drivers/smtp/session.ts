// One signed-in SMTP connection: greeting, EHLO, STARTTLS, AUTH. Nothing secret is said before TLS unless the configuration says
// `none`. Failures here are told as codes; what the server says to a message is submit.ts's.

import type { MailCredential } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { connectLineSocket, type LineSocket } from '#core/line-socket.ts'
import { saslExchange } from '#formats/sasl/sasl.ts'
import type { SmtpServer } from '#ports/mail-transport.ts'
import { type Reply, readReply } from './reply.ts'

export interface SmtpTimes {
  readonly connectTimeoutMs: number
  /** For the reply to each command: RFC 5321 §4.5.3.2 asks for 2 to 5 minutes. */
  readonly commandTimeoutMs: number
  /** For one piece of the message to be taken (RFC 5321 §4.5.3.2.5: 3 minutes). */
  readonly blockTimeoutMs: number
  /** For the reply to the final dot (RFC 5321 §4.5.3.2.6: 10 minutes). */
  readonly finalTimeoutMs: number
}

export interface SmtpSession {
  /** EHLO keywords, upper case, with their arguments. */
  readonly offered: ReadonlyMap<string, string>
  readonly socket: LineSocket
  command(line: string): Promise<Reply>
  /** QUIT without waiting for more than a moment: nothing depends on it. */
  quit(): void
}

export async function openSmtpSession(
  times: SmtpTimes,
  server: SmtpServer,
  credential: MailCredential,
  signal: AbortSignal,
): Promise<SmtpSession> {
  const socket = await connectLineSocket(server, times.connectTimeoutMs, signal)
  const command = async (line: string): Promise<Reply> => {
    // The last gate: whatever builds a line, one line leaves.
    if (/[\r\n\0]/.test(line)) throw new Failure('badInput', { reason: 'control characters in an SMTP command' })
    await socket.write(`${line}\r\n`, times.commandTimeoutMs)
    return readReply(socket, times.commandTimeoutMs)
  }
  try {
    const greeting = await readReply(socket, times.commandTimeoutMs)
    if (greeting.code !== 220) throw unavailable(greeting)
    let offered = await hello(socket, command)
    if (server.tls === 'starttls') {
      // RFC 3207 §4: without TLS we say nothing more; a stripped STARTTLS is an attack or a mistake in the configuration.
      if (!offered.has('STARTTLS')) throw new Failure('untrustedServer', { reason: 'STARTTLS is not offered' })
      const reply = await command('STARTTLS')
      if (reply.code !== 220) throw new Failure('untrustedServer', { reason: 'STARTTLS refused', reply: reply.text })
      await socket.startTls(times.connectTimeoutMs)
      offered = await hello(socket, command)
    }
    await authenticate(command, server, credential, offered)
    return {
      offered,
      socket,
      command,
      quit() {
        void socket.write('QUIT\r\n', 1000).catch(() => {})
        socket.close()
      },
    }
  } catch (error) {
    socket.close()
    throw error
  }
}

const unavailable = (reply: Reply) => new Failure('unavailable', { reply: reply.text })

async function hello(socket: LineSocket, command: SmtpSession['command']): Promise<ReadonlyMap<string, string>> {
  // RFC 5321 §4.1.4: a client without a meaningful name gives its address literal.
  const { localAddress } = socket
  const v4 = localAddress.replace(/^::ffff:/, '')
  const reply = await command(`EHLO [${v4.includes(':') ? `IPv6:${v4}` : v4}]`)
  if (reply.code !== 250) throw unavailable(reply)
  return new Map(
    reply.lines.slice(1).map((line) => {
      const [keyword = '', ...rest] = line.trim().split(/[ =]+/)
      return [keyword.toUpperCase(), rest.join(' ')] as const
    }),
  )
}

async function authenticate(
  command: SmtpSession['command'],
  server: SmtpServer,
  credential: MailCredential,
  offered: ReadonlyMap<string, string>,
): Promise<void> {
  const mechanisms = offered.get('AUTH')
  // A relay that trusts us by address offers none: it says at RCPT what it thinks of us.
  if (mechanisms === undefined) return
  const exchange = saslExchange(credential, mechanisms.split(' '), server)
  if (!exchange) throw new Failure('unavailable', { reason: 'no SASL mechanism in common', mechanisms })
  const { mechanism, responses, hasInitialResponse } = exchange
  const pending = responses.map((response) => response.toString('base64'))
  let line = `AUTH ${mechanism}`
  // RFC 4954 §4: an initial response must fit the line of 512 octets; longer ones (tokens) go after the challenge.
  if (hasInitialResponse && pending[0]!.length + line.length < 500) line += ` ${pending.shift() || '='}`
  let reply = await command(line)
  for (let challenges = 0; reply.code === 334 && challenges < 5; challenges++) {
    reply = await command(pending.shift() ?? '')
  }
  if (reply.code === 235) return
  // RFC 4954 §6: 454 is a passing failure; 421 is the server leaving.
  if (reply.code < 500) throw unavailable(reply)
  throw new Failure('badCredentials', { server: reply.text })
}
