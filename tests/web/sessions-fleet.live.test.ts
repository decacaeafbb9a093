// Two whole nodes that share their sessions in Redis and hear one another over it: who signs out on one is out on the other, and a
// store that is away costs nobody his session, in programs and in the browser alike.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { loadKeyRing } from '#boot/key-ring.ts'
import { runKeys } from '#cli/keys.ts'
import { loadConfig } from '#config/load.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { type RedisServer, startRedis } from '#testing/servers/redis.ts'
import { startWholeNode, type WholeNode, type WholeNodeOptions } from '#testing/whole-node.ts'
import { person } from '../hostile/real-webmail.ts'
import { letter, openBrowser, openScreen, signIn as signInPage } from './screens.ts'

let dovecot: DovecotServer
let redis: RedisServer
let one: WholeNode
let two: WholeNode
let browser: Browser
let options: WholeNodeOptions
let dataFolder: string

before(async () => {
  dovecot = await startDovecot({ users: { [person.address]: person.password } })
  const mailbox = { port: dovecot.imapPort, username: person.address, password: person.password }
  await fillMailbox(
    mailbox,
    [{ folder: 'INBOX', flags: [], date: new Date(), raw: letter({ subject: 'Harbour' }) }],
    () => {},
  )
  redis = await startRedis()
  options = {
    host: '127.0.0.1',
    imapPort: dovecot.imapPort,
    smtpPort: 1,
    config: {
      session: { store: 'redis' },
      bus: { driver: 'redis' },
      redis: { servers: `127.0.0.1:${redis.port}` },
    },
  }
  dataFolder = await mkdtemp(join(tmpdir(), 'paquebot-fleet-'))
  one = await startWholeNode({ ...options, dataFolder })
  two = await startWholeNode({ ...options, dataFolder })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await two?.stop()
  await one?.stop()
  await redis?.stop()
  await dovecot?.stop()
  if (dataFolder) await rm(dataFolder, { recursive: true, force: true })
})

/** The same browser, as it speaks to the other node. */
const at = (node: WholeNode, client: TestClient, path: string, init: RequestInit = {}) =>
  fetch(new URL(path, node.url), {
    ...init,
    headers: {
      cookie: client.cookie,
      origin: node.url,
      'x-csrf-token': client.csrf,
      ...(init.headers as Record<string, string>),
    },
  })
const signInAt = (node: WholeNode) => signIn(node, person.address, person.password)

/** What node one says of the session store; whether that makes it unready is for http/health-monitor.ts to judge. */
async function checkOfSessions(): Promise<unknown> {
  const { checks } = (await (await fetch(`${one.url}/readyz`)).json()) as { checks: Record<string, unknown> }
  return checks.sessions
}

/** A node remembers whom it let in for less than a second: what is sent later is refused, however long that takes. */
async function assertOut(node: WholeNode, ...clients: readonly TestClient[]): Promise<void> {
  await sleep(1000)
  for (const client of clients) assert.equal((await at(node, client, '/auth/session')).status, 401)
}

/** An open event stream at a node; `ended` is when it closed. */
async function openStream(node: WholeNode, client: TestClient) {
  const response = await at(node, client, '/jmap/events?types=*&closeafter=no&ping=30')
  assert.equal(response.status, 200)
  let endedAt: number | null = null
  void (async () => {
    try {
      for await (const _ of response.body ?? []) {
        // Only its end is of interest.
      }
    } catch {
      // Cut is ended.
    }
    endedAt = performance.now()
  })()
  return { endedAt: () => endedAt }
}

test('who signs out on one node is out on the other within a second, and his streams there end at once', async (t) => {
  const client = await signInAt(one)
  assert.equal((await at(two, client, '/auth/session')).status, 200)
  const stream = await openStream(two, client)
  const startedAt = performance.now()
  assert.equal((await at(one, client, '/auth/sign-out', { method: 'POST' })).status, 204)
  await assertOut(two, client)
  // Without the bus it would look by itself, but only after half a minute.
  const endedAt = await eventually(stream.endedAt, (when) => when !== null, 'the stream goes on')
  t.diagnostic(
    `stream on the other node ended ${Math.round((endedAt ?? 0) - startedAt)} ms after the sign-out was sent`,
  )
})

test('the list says which devices are signed in, from where and since when; one is ended, then all', async () => {
  const [laptop, phone] = [await signInAt(one), await signInAt(two)]
  const list = async (node: WholeNode, client: TestClient) => {
    const response = await at(node, client, '/auth/sessions')
    return ((await response.json()) as { sessions: Record<string, unknown>[] }).sessions
  }
  const seen = await list(two, laptop)
  assert.equal(seen.length, 2)
  for (const session of seen) {
    assert.equal(session.remoteAddress, '127.0.0.1')
    assert.ok(Math.abs(Date.now() - Number(session.createdAt)) < 60_000)
    assert.ok(Number(session.lastSeenAt) >= Number(session.createdAt))
  }
  const other = seen.find(({ isCurrent }) => !isCurrent)
  assert.equal((await at(two, laptop, `/auth/sessions/${other?.id}`, { method: 'DELETE' })).status, 204)
  await assertOut(one, phone)
  assert.equal((await at(one, laptop, '/auth/session')).status, 200)
  const again = await signInAt(one)
  const everywhere = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"everywhere":true}' }
  assert.equal((await at(two, laptop, '/auth/sign-out', everywhere)).status, 204)
  await assertOut(one, laptop, again)
  await assertOut(two, laptop, again)
})

