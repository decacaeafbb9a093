// Signing in: which mechanism for which credential, and what each says (RFC 4616, 7628, 9051 §6.2; XOAUTH2 of Google).
// Secrets go to the socket and nowhere else: no log line, no failure detail.

import type { MailCredential } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { Part } from '#formats/imap/serialize.ts'
import { signInRefusal } from './failures.ts'
import type { Command, CommandRun } from './types.ts'

export interface SignInChoice {
  readonly offered: ReadonlySet<string>
  readonly credential: MailCredential
  readonly masterSeparator: string | null
  readonly host: string
  readonly port: number
}

/** The command that signs in. Throws `unsupported` when the server offers no way that the credential allows. */
export function signInCommand({ offered, credential, masterSeparator, host, port }: SignInChoice): Command<void> {
  const has = (mechanism: string) => offered.has(`AUTH=${mechanism}`)
  const mayLogin = !offered.has('LOGINDISABLED') // RFC 9051 §6.2.3
  const isDirect = offered.has('SASL-IR') // RFC 4959
  if (credential.kind === 'token') {
    const { username, token } = credential
    if (has('OAUTHBEARER'))
      return authenticate('OAUTHBEARER', [oauthBearer(username, token, host, port)], isDirect, '\x01')
    if (has('XOAUTH2'))
      return authenticate('XOAUTH2', [`user=${clean(username)}\x01auth=Bearer ${clean(token)}\x01\x01`], isDirect, '')
    throw unsupported(offered)
  }
  if (credential.kind === 'master') {
    const { username, master, password } = credential
    if (masterSeparator !== null)
      return passwordCommand(`${username}${masterSeparator}${master}`, password, has, mayLogin, isDirect, offered)
    // RFC 4616 §2: who is meant, then who signs in.
    if (has('PLAIN')) return authenticate('PLAIN', [plain(username, master, password)], isDirect)
    throw unsupported(offered)
  }
  return passwordCommand(credential.username, credential.password, has, mayLogin, isDirect, offered)
}

function passwordCommand(
  username: string,
  password: string,
  has: (mechanism: string) => boolean,
  mayLogin: boolean,
  isDirect: boolean,
  offered: ReadonlySet<string>,
): Command<void> {
  if (has('PLAIN')) return authenticate('PLAIN', [plain('', username, password)], isDirect)
  if (mayLogin) {
    const parts: Part[] = ['LOGIN', { string: clean(username) }, { string: clean(password) }]
    return { name: 'LOGIN', parts, effect: 'session', start: () => ({ done() {}, refused: signInRefusal }) }
  }
  if (has('LOGIN')) return authenticate('LOGIN', [clean(username), clean(password)], false)
  throw unsupported(offered)
}

function plain(authorize: string, username: string, password: string): string {
  return `${clean(authorize)}\0${clean(username)}\0${clean(password)}`
}

/** RFC 7628 §3.1. */
function oauthBearer(username: string, token: string, host: string, port: number): string {
  const authorize = clean(username).replaceAll('=', '=3D').replaceAll(',', '=2C') // RFC 5801 §4: saslname
  return `n,a=${authorize},\x01host=${host}\x01port=${port}\x01auth=Bearer ${clean(token)}\x01\x01`
}

/** NUL and the like are how one mechanism's fields are told apart: no user has them in a name or password. */
function clean(text: string): string {
  if (/[\0\x01\r\n]/.test(text) || !text.isWellFormed())
    throw new Failure('badCredentials', { command: 'sign-in', reason: 'control characters' })
  return text
}

function unsupported(offered: ReadonlySet<string>): Failure {
  const mechanisms = [...offered].filter((name) => name.startsWith('AUTH=') || name === 'LOGINDISABLED')
  return new Failure('unsupported', { command: 'sign-in', reason: 'no common mechanism', offered: mechanisms })
}

/**
 * AUTHENTICATE: an answer for each of the server's challenges. `onError` answers the challenge that some mechanisms use to tell
 * why they refuse (RFC 7628 §3.2.3), after which comes the NO.
 */
function authenticate(mechanism: string, answers: readonly string[], isDirect: boolean, onError = ''): Command<void> {
  const parts: Part[] = ['AUTHENTICATE', mechanism]
  const rest = answers.map((answer) => Buffer.from(answer, 'utf8').toString('base64'))
  if (isDirect) parts.push({ atom: rest.shift() || '=' })
  return {
    name: 'AUTHENTICATE',
    parts,
    effect: 'session',
    start: (): CommandRun<void> => {
      const left = [...rest]
      return {
        continuation: () => Buffer.from(`${left.shift() ?? Buffer.from(onError).toString('base64')}\r\n`),
        done() {},
        refused: signInRefusal,
      }
    },
  }
}
