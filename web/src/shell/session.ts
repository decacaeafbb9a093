// Who is signed in, and the store that goes with it. A session that ends while the app is open leaves everything where it
// is: requests wait, the page asks for the password, and all goes on.

import type { SessionResource } from '#shared/jmap/core.ts'
import { type Credentials, csrfToken, currentUser, fetchSession, signIn, signOut } from '../jmap/auth.ts'
import { type JmapClient, openClient } from '../jmap/client.ts'
import { openPush } from '../jmap/push.ts'
import { type MailStore, openStore } from '../store/index.ts'

export type SessionState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'signedOut' }
  /** The server does not answer at all. */
  | { readonly phase: 'failed' }
  | {
      readonly phase: 'signedIn'
      readonly username: string
      readonly store: MailStore
      readonly client: JmapClient
      /** The session has ended: nothing is lost, but the password is needed. */
      readonly isLocked: boolean
    }

export interface Session {
  readonly state: () => SessionState
  readonly subscribe: (listener: () => void) => () => void
  /** Rejects with a SignInError. */
  readonly signIn: (credentials: Credentials) => Promise<void>
  /** Rejects when it could not be done. `everywhere`: on every device, and tokens as well. */
  readonly signOut: (options?: { readonly everywhere: boolean }) => Promise<void>
  readonly start: () => Promise<void>
}

const retryMs = 5_000

/** No secret: that it is worth asking for the session at once. */
const signedInKey = 'paquebot.signed-in'

const pushedTypes = [
  'Mailbox',
  'Email',
  'Thread',
  'EmailSubmission',
  'Identity',
  'VacationResponse',
  'MailAlert',
  'Snooze',
]

export function startSession(): Session {
  const listeners = new Set<() => void>()
  let state: SessionState = { phase: 'starting' }
  let unlock: (() => void) | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  function become(next: SessionState): void {
    state = next
    for (const listener of listeners) listener()
  }

  /** The token is bound to the session: another tab that signed in again has made ours useless. */
  async function renewCsrf(): Promise<boolean> {
    const before = csrfToken()
    return (await currentUser()) !== null && csrfToken() !== before
  }

  function signInAgain(): Promise<void> {
    return new Promise((resolve) => {
      unlock = resolve
      if (state.phase === 'signedIn') become({ ...state, isLocked: true })
    })
  }

  function enter(username: string, resource: SessionResource): void {
    const client = openClient(resource, { csrf: csrfToken, signInAgain, renewCsrf })
    const store = openStore(client)
    openPush({
      session: resource,
      accountId: client.accountId,
      types: pushedTypes,
      onChange: store.pushed,
      onOpen: () => void store.refresh(),
      onResume: store.resumed,
      onOffline: () => client.connection.set('offline'),
    })
    // What waits for its undo time must not be lost with the page.
    addEventListener('pagehide', () => void store.flush())
    localStorage.setItem(signedInKey, '1')
    become({ phase: 'signedIn', username, store, client, isLocked: false })
  }

  function start(): Promise<void> {
    become({ phase: 'starting' })
    return lookAgain()
  }

  async function lookAgain(): Promise<void> {
    clearTimeout(retry)
    try {
      // The two depend on the cookie alone: side by side, for one round trip less, where somebody signed in before.
      const early = localStorage.getItem(signedInKey) === null ? null : fetchSession().catch(() => null)
      const [username, resource] = await Promise.all([currentUser(), early])
      if (username === null) {
        localStorage.removeItem(signedInKey)
        become({ phase: 'signedOut' })
      } else enter(username, resource ?? (await fetchSession()))
    } catch {
      become({ phase: 'failed' })
      // By itself as well, apart from the others who lost the same server.
      retry = setTimeout(() => void lookAgain(), retryMs * (0.5 + Math.random()))
    }
  }

  void start()
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    start,
    async signIn(credentials) {
      await signIn(credentials)
      if (state.phase !== 'signedIn') {
        enter(credentials.username, await fetchSession())
        return
      }
      // Somebody else at the same screen must not get the first one's mail on it.
      if (credentials.username !== state.username) return location.reload()
      become({ ...state, isLocked: false })
      unlock?.()
    },
    async signOut(options) {
      if (state.phase === 'signedIn') await state.store.flush()
      await signOut(options?.everywhere ?? false)
      localStorage.removeItem(signedInKey)
      // A fresh page: no record of the one who left stays in memory.
      location.assign('/')
    },
  }
}