test('the keys are rotated node by node, and nobody has to sign in again, nor when the old key is gone', async () => {
  const client = await signInAt(one)
  const config = loadConfig({
    file: null,
    environment: {},
    options: { data: { dir: dataFolder }, session: { store: 'redis' } },
  })
  const keys = async (...words: string[]) => {
    const said: string[] = []
    assert.equal(
      await runKeys(
        words,
        () => config,
        Date.now(),
        (line) => said.push(line),
      ),
      0,
      said.join('\n'),
    )
  }
  const ids = async () =>
    (await loadKeyRing(join(dataFolder, 'keys'), { create: false, now: 0 })).fingerprints.map(({ id }) => id)
  /** One after the other; after each restart both nodes serve him. */
  const restartAll = async () => {
    await one.stop()
    one = await startWholeNode({ ...options, dataFolder })
    for (const node of [one, two]) assert.equal((await at(node, client, '/jmap/session')).status, 200)
    await two.stop()
    two = await startWholeNode({ ...options, dataFolder })
    for (const node of [one, two]) assert.equal((await at(node, client, '/jmap/session')).status, 200)
  }
  const [old] = (await ids()) as [string]
  await keys('add')
  await restartAll()
  await keys('use', (await ids())[1] as string)
  await restartAll()
  // Sealed anew beside the requests that used it.
  const sealed = async () => (await redis.cli('keys', 'paquebot:session:*')).trim().split('\n')
  await eventually(
    async () => Promise.all((await sealed()).map((name) => redis.cli('hget', name, 'sealed'))),
    (all) => all.some((text) => !text.startsWith(`${old}.`) && text.trim() !== ''),
    'nothing was sealed anew',
  )
  await keys('retire', old)
  await restartAll()
})

test('while the store is away everything that needs it is 503 with Retry-After, no cookie is touched, and all goes on afterwards', async () => {
  const client = await signInAt(one)
  redis.kill('SIGKILL')
  // What each node remembers for less than a second.
  await sleep(1000)
  try {
    const asked = [
      await at(one, client, '/auth/session'),
      await at(two, client, '/jmap/session'),
      await at(one, client, '/auth/sessions'),
      await at(two, client, '/jmap/api', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
      await at(one, client, '/auth/sign-out', { method: 'POST' }),
      await at(two, client, '/auth/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: person.address, password: person.password, remember: true }),
      }),
    ]
    for (const response of asked) {
      assert.equal(response.status, 503, response.url)
      assert.ok(Number(response.headers.get('retry-after')) > 0, response.url)
      assert.deepEqual(response.headers.getSetCookie(), [], response.url)
      assert.equal(response.headers.get('clear-site-data'), null, response.url)
    }
    await eventually(checkOfSessions, (status) => status !== 'ok', 'nobody says what is wrong')
    assert.equal((await fetch(`${one.url}/livez`)).status, 200)
  } finally {
    await redis.restart()
  }
  for (const node of [one, two]) {
    await eventually(
      async () => (await at(node, client, '/auth/session')).status,
      (status) => status === 200,
      'signed out',
    )
  }
  assert.equal((await at(two, client, '/auth/sign-out', { method: 'POST' })).status, 204)
})

test('the page says calmly that the server cannot be reached, asks for no password, and goes on by itself', async () => {
  const screen = await openScreen(browser, undefined, /status of 503/)
  const { page } = screen
  await signInPage(page, one.url)
  redis.kill('SIGKILL')
  try {
    await sleep(1000)
    // Reloaded while the store is away: no sign-in page, for nobody is known to be signed out.
    await page.reload()
    await page.getByText('The server does not answer').waitFor({ timeout: 20_000 })
    assert.equal(await page.getByLabel('Password', { exact: true }).count(), 0)
  } finally {
    await redis.restart()
  }
  await page.getByRole('grid').waitFor({ timeout: 30_000 })
  await screen.close()
})

test('a sign-out that could not be done is told, and done when it is asked again', async () => {
  const screen = await openScreen(browser, undefined, /status of 503/)
  const { page } = screen
  await signInPage(page, one.url)
  const signOut = async () => {
    await page.getByRole('button', { name: /^Account/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
  }
  redis.kill('SIGKILL')
  try {
    await sleep(1000)
    await signOut()
    await page.getByText('You are still signed in').first().waitFor({ timeout: 20_000 })
    assert.equal(await page.getByLabel('Password', { exact: true }).count(), 0)
  } finally {
    await redis.restart()
  }
  await eventually(checkOfSessions, (status) => status === 'ok', 'not well again')
  await signOut()
  await page.getByLabel('Password', { exact: true }).waitFor({ timeout: 20_000 })
  await screen.close()
})

test('the settings show where somebody is signed in, and end it everywhere', async () => {
  const screen = await openScreen(browser)
  const { page } = screen
  const elsewhere = await signInAt(two)
  await signInPage(page, one.url)
  await page.goto(`${one.url}/settings/devices`)
  await page.getByText('This browser').waitFor()
  await page
    .getByText(/Signed in .* from 127\.0\.0\.1, last used/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByLabel('Password', { exact: true }).waitFor({ timeout: 20_000 })
  await assertOut(two, elsewhere)
  await screen.close()
})
