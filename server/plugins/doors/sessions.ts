// The hooks around signing in and out, and which servers an address belongs to.

import { Failure, toFailure } from '#core/errors.ts'
import type { Sessions, SignedIn } from '#domain/sessions/index.ts'
import type { Directory } from '#ports/directory.ts'
import type { Hooks } from '#ports/hooks.ts'
import { withHooks } from './listening.ts'

/** Somebody who is signed in, as hooks know a person; what runs for him has no mailbox open. */
function personOf({ account, address, credential, session }: SignedIn) {
  return {
    account,
    address,
    credential,
    session,
    position: null,
    signal: new AbortController().signal,
    requestId: `session-${session.slice(0, 12)}`,
  }
}

export function sessionsWithHooks(sessions: Sessions, hooks: Hooks): Sessions {
  return withHooks(hooks, sessions, [
    {
      on: ['session.signIn', 'session.signedIn', 'session.signInFailed'],
      put: {
        async signIn(attempt, signal) {
          const { remoteAddress, userAgent } = attempt
          const { username, remember } = await hooks.ask(
            'session.signIn',
            { username: attempt.username, remember: attempt.remember, remoteAddress, userAgent },
            null,
          )
          try {
            const made = await sessions.signIn({ ...attempt, username, remember }, signal)
            hooks.tell('session.signedIn', { remoteAddress, userAgent }, personOf(made.signedIn))
            return made
          } catch (error) {
            hooks.tell('session.signInFailed', { username, remoteAddress, reason: toFailure(error).code }, null)
            throw error
          }
        },
        // A program that signs in with each request: the same refusals hold for it.
        async findByPassword(who) {
          const { remoteAddress } = who
          const asked = { username: who.username, remember: false, remoteAddress, userAgent: '' }
          const { username } = await hooks.ask('session.signIn', asked, null)
          return sessions.findByPassword({ ...who, username })
        },
      },
    },
    {
      on: ['session.ended'],
      put: {
        async end(signedIn) {
          await sessions.end(signedIn)
          hooks.tell('session.ended', { everywhere: false }, personOf(signedIn))
        },
        async endAll(signedIn) {
          const count = await sessions.endAll(signedIn)
          hooks.tell('session.ended', { everywhere: true }, personOf(signedIn))
          return count
        },
      },
    },
  ])
}

export function directoryWithHooks(directory: Directory, hooks: Hooks): Directory {
  return withHooks(hooks, directory, [
    {
      on: ['mailServer.route'],
      put: {
        async route(typed, signal) {
          const route = await directory.route(typed, signal)
          if (signal.aborted) throw new Failure('canceled')
          // Whose account it is stays the directory's to say.
          const { login, imap, smtp, sieve } = await hooks.ask('mailServer.route', route, null)
          return { ...route, login, imap, smtp, sieve }
        },
      },
    },
  ])
}
