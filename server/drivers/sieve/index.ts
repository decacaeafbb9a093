// The filter-store port over ManageSieve (RFC 5804): a small client of our own; the protocol has six commands that matter, and what
// npm has for it is not kept. One conversation for each open(); nothing is pooled, since filters are looked at once a week.

import type { MailCredential } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { connectLineSocket, type LineSocket } from '#core/line-socket.ts'
import { saslExchange } from '#formats/sasl/sasl.ts'
import type { SieveServer } from '#ports/directory.ts'
import type { FilterSession, FilterStore, FilterStoreInfo } from '#ports/filter-store.ts'
import { type Response, readResponse } from './response.ts'

export interface SieveTimes {
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
}

export const defaultSieveTimes: SieveTimes = { connectTimeoutMs: 10_000, commandTimeoutMs: 30_000 }

type Capabilities = ReadonlyMap<string, string>

export function openManageSieve(times: SieveTimes = defaultSieveTimes): FilterStore {
  return {
    async open(server, credential, signal) {
      const socket = await connectLineSocket(server, times.connectTimeoutMs, signal)
      try {
        const capabilities = await signIn(times, socket, server, credential)
        return openSession(times, socket, capabilities)
      } catch (error) {
        socket.close()
        throw error
      }
    },
  }
}

/** RFC 5804 §4: quoted up to 1024 octets without line breaks, else a literal that waits for nobody. */
export function formatString(text: string): string {
  if (text.includes('\0')) throw new Failure('badInput', { description: 'A NUL cannot stand in a script.' })
  const octets = Buffer.byteLength(text)
  if (octets <= 1024 && !/[\r\n]/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`
  return `{${octets}+}\r\n${text}`
}

/** RFC 5804 §1.6: script names. */
function formatName(name: string): string {
  if (name === '' || Buffer.byteLength(name) > 512 || /[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(name)) {
    throw new Failure('badInput', { properties: ['name'], description: 'Not a script name.' })
  }
  return formatString(name)
}

function readCapabilities(response: Response): Capabilities {
  return new Map(response.lines.map(([name, value]) => [name?.text.toUpperCase() ?? '', value?.text ?? '']))
}

async function signIn(
  times: SieveTimes,
  socket: LineSocket,
  server: SieveServer,
  credential: MailCredential,
): Promise<Capabilities> {
  const send = (text: string) => socket.write(`${text}\r\n`, times.commandTimeoutMs)
  const read = async () => readResponse(socket, times.commandTimeoutMs) as Promise<Response>
  const greeting = await read()
  if (greeting.status !== 'OK') throw new Failure('unavailable', { reply: greeting.text })
  let capabilities = readCapabilities(greeting)
  if (server.tls === 'starttls') {
    if (!capabilities.has('STARTTLS')) throw new Failure('untrustedServer', { reason: 'STARTTLS is not offered' })
    await send('STARTTLS')
    const reply = await read()
    if (reply.status !== 'OK') throw new Failure('untrustedServer', { reason: 'STARTTLS refused', reply: reply.text })
    await socket.startTls(times.connectTimeoutMs)
    // RFC 5804 §2.2: the server says its capabilities anew.
    capabilities = readCapabilities(await read())
  }
  const exchange = saslExchange(credential, (capabilities.get('SASL') ?? '').split(' '), server)
  if (!exchange) throw new Failure('unavailable', { reason: 'no SASL mechanism in common' })
  const pending = exchange.responses.map((response) => response.toString('base64'))
  const initial = exchange.hasInitialResponse ? ` ${formatString(pending.shift()!)}` : ''
  await send(`AUTHENTICATE "${exchange.mechanism}"${initial}`)
  for (let challenges = 0; challenges < 5; challenges++) {
    const answer = await readResponse(socket, times.commandTimeoutMs, { isChallenge: true })
    if ('challenge' in answer) {
      await send(formatString(pending.shift() ?? ''))
      continue
    }
    if (answer.status === 'OK') {
      await send('CAPABILITY')
      return readCapabilities(await read())
    }
    if (answer.status === 'BYE' || answer.code === 'TRYLATER') throw new Failure('unavailable', { reply: answer.text })
    throw new Failure('badCredentials', { server: answer.text })
  }
  throw new Failure('unavailable', { reason: 'an endless sign-in' })
}

function openSession(times: SieveTimes, socket: LineSocket, capabilities: Capabilities): FilterSession {
  async function command(text: string): Promise<Response> {
    await socket.write(`${text}\r\n`, times.commandTimeoutMs)
    const response = (await readResponse(socket, times.commandTimeoutMs)) as Response
    if (response.status === 'OK') return response
    throw toFailure(response)
  }
  const redirects = Number(capabilities.get('MAXREDIRECTS') ?? Number.NaN)
  const info: FilterStoreInfo = {
    extensions: (capabilities.get('SIEVE') ?? '').split(' ').filter((name) => name !== ''),
    maxRedirects: Number.isSafeInteger(redirects) ? redirects : null,
  }
  return {
    info,
    async list() {
      const { lines } = await command('LISTSCRIPTS')
      return lines.map(([name, active]) => ({
        name: name?.text ?? '',
        isActive: active?.kind === 'atom' && active.text.toUpperCase() === 'ACTIVE',
      }))
    },
    async get(name) {
      const { lines } = await command(`GETSCRIPT ${formatName(name)}`)
      return lines[0]?.[0]?.text ?? ''
    },
    async put(name, script) {
      await command(`PUTSCRIPT ${formatName(name)} ${formatString(script)}`)
    },
    async check(script) {
      await command(`CHECKSCRIPT ${formatString(script)}`)
    },
    async rename(from, to) {
      await command(`RENAMESCRIPT ${formatName(from)} ${formatName(to)}`)
    },
    async activate(name) {
      await command(`SETACTIVE ${name === null ? '""' : formatName(name)}`)
    },
    async delete(name) {
      await command(`DELETESCRIPT ${formatName(name)}`)
    },
    async close() {
      await socket.write('LOGOUT\r\n', 1000).catch(() => {})
      socket.close()
    },
  }
}

/** RFC 5804 §1.3: response codes. */
function toFailure({ status, code, text }: Response): Failure {
  if (status === 'BYE' || code === 'TRYLATER') return new Failure('unavailable', { reply: text })
  if (code === 'NONEXISTENT') return new Failure('notFound', { reply: text })
  if (code === 'ALREADYEXISTS') return new Failure('alreadyExists', { reply: text })
  if (code === 'ACTIVE') return new Failure('conflict', { reply: text, isActive: true })
  if (code === 'QUOTA/MAXSIZE') return new Failure('tooLarge', { reply: text })
  if (code.startsWith('QUOTA')) return new Failure('overQuota', { reply: text })
  return new Failure('badInput', { message: text, description: text.slice(0, 2000) })
}
