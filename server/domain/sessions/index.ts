// Sessions: signing in, proving who a request comes from, tokens for other programs, signing out.
//
// A session is one record in the session store, found by the hash of a secret that only the client has; the credential in it is
// sealed with that secret and the cluster's key ring. The store is asked for it, and the answer kept for less than a second
// (recent.ts), so that a sign-out holds at once on its node and within a second on every other. Basic authentication has no session:
// a proved password is remembered for `basicCacheMs` in memory, and forgotten when the mail server refuses it.
// A store that cannot be asked is `unavailable`, never «signed out».

import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { KeyRing } from '#core/seal.ts'
import { openUnderWay } from '#core/under-way.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { MailStore } from '#ports/mail-store.ts'
import type { SessionRecord, SessionStore, StoredSession } from '#ports/session-store.ts'
import type { AccountId } from '#shared/ids.ts'
import { openBasicCache } from './basic.ts'
import { type ProveDeps, type Proved, provePassword } from './prove.ts'
import { openRecentSessions } from './recent.ts'
import { csrfOf, newSecret, sealCredential, sessionIdOf, unsealCredential } from './secret.ts'
import { sweepBuckets } from './store.ts'
import type { NewSession, NewToken, SessionSummary, SignedIn, SignIn } from './types.ts'

export type { SessionTables } from './tables.ts'
export type { NewSession, NewToken, SessionConfig, SessionSummary, SignedIn, SignIn } from './types.ts'

export interface SessionsDeps extends Omit<ProveDeps, 'attempts'> {
  readonly store: SessionStore
  readonly keyRing: KeyRing
  readonly mailStore: Pick<MailStore, 'verify' | 'forget'>
  /** Told when sessions end, so that streams that are open on any node look whether theirs still stands. */
  readonly bus: ChangeBus
  readonly log: Log
}

/** On the bus: a session of the account has ended. No JMAP type; never told to clients. */
export const sessionEndedType = 'paquebot:Session'

export interface Sessions {
  /** badCredentials, rateLimited, unavailable, timeout, untrustedServer, tooManyConnections. Each sign-in is a new session. */
  signIn(attempt: SignIn, signal: AbortSignal): Promise<NewSession>
  /** The session of a cookie's value or a Bearer token; `unauthenticated`, or `unavailable` when the store cannot tell. */
  find(presented: { readonly kind: 'cookie' | 'token'; readonly secret: string }): Promise<SignedIn>
  /** Basic authentication: fails as signIn does. */
  findByPassword(who: {
    readonly username: string
    readonly password: string
    readonly remoteAddress: string
  }): Promise<SignedIn>
  /** Whether the session still stands: for streams that outlive the request they came with. `isUse` keeps it from ending idle. */
  isAlive(signedIn: SignedIn, options: { readonly isUse: boolean }): Promise<boolean>
  /** Whether a session or token of that id (SignedIn.session) still stands: for what was made with it and must end with it. */
  isStanding(session: string): Promise<boolean>
  /** The mail server no longer takes this session's credential, or its owner signs out. */
  end(signedIn: SignedIn): Promise<void>
  /** Everything of the account, tokens as well; returns how many. */
  endAll(signedIn: SignedIn): Promise<number>
  list(signedIn: SignedIn): Promise<readonly SessionSummary[]>
  /** One of the account's own by its id; `notFound`. */
  revoke(signedIn: SignedIn, id: string): Promise<void>
  /** A Bearer token, told this once. Of a cookie session alone: a token makes no tokens. */
  issueToken(
    signedIn: SignedIn,
    token: NewToken,
    remoteAddress: string,
  ): Promise<{ readonly id: string; readonly token: string }>
  /** Removes what has ended: a job's work. */
  sweep(): Promise<void>
}

/** Seen at the front of each token, so that a leaked one is recognised for what it is. */
const tokenPrefix = 'pqt_'
const touchEveryMs = 60_000
const proveTimeoutMs = 60_000
const dayMs = 86_400_000

