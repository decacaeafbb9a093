// From nothing to a signed-in connection: connect, greet, STARTTLS, sign in, ask and enable what the server offers.
//
// What was heard in plain text counts for nothing after TLS: capabilities are asked anew (RFC 9051 §11.1).

import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'
import { Failure, isFailure } from '#core/errors.ts'
import { decideFeatures, toEnable } from './capabilities.ts'
import { ImapConnection } from './connection.ts'
import { byeFailure, isDropped, networkFailure } from './failures.ts'
import { hearing, isReachable, noteRefused, pathFailure } from './reach-server.ts'
import { signInCommand } from './sign-in.ts'
import { abortFailure, connectSocket, secureSocket } from './socket.ts'
import type { Command, Connection, ConnectionOptions } from './types.ts'

export async function openConnection(options: ConnectionOptions, signal: AbortSignal): Promise<Connection> {
  const { server, limits } = options
  const isThere = () => isReachable(options, limits)
  const socket = await connectUnlessLost(options, signal, isThere)
  const disable = options.disable ?? []
  const connection = new ImapConnection({
    stream: socket,
    host: server.host,
    features: decideFeatures(new Set(), new Set(), disable),
    limits,
    log: options.log,
    isReachable: isThere,
    hear: hearing(server),
  })
  // Until the sign-in is through, whoever it is may be told, but not in the account's name.
  const early: string[] = []
  let tell: (text: string) => void = (text) => early.push(text)
  connection.listen((event) => {
    if (event.kind === 'alert') tell(event.text)
  })
  const signingIn = AbortSignal.any([signal, AbortSignal.timeout(limits.loginTimeoutMs)])
  const onAbort = () => connection.destroy(abortFailure(signingIn, server.host))
  signingIn.addEventListener('abort', onAbort)
  try {
    if (signingIn.aborted) onAbort()
    await greet(connection, tell)
    if (server.tls === 'starttls') await startTls(connection, options, signingIn)
    await signIn(connection, options)
    tell = (text) => options.onAlert?.(text)
    for (const text of early) tell(text)
    await enable(connection, options, disable)
    return connection
  } catch (error) {
    const failure = networkFailure(error, server.host)
    connection.destroy(failure)
    // What went wrong, not what the connection made of its own end.
    const origin = failure.detail.isDropped === true && failure.cause instanceof Failure ? failure.cause : failure
    const alert = early.at(-1)
    throw alert === undefined ? origin : new Failure(origin.code, { ...origin.detail, alert }, origin.cause)
  } finally {
    signingIn.removeEventListener('abort', onAbort)
  }
}

