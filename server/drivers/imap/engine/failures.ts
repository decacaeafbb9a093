// What a server's NO, BAD and BYE, and what the network's errors, mean to us: translated here, once.

import { type ErrorCode, Failure } from '#core/errors.ts'
import type { ResponseCode } from '#formats/imap/types.ts'
import type { Reply } from './types.ts'

/** RFC 5530 and others, for a command after sign-in. */
const byCode: Readonly<Record<string, ErrorCode>> = {
  NONEXISTENT: 'notFound',
  TRYCREATE: 'notFound',
  ALREADYEXISTS: 'alreadyExists',
  OVERQUOTA: 'overQuota',
  LIMIT: 'overQuota',
  NOPERM: 'forbidden',
  AUTHORIZATIONFAILED: 'forbidden',
  CANNOT: 'badInput',
  TOOBIG: 'tooLarge', // RFC 7889 §4
  HASCHILDREN: 'hasChildren', // RFC 9051 §6.3.5
  EXPUNGEISSUED: 'conflict',
  INUSE: 'unavailable',
  UNAVAILABLE: 'unavailable',
  SERVERBUG: 'unavailable',
  CORRUPTION: 'unavailable',
  CONTACTADMIN: 'unavailable',
  CLIENTBUG: 'internal',
  BADCHARSET: 'unsupported',
  USEATTR: 'unsupported', // RFC 6154 §6
  'UNKNOWN-CTE': 'unsupported',
}

/** Servers without RFC 5530 (Courier, old Cyrus) say it in words alone. The first that fits. */
const byWords: readonly (readonly [RegExp, ErrorCode])[] = [
  [/already exists|mailbox exists/i, 'alreadyExists'],
  [/quota/i, 'overQuota'],
  [/too (large|big)|exceeds .*size/i, 'tooLarge'],
  [/permission|denied|not allowed|access/i, 'forbidden'],
  [/has (inferior|child)/i, 'hasChildren'],
  [/n[o']t exist|no such|not found|unknown mailbox|nonexist|cannot open this folder|unable to open/i, 'notFound'],
  [/invalid .*name|bad .*name|illegal|invalid mailbox/i, 'badInput'],
  [/unavailable|temporar|try again|in use|lock/i, 'unavailable'],
]

/** A refused command. BAD: the server cannot do what we asked, though we thought so. */
export function refusal(command: string, effect: 'read' | 'change' | 'session', reply: Reply): Failure {
  const detail = { command, server: words(reply.code, reply.text) }
  const named = reply.code === null ? undefined : byCode[reply.code.name]
  if (named) return new Failure(named, detail)
  if (reply.status === 'BAD') return new Failure('unsupported', detail)
  const guessed = byWords.find(([pattern]) => pattern.test(reply.text))?.[1]
  return new Failure(guessed ?? (effect === 'change' ? 'forbidden' : 'unavailable'), detail)
}

const tooMany = /(maximum|too many|number of) .*connection|connection limit|connections? .*exceeded/i

/** A refused sign-in: who tries again later must be told from who types another password. */
export function signInRefusal(reply: Reply): Failure {
  const detail = { command: 'sign-in', server: words(reply.code, reply.text) }
  const code = reply.code?.name
  if (code === 'LIMIT' || tooMany.test(reply.text)) return new Failure('tooManyConnections', detail)
  if (code === 'UNAVAILABLE' || code === 'INUSE' || code === 'SERVERBUG' || code === 'CONTACTADMIN')
    return new Failure('unavailable', detail)
  if (code === 'PRIVACYREQUIRED' || code === 'ENCRYPTIONNEEDED') return new Failure('untrustedServer', detail)
  if (reply.status === 'BAD') return new Failure('unsupported', detail)
  const isOurs = code === undefined && /temporar|internal|try again|unavailable|timeout/i.test(reply.text)
  return new Failure(isOurs ? 'unavailable' : 'badCredentials', detail)
}

/** The server ended the connection: RFC 9051 §7.1.5. */
export function byeFailure(code: ResponseCode | null, text: string): Failure {
  const detail = { command: 'BYE', server: words(code, text) }
  return new Failure(code?.name === 'LIMIT' || tooMany.test(text) ? 'tooManyConnections' : 'unavailable', detail)
}

/** The server's words as they came, for the log. */
function words(code: ResponseCode | null, text: string): string {
  const tag = code === null ? '' : `[${code.name}${code.text === '' ? '' : ` ${code.text}`}] `
  return (tag + text).slice(0, 500)
}

/** An error of the socket or of TLS. */
export function networkFailure(error: unknown, server: string): Failure {
  if (error instanceof Failure) return error
  const code = (error as { code?: unknown }).code
  const name = typeof code === 'string' ? code : ''
  const isTls =
    /^(CERT_|ERR_TLS|ERR_SSL|EPROTO|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|CRL_)/.test(name) ||
    name === 'SELF_SIGNED_CERT_IN_CHAIN'
  return new Failure(isTls ? 'untrustedServer' : 'unavailable', { server, reason: name || String(error) }, error)
}

/** Whether the failure says that the connection is gone, not that a command was refused: what the pool repairs. */
export function isDropped(error: unknown): error is Failure {
  return error instanceof Failure && error.detail.isDropped === true
}

/** The failure of a connection, marked so that the pool knows it; the code stays. */
export function dropped(cause: Failure, isUncertain: boolean): Failure {
  return new Failure(cause.code, { ...cause.detail, isDropped: true, isUncertain }, cause)
}
