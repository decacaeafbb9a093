// Who may sign in, beyond what the mail server says by itself: a second factor, a company's directory, a master user. The mail
// server is asked with what comes back, and has the last word.

import type { MailCredential } from '#core/caller.ts'

export interface SignInAttempt {
  /** As the directory normalised it. */
  readonly address: string
  /** What the mail server knows this person by. */
  readonly login: string
  readonly password: string
  readonly remoteAddress: string
}

export interface Authenticator {
  /** `badCredentials` for whoever is not (an unknown name is told no other way), `unavailable` when that cannot be told. */
  prove(attempt: SignInAttempt, signal: AbortSignal): Promise<MailCredential>
}

/** What is configured without a plugin: the mail server alone decides. */
export const mailServerAuthenticator: Authenticator = {
  prove: async ({ login, password }) => ({ kind: 'password', username: login, password }),
}
