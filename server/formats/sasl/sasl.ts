// SASL as the line protocols use it: the mechanism for a credential among those offered, and its responses in order.
// No transport, no base64 framing: the protocol does that.

import type { MailCredential } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'

export interface SaslExchange {
  readonly mechanism: string
  /** The initial response (RFC 4422 §3), then one answer to each challenge. A further challenge gets an empty answer: it carries an error. */
  readonly responses: readonly Buffer[]
  /** True when `responses[0]` is an initial response; LOGIN has none. */
  readonly hasInitialResponse: boolean
}

function assertClean(...values: readonly string[]): void {
  // RFC 4616 §2: NUL separates; CR and LF have no business in a name or a password that travels in lines.
  if (values.some((value) => /[\0\r\n]/.test(value)))
    throw new Failure('badCredentials', { reason: 'control characters' })
}

/** The strongest that fits; null when the server offers none. Offered names in any case. */
export function saslExchange(
  credential: MailCredential,
  offered: Iterable<string>,
  server: { readonly host: string; readonly port: number },
): SaslExchange | null {
  const has = new Set([...offered].map((name) => name.toUpperCase()))
  const initial = (mechanism: string, text: string): SaslExchange => ({
    mechanism,
    responses: [Buffer.from(text)],
    hasInitialResponse: true,
  })
  const { username } = credential
  if (credential.kind === 'token') {
    assertClean(username, credential.token)
    // RFC 7628 §3.1: `,` and `=` of a GS2 authzid are escaped.
    const authzid = username.replaceAll('=', '=3D').replaceAll(',', '=2C')
    const bearer = `\x01auth=Bearer ${credential.token}\x01\x01`
    const gs2 = `n,a=${authzid},\x01host=${server.host}\x01port=${server.port}`
    if (has.has('OAUTHBEARER')) return initial('OAUTHBEARER', gs2 + bearer)
    if (has.has('XOAUTH2')) return initial('XOAUTH2', `user=${username}${bearer}`)
    return null
  }
  if (credential.kind === 'master') {
    assertClean(username, credential.master, credential.password)
    // RFC 4616 §2: authorise as the user, authenticate as the master.
    return has.has('PLAIN') ? initial('PLAIN', `${username}\0${credential.master}\0${credential.password}`) : null
  }
  assertClean(username, credential.password)
  if (has.has('PLAIN')) return initial('PLAIN', `\0${username}\0${credential.password}`)
  if (has.has('LOGIN')) {
    const responses = [Buffer.from(username), Buffer.from(credential.password)]
    return { mechanism: 'LOGIN', responses, hasInitialResponse: false }
  }
  return null
}
