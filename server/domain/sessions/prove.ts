// Proves an address and a password by asking the mail server: no user need exist with us. Sign-in by form and by Basic
// authentication both end here.

import { setTimeout as sleep } from 'node:timers/promises'
import type { MailCredential } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import { type Authenticator, mailServerAuthenticator } from '#ports/authenticator.ts'
import type { Directory } from '#ports/directory.ts'
import type { MailStore } from '#ports/mail-store.ts'
import type { AccountId } from '#shared/ids.ts'
import { type AttemptDeps, limitAttempts } from './attempts.ts'

export interface ProveDeps extends AttemptDeps {
  readonly directory: Directory
  readonly mailStore: Pick<MailStore, 'verify'>
  /** What the mail server is asked with; absent: the password as typed. */
  readonly authenticator?: Authenticator
  readonly accounts: { ensure(address: string): Promise<AccountId> }
}

export interface Proved {
  readonly account: AccountId
  readonly address: string
  readonly credential: MailCredential
}

// Longer ones are nobody's; no control characters, which no mail server takes in a name and some would take for a command.
const maxUsername = 320
const maxPassword = 1024
const controls = /[\u0000-\u001f\u007f]/

/** badCredentials, rateLimited, unavailable, timeout, untrustedServer, tooManyConnections: each its own. */
export async function provePassword(
  deps: ProveDeps,
  who: { readonly username: string; readonly password: string; readonly remoteAddress: string },
  signal: AbortSignal,
): Promise<Proved> {
  const startedAt = performance.now()
  const username = who.username.trim()
  try {
    // The name as typed, normalised: two spellings of one address share a bucket; the directory decides what it means.
    return await limitAttempts(
      deps,
      { address: username.normalize('NFC').toLowerCase().slice(0, maxUsername), remoteAddress: who.remoteAddress },
      () => ask(deps, { ...who, username }, signal),
      signal,
    )
  } catch (error) {
    if (isFailure(error, 'badCredentials')) {
      // An address that no server is asked about must not be told from one with another password by the time it takes.
      const restMs = deps.config.refusalMs - (performance.now() - startedAt)
      if (restMs > 0) await sleep(restMs, undefined, { signal })
    }
    throw error
  }
}

async function ask(
  deps: ProveDeps,
  { username, password, remoteAddress }: { username: string; password: string; remoteAddress: string },
  signal: AbortSignal,
): Promise<Proved> {
  const isPlausible =
    username !== '' &&
    password !== '' &&
    username.length <= maxUsername &&
    password.length <= maxPassword &&
    !controls.test(username) &&
    !controls.test(password)
  if (!isPlausible) throw new Failure('badCredentials', { reason: 'not an address and a password' })
  const route = await deps.directory.route(username, signal).catch((error: unknown) => {
    throw isFailure(error, 'notFound', 'badInput') ? new Failure('badCredentials', {}, error) : error
  })
  const { address, login } = route
  const credential = await (deps.authenticator ?? mailServerAuthenticator).prove(
    { address, login, password, remoteAddress },
    signal,
  )
  const account = await deps.accounts.ensure(route.address)
  await deps.mailStore.verify({ account, server: route.imap, credential }, signal)
  return { account, address: route.address, credential }
}
