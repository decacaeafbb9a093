// What every Authenticator owes, as a suite that each one's test calls with somebody whom it takes and ways to be refused.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import type { Authenticator, SignInAttempt } from './authenticator.ts'

export interface AuthenticatorUnderTest {
  readonly authenticator: Authenticator
  /** Whom it takes. */
  readonly right: SignInAttempt
  /** Each is refused: a wrong password, a name that it does not know. Empty where the mail server alone decides. */
  readonly wrong: readonly SignInAttempt[]
  /** Makes what it asks unreachable, and reachable again; absent where it asks nobody. */
  readonly breakIt?: () => Promise<void>
  readonly mendIt?: () => Promise<void>
  close(): Promise<void>
}

const signal = AbortSignal.timeout(600_000)

export function authenticatorContract(name: string, open: () => Promise<AuthenticatorUnderTest>): void {
  const withAuthenticator = (what: string, work: (under: AuthenticatorUnderTest) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const under = await open()
      try {
        await work(under)
      } finally {
        await under.close()
      }
    })

  withAuthenticator('who is right gets what the mail server can be asked with', async ({ authenticator, right }) => {
    const credential = await authenticator.prove(right, signal)
    assert.ok(credential.username !== '' && !/[\x00-\x1f\x7f]/.test(credential.username))
    const secret = credential.kind === 'token' ? credential.token : credential.password
    assert.ok(typeof secret === 'string' && secret !== '')
    if (credential.kind === 'master') assert.notEqual(credential.master, '')
    assert.ok(['password', 'token', 'master'].includes(credential.kind))
  })

  withAuthenticator('it opens that person’s mailbox and no other', async ({ authenticator, right }) => {
    const { username } = await authenticator.prove(right, signal)
    assert.ok([right.login, right.address].includes(username), username)
  })

  withAuthenticator('who is wrong has bad credentials, whatever is wrong', async ({ authenticator, wrong }) => {
    for (const attempt of wrong)
      await assert.rejects(authenticator.prove(attempt, signal), (error) => isFailure(error, 'badCredentials'))
  })

  withAuthenticator('twenty at once do not mix', async ({ authenticator, right, wrong }) => {
    const attempts = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? right : (wrong[0] ?? right)))
    const fates = await Promise.allSettled(attempts.map((attempt) => authenticator.prove(attempt, signal)))
    for (const [at, fate] of fates.entries())
      assert.equal(fate.status, attempts[at] === right ? 'fulfilled' : 'rejected', String(at))
  })

  withAuthenticator('what cannot be told is unavailable, never «wrong password»', async (under) => {
    const { authenticator, right, breakIt, mendIt } = under
    if (!breakIt || !mendIt) return
    await breakIt()
    await assert.rejects(authenticator.prove(right, signal), (error) => isFailure(error, 'unavailable', 'timeout'))
    await mendIt()
    await authenticator.prove(right, signal)
  })
}