export function openSessions(deps: SessionsDeps): Sessions {
  const { store, keyRing, clock, config, log } = deps
  const proving = { ...deps, attempts: openUnderWay() }
  const basic = openBasicCache(clock, config)
  const recent = openRecentSessions(clock)

  async function create(
    proved: Proved,
    record: Omit<SessionRecord, 'id' | 'account' | 'address' | 'sealed' | 'version'>,
  ) {
    const secret = newSecret()
    const id = sessionIdOf(secret)
    const sealed = sealCredential(keyRing, proved.credential, secret, { id, account: proved.account })
    await store.create({ ...record, id, account: proved.account, address: proved.address, sealed, version: 1 })
    return { id, secret }
  }

  /** Beside the request, which need not wait for it. */
  function touch(record: StoredSession, now: number): void {
    if (now - record.lastSeenAt < touchEveryMs) return
    store.touch(record.id, now).catch((error: unknown) => log.warn('session.touch', { session: record.id, error }))
  }

  /** The sessions are gone whether or not the others hear of it now: streams look by themselves as well. */
  async function tellEnded(account: AccountId): Promise<void> {
    try {
      await deps.bus.publish({ account, changed: { [sessionEndedType]: null } })
    } catch (error) {
      log.warn('session.tellEnded', { account, error })
    }
  }

  return {
    async signIn(attempt, signal) {
      const proved = await provePassword(proving, attempt, signal)
      const now = clock.now()
      const lifetimeMs = attempt.remember ? config.rememberLifetimeMs : config.lifetimeMs
      const { id, secret } = await create(proved, {
        kind: 'cookie',
        label: attempt.userAgent,
        remoteAddress: attempt.remoteAddress,
        createdAt: now,
        expiresAt: now + lifetimeMs,
        idleMs: attempt.remember ? config.rememberIdleMs : config.idleMs,
        scopes: null,
      })
      log.info('session.signIn', { account: proved.account, session: id })
      return {
        signedIn: { ...proved, kind: 'cookie', session: id, scopes: null, csrf: csrfOf(secret) },
        secret,
        cookieExpiresAt: attempt.remember ? now + lifetimeMs : null,
      }
    },

    async find({ kind, secret: presented }) {
      const secret = kind === 'token' ? presented.slice(tokenPrefix.length) : presented
      if (kind === 'token' && !presented.startsWith(tokenPrefix)) throw new Failure('unauthenticated')
      const id = sessionIdOf(secret)
      return recent.find(id, kind, async () => {
        const now = clock.now()
        const record = await store.get(id, now)
        // A cookie's value is no token and the other way round: each has its own checks at the edge.
        if (!record || record.kind !== kind) throw new Failure('unauthenticated', { reason: 'no such session' })
        const credential = unsealCredential(keyRing, secret, record)
        touch(record, now)
        if (keyRing.isStale(record.sealed)) {
          const sealed = sealCredential(keyRing, credential, secret, record)
          store
            .replace(id, record.version, sealed)
            .catch((error: unknown) => log.warn('session.reseal', { session: id, error }))
        }
        const { account, address, scopes } = record
        const expiresAt = Math.min(record.expiresAt, record.lastSeenAt + record.idleMs)
        const csrf = kind === 'cookie' ? csrfOf(secret) : null
        return { signedIn: { account, address, credential, kind, session: id, scopes, csrf }, expiresAt }
      })
    },

    // Not the caller's signal: others may wait for the same answer.
    findByPassword: (who) =>
      basic.find(who.username, who.password, () => provePassword(proving, who, AbortSignal.timeout(proveTimeoutMs))),

    async isAlive(signedIn, { isUse }) {
      // A proved password stands as long as the mail server takes it: whoever uses it hears otherwise.
      if (signedIn.kind === 'basic') return true
      const now = clock.now()
      const record = await store.get(signedIn.session, now)
      if (record && isUse) touch(record, now)
      return record !== null
    },

    isStanding: async (session) => (await store.get(session, clock.now())) !== null,

    async end(signedIn) {
      if (signedIn.kind === 'basic') basic.forget(signedIn.session)
      else {
        await store.destroy(signedIn.session)
        recent.forget(signedIn.session)
      }
      await tellEnded(signedIn.account)
      log.info('session.end', { account: signedIn.account, session: signedIn.session })
    },

    async endAll(signedIn) {
      basic.forgetAccount(signedIn.account)
      // The asking one last: while anything else may stand, it can ask again.
      const others = await store.destroyAll(signedIn.account, signedIn.session)
      if (signedIn.kind !== 'basic') await store.destroy(signedIn.session)
      const count = signedIn.kind === 'basic' ? others : others + 1
      recent.forgetAccount(signedIn.account)
      await deps.mailStore.forget(signedIn.account)
      await tellEnded(signedIn.account)
      log.info('session.endAll', { account: signedIn.account, count })
      return count
    },

    async list(signedIn) {
      return (await store.list(signedIn.account, clock.now())).map(summary)
    },

    async revoke(signedIn, id) {
      const own = await store.list(signedIn.account, clock.now())
      if (!own.some((record) => record.id === id)) throw new Failure('notFound', { session: id })
      await store.destroy(id)
      recent.forget(id)
      await tellEnded(signedIn.account)
      log.info('session.revoke', { account: signedIn.account, session: id })
    },

    async issueToken(signedIn, token, remoteAddress) {
      if (signedIn.kind !== 'cookie') throw new Failure('forbidden', { kind: signedIn.kind })
      const { expiresInDays, name, scopes } = token
      if (!(expiresInDays >= 1 && expiresInDays <= config.maxTokenDays)) {
        throw new Failure('badInput', { description: `expiresInDays must be from 1 to ${config.maxTokenDays}` })
      }
      const now = clock.now()
      const lifetimeMs = Math.floor(expiresInDays) * dayMs
      const { id, secret } = await create(signedIn, {
        kind: 'token',
        label: name,
        remoteAddress,
        createdAt: now,
        expiresAt: now + lifetimeMs,
        idleMs: lifetimeMs,
        scopes,
      })
      log.info('session.issueToken', { account: signedIn.account, session: id })
      return { id, token: tokenPrefix + secret }
    },

    async sweep() {
      const now = clock.now()
      await store.sweep(now)
      await sweepBuckets(deps.sql, now)
    },
  }
}

function summary(record: StoredSession): SessionSummary {
  const { id, kind, label, remoteAddress, createdAt, lastSeenAt, expiresAt, scopes } = record
  return { id, kind, label, remoteAddress, createdAt, lastSeenAt, expiresAt, scopes }
}