/** A path that was lost swallows the first packet: asking beside it tells long before the time for connecting is over. */
async function connectUnlessLost(
  options: ConnectionOptions,
  signal: AbortSignal,
  isThere: () => Promise<boolean>,
): Promise<Socket> {
  const { limits, server } = options
  const lost = new AbortController()
  const timer = setTimeout(async () => {
    if (!(await isThere())) lost.abort(pathFailure(server))
  }, limits.suspectAfterMs)
  try {
    const ends = [signal, lost.signal, AbortSignal.timeout(limits.connectTimeoutMs)]
    return await connectSocket(options, AbortSignal.any(ends))
  } catch (error) {
    if (isFailure(error, 'unavailable') && !lost.signal.aborted) noteRefused(options, limits)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function greet(connection: ImapConnection, tell: (alert: string) => void): Promise<void> {
  const greeting = await connection.greeting
  if (greeting.code?.name === 'ALERT') tell(greeting.text)
  if (greeting.status === 'BYE') throw byeFailure(greeting.code, greeting.text)
  // PREAUTH: signed in as whom? No password would be asked for, so that any would do; and STARTTLS is no longer possible.
  if (greeting.status !== 'OK') throw new Failure('untrustedServer', { reason: `greeting ${greeting.status}` })
}

async function startTls(connection: ImapConnection, options: ConnectionOptions, signal: AbortSignal): Promise<void> {
  await connection.run(upgradeCommand('STARTTLS')).catch((error: unknown) => {
    // Refused: to go on in plain text is what an attacker would want.
    const isRefused = error instanceof Failure && error.detail.isDropped !== true
    throw isRefused ? new Failure('untrustedServer', { ...error.detail, reason: 'STARTTLS refused' }, error) : error
  })
  const secure = await secureSocket(connection.detach<Socket>(), options, signal)
  connection.replaceStream(() => secure)
  connection.capabilities = new Set()
}

function upgradeCommand(...parts: string[]): Command<void> {
  const done = (_: unknown, state: { isAwaitingUpgrade: boolean }) => {
    state.isAwaitingUpgrade = true
  }
  return { name: parts.join(' '), parts, effect: 'session', start: () => ({ done }) }
}

async function signIn(
  connection: ImapConnection,
  { server, credential, masterSeparator }: ConnectionOptions,
): Promise<void> {
  if (connection.capabilities.size === 0) await connection.run(capability)
  const offered = connection.capabilities
  connection.capabilities = new Set()
  const { host, port } = server
  await connection.run(signInCommand({ offered, credential, masterSeparator: masterSeparator ?? null, host, port }))
  // RFC 9051 §6.2.2: they may differ once signed in; most servers tell with the OK.
  if (connection.capabilities.size === 0) await connection.run(capability)
}

const capability: Command<void> = {
  name: 'CAPABILITY',
  parts: ['CAPABILITY'],
  effect: 'read',
  start: () => ({ done() {} }),
}

/** ID and ENABLE in one round trip, then COMPRESS. */
async function enable(
  connection: ImapConnection,
  options: ConnectionOptions,
  disable: readonly string[],
): Promise<void> {
  const offered = connection.capabilities
  const before = decideFeatures(offered, new Set(), disable)
  connection.setFeatures({ ...before, utf8Accept: false })
  const names = toEnable(offered, disable)
  const [enabled] = await Promise.all([
    names.length > 0 ? connection.run(enableCommand(names)).catch(unlessDropped(new Set<string>())) : new Set<string>(),
    before.id ? identify(connection).catch(unlessDropped(undefined)) : undefined,
  ])
  const features = decideFeatures(offered, enabled, disable)
  const known = options.isGuidKnown
  const isOpen = features.guid === 'unknown' && known !== undefined
  connection.setFeatures(isOpen ? { ...features, guid: known, inThread: features.inThread && known } : features)
  if (options.compress && before.compress) {
    await connection.run(upgradeCommand('COMPRESS', 'DEFLATE'))
    connection.replaceStream(deflated)
  }
}

/** A refusal costs what was asked for, not the connection. */
function unlessDropped<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if (isDropped(error)) throw error
    return otherwise
  }
}

function enableCommand(names: readonly string[]): Command<ReadonlySet<string>> {
  return {
    name: 'ENABLE',
    parts: ['ENABLE', ...names],
    effect: 'session',
    start: () => {
      const enabled = new Set<string>()
      return {
        untagged(response) {
          if (response.kind !== 'enabled') return false
          for (const name of response.names) enabled.add(name)
          return true
        },
        done: () => enabled,
        refused: () => null,
      }
    },
  }
}

async function identify(connection: ImapConnection): Promise<void> {
  const command: Command<ReadonlyMap<string, string>> = {
    name: 'ID',
    parts: ['ID', { list: [{ string: 'name' }, { string: 'Paquebot' }] }],
    effect: 'read',
    start: () => {
      let fields: ReadonlyMap<string, string> = new Map()
      return {
        untagged(response) {
          if (response.kind !== 'id') return false
          fields = response.fields
          return true
        },
        done: () => fields,
      }
    },
  }
  connection.serverId = await connection.run(command)
}

/** RFC 4978: raw deflate both ways; each write is flushed, or the server would wait for the rest of it. */
function deflated(socket: Duplex): Duplex {
  const inflate = createInflateRaw({ flush: constants.Z_SYNC_FLUSH })
  const deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH })
  socket.pipe(inflate)
  deflate.pipe(socket)
  const both = Duplex.from({ readable: inflate, writable: deflate } as unknown as Iterable<never>)
  socket.on('error', (error) => both.destroy(error))
  socket.on('close', () => both.destroy())
  both.on('close', () => socket.destroy())
  return both
}
