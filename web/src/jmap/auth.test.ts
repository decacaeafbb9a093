import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csrfToken, currentUser, fetchSession, SignInError, signIn, signOut } from './auth.ts'

type Step = Response | 'lost' | 'cut'
const problem = (status: number, type: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })

/** A server that answers so, one after the other; what is asked beyond that fails the test. */
function webOver(...steps: Step[]) {
  const asked: string[] = []
  const waits: number[] = []
  const web = {
    fetch: async (input: unknown) => {
      asked.push(String(input))
      const step = steps.shift()
      assert.ok(step, `asked once too often: ${input}`)
      if (step === 'lost') throw new TypeError('the connection was reset')
      if (step !== 'cut') return step
      const body = new ReadableStream({ start: (controller) => controller.error(new TypeError('cut')) })
      return new Response(body, { status: 200 })
    },
    sleep: async (ms: number) => void waits.push(ms),
  }
  return { web: web as unknown as Parameters<typeof fetchSession>[0], asked, waits, left: () => steps.length }
}

const ada = { username: 'ada@example.test', password: 'x', remember: false }

test('the session object is asked for again when no answer came, or half of one', async () => {
  const { web, left } = webOver(
    'lost',
    'cut',
    new Response('<html>', { status: 502 }),
    Response.json({ username: 'a' }),
  )
  assert.equal((await fetchSession(web)).username, 'a')
  assert.equal(left(), 0)
})

test('who asks in vain is told in the end', async () => {
  const lost = webOver('lost', 'lost', 'lost', 'lost')
  await assert.rejects(fetchSession(lost.web), { problem: 'network' })
  const bad = () => new Response('', { status: 502 })
  const gateway = webOver(bad(), bad(), bad(), bad())
  await assert.rejects(currentUser(gateway.web), { problem: 'unavailable' })
})

test('an answer is an answer: no session, a wrong password and too many attempts are told at once', async () => {
  await assert.rejects(fetchSession(webOver(problem(401, 'unauthenticated')).web), { problem: 'badCredentials' })
  await assert.rejects(signIn(ada, webOver(problem(401, 'badCredentials')).web), { problem: 'badCredentials' })
  await assert.rejects(signIn(ada, webOver(problem(429, 'rateLimited')).web), { problem: 'rateLimited' })
})

test('a sign-in whose answer was lost is sent again, and what a server says that is busy is heeded', async () => {
  const { web, waits } = webOver(
    'lost',
    problem(503, 'overloaded', { 'retry-after': '2' }),
    Response.json({ csrf: 'c' }),
  )
  await signIn(ada, web)
  assert.equal(csrfToken(), 'c')
  assert.deepEqual(
    waits.map((ms) => ms >= 2000),
    [false, true],
  )
})

test('nobody waits for long at a mail server that is away', async () => {
  const down = () => problem(503, 'unavailable', { 'retry-after': '5' })
  const { web, asked } = webOver(down(), down())
  await assert.rejects(
    signIn(ada, web),
    (error: unknown) => error instanceof SignInError && error.problem === 'unavailable',
  )
  assert.equal(asked.length, 2)
})

test('signing out is asked for again, until there is nobody to sign out', async () => {
  const { web, left } = webOver('lost', problem(503, 'unavailable'), problem(401, 'unauthenticated'))
  await signOut(true, web)
  assert.deepEqual([left(), csrfToken()], [0, ''])
  await assert.rejects(signOut(false, webOver('lost', 'lost', 'lost', 'lost').web), { problem: 'network' })
})
