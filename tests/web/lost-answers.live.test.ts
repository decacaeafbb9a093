// The web client over a whole node whose answers get lost, for what is not mail: signing in and out, identities, templates, labels,
// uploads. Each is done once, or twice without harm.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SessionResource } from '#shared/jmap/core.ts'
import { signIn as signInClient, type TestClient } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { csrfToken, currentUser, fetchSession, signIn, signOut } from '../../web/src/jmap/auth.ts'
import { openClient } from '../../web/src/jmap/client.ts'
import { keywordFor } from '../../web/src/mail/actions/label-keyword.ts'
import { changeSetting } from '../../web/src/settings/account-settings.ts'
import { createIdentity, createTemplate } from '../../web/src/settings/create-listed.ts'

type Loss = 'none' | 'answer' | 'request' | 'gateway'

let dovecot: DovecotServer
let node: WholeNode

before(async () => {
  dovecot = await startDovecot()
  node = await startWholeNode({ host: dovecot.host, imapPort: dovecot.imapPort, smtpPort: 9 })
})
after(async () => {
  await node?.stop()
  await dovecot?.stop()
})

const gateway = () => new Response('<html>502', { status: 502, headers: { 'content-type': 'text/html' } })

/** Loses what `losses` says of the requests that `isMeant`, one after the other. */
function losing(
  fetchOf: typeof fetch,
  losses: Loss[],
  isMeant: (path: string, init: RequestInit) => boolean,
): typeof fetch {
  return async (input, init = {}) => {
    const { pathname, search } = new URL(String(input), node.url)
    const loss = isMeant(pathname, init) ? (losses.shift() ?? 'none') : 'none'
    if (loss === 'request') throw new TypeError('the connection was refused')
    const answer = await fetchOf(pathname + search, init)
    if (loss === 'none') return answer
    await answer.arrayBuffer()
    if (loss === 'gateway') return gateway()
    throw new TypeError('the connection was reset')
  }
}

/** A browser: its Origin, and its cookie jar, which knows nothing of an answer that was lost. */
function openBrowser(losses: Loss[]) {
  let cookie = ''
  const wire = losing(
    (path, init = {}) => fetch(new URL(String(path), node.url), init),
    losses,
    () => true,
  )
  const send: typeof fetch = async (path, init = {}) => {
    const headers = { origin: node.url, cookie, ...(init.headers as Record<string, string>) }
    const reply = await wire(path, { ...init, headers })
    for (const set of reply.headers.getSetCookie()) cookie = set.split(';')[0] ?? ''
    return reply
  }
  return { fetch: send, sleep: async () => {} }
}

const bob = { username: 'bob@example.test', password: 'demo', remember: false }

async function sessionsOf(client: TestClient): Promise<number> {
  const { sessions } = (await (await client.fetch('/auth/sessions')).json()) as { sessions: unknown[] }
  return sessions.length
}

const cuts: readonly Loss[] = ['answer', 'request', 'gateway']

for (const cut of cuts) {
  test(`somebody signs in and out, though each time the ${cut} is lost`, async () => {
    const losses: Loss[] = [cut]
    const web = openBrowser(losses)
    await signIn(bob, web)
    assert.equal(losses.length, 0)
    assert.notEqual(csrfToken(), '')
    losses.push(cut)
    assert.equal(await currentUser(web), bob.username)
    losses.push(cut)
    assert.equal((await fetchSession(web)).username, bob.username)
    losses.push(cut)
    await signOut(false, web)
    assert.equal(losses.length, 0)
    assert.equal(await currentUser(web), null)
  })
}

test('lost sign-ins are no failed attempts, and their sessions end with the others', async () => {
  const web = openBrowser(Array.from({ length: 30 }, (_, at): Loss => (at % 3 === 2 ? 'none' : 'answer')))
  const client = await signInClient(node, bob.username, bob.password)
  const before = await sessionsOf(client)
  for (let times = 0; times < 10; times++) await signIn(bob, web)
  // Two lost each time; the browser's own ends with its next sign-in.
  assert.equal(await sessionsOf(client), before + 21)
  await signOut(true, openBrowserOf(client))
  assert.equal(await sessionsOf(await signInClient(node, bob.username, bob.password)), 1)
})

/** The browser that `client` is in; its answer to signing out gets lost. */
function openBrowserOf(client: TestClient) {
  const send: typeof fetch = (path, init = {}) =>
    client.fetch(String(path), {
      ...init,
      headers: { ...(init.headers as Record<string, string>), 'x-csrf-token': client.csrf },
    })
  return { fetch: losing(send, ['answer'], () => true), sleep: async () => {} }
}

async function openAlice(losses: Loss[]) {
  const alice = await signInClient(node)
  const session = (await (await alice.fetch('/jmap/session')).json()) as SessionResource
  const changesSomething = (_path: string, { body }: RequestInit) => /"[A-Z][A-Za-z]+\/set"/.test(String(body))
  const client = openClient(session, {
    fetch: losing((path, init) => alice.fetch(String(path), init), losses, changesSomething),
    csrf: () => alice.csrf,
    signInAgain: () => Promise.reject(new Error('signed out')),
    sleep: async () => {},
  })
  return { alice, client }
}

for (const cut of cuts) {
  test(`an identity, a template and a label are made once, though the ${cut} is lost`, async () => {
    const losses: Loss[] = []
    const { client } = await openAlice(losses)
    const { accountId } = client
    const identities = async () => (await client.call('Identity/get', { accountId })).list
    const templates = async () => (await client.call('Template/get', { accountId })).list

    // One of the same name that was there before is not taken for the new one.
    const identity = { name: `Alice ${cut}`, email: 'alice@example.test', textSignature: 'A.', htmlSignature: '' }
    const values = { ...identity, replyTo: null, bcc: null }
    for (const times of [1, 2]) {
      const known = await identities()
      losses.push(cut)
      await createIdentity(client, known, values)
      const made = (await identities()).filter(({ name }) => name === identity.name)
      assert.deepEqual([losses, made.length], [[], times])
    }

    const template = { name: `${cut} ${'long '.repeat(60)}`, subject: 's', textBody: 't', htmlBody: '<p>t</p>' }
    for (const times of [1, 2]) {
      const known = await templates()
      losses.push(cut)
      await createTemplate(client, known, template)
      const made = (await templates()).filter(({ name }) => name.startsWith(cut))
      assert.deepEqual([losses, made.length], [[], times])
    }

    losses.push(cut)
    const keyword = keywordFor(`Label ${cut}`)
    await changeSetting(client, 'labels', { names: { [keyword]: `Label ${cut}` } })
    const { list } = await client.call('Settings/get', { accountId, ids: ['labels'] })
    const names = list[0]?.value.names as Record<string, string>
    assert.deepEqual([losses, names[keyword]], [[], `Label ${cut}`])
  })
}
