// The web client over a real node whose answers get lost: the request is done, and the connection dies before the client hears of
// it, or it dies before the node hears of it. Nothing is doubled, nothing is missing.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SessionResource } from '#shared/jmap/core.ts'
import { signIn, startTestNode, type TestClient, type TestNode } from '#testing/node.ts'
import { emptyDraft } from '../../web/src/compose/draft.ts'
import { openDraftKeeper } from '../../web/src/compose/draft-keeper.ts'
import { openClient } from '../../web/src/jmap/client.ts'
import { openStore } from '../../web/src/store/index.ts'

type Loss = 'none' | 'answer' | 'request' | 'gateway'

let node: TestNode
let alice: TestClient
let session: SessionResource
/** What happens to the next requests that change something. */
let loss: Loss[] = []
let lost = 0

before(async () => {
  node = await startTestNode()
  alice = await signIn(node)
  session = (await (await alice.fetch('/jmap/session')).json()) as SessionResource
})
after(() => node.stop())

const cutting: typeof fetch = async (input, init) => {
  const { pathname } = new URL(String(input), node.url)
  const now = /"[A-Z][A-Za-z]+\/set"/.test(String(init?.body)) ? (loss.shift() ?? 'none') : 'none'
  if (now === 'none') return await alice.fetch(pathname, init)
  lost++
  if (now === 'request') throw new TypeError('the connection was refused')
  const answer = await alice.fetch(pathname, init)
  await answer.text()
  if (now === 'gateway')
    return new Response('<html>502 Bad Gateway', { status: 502, headers: { 'content-type': 'text/html' } })
  throw new TypeError('the connection was reset')
}

const client = () =>
  openClient(session, {
    fetch: cutting,
    csrf: () => alice.csrf,
    signInAgain: () => Promise.reject(new Error('signed out')),
    sleep: async () => {},
  })

async function emails(filter: Record<string, unknown>): Promise<string[]> {
  const [, { ids }] = await alice.call('Email/query', { accountId: alice.accountId, filter })
  return ids as string[]
}

async function draftsId(): Promise<string> {
  const [, { list }] = await alice.call('Mailbox/get', { accountId: alice.accountId })
  return (list as { id: string; role: string | null }[]).find(({ role }) => role === 'drafts')?.id ?? ''
}

const cuts: readonly Loss[] = ['answer', 'request', 'gateway']

for (const cut of cuts) {
  test(`a draft is saved once, though the ${cut} is lost, and the next saving takes its place`, async () => {
    const drafts = await draftsId()
    const before = await emails({ inMailbox: drafts })
    const draft = {
      ...emptyDraft(`${cut}@example.test`),
      subject: `first ${cut}`,
      format: 'plain' as const,
      text: 'text',
    }
    const keeper = openDraftKeeper(
      {
        client: client(),
        draftsId: () => drafts,
        identityOf: () => null,
        local: { keep: async () => {}, forget: async () => {} },
        now: () => 0,
        setTimer: () => () => {},
      },
      draft,
      null,
    )
    loss = [cut]
    lost = 0
    const first = await keeper.save()
    assert.equal(lost, 1)
    assert.deepEqual(new Set(await emails({ inMailbox: drafts })), new Set([...before, first]))
    keeper.change({ ...draft, subject: `second ${cut}` })
    // The new one is made, the old one destroyed.
    loss = [cut, cut]
    const second = await keeper.save()
    assert.deepEqual([lost, keeper.state().kind], [3, 'saved'])
    assert.deepEqual(new Set(await emails({ inMailbox: drafts })), new Set([...before, second]))
  })

  test(`a folder is made once, and goes, though the ${cut} is lost`, async () => {
    const store = openStore(client())
    await store.refresh()
    const name = `Folder ${cut}`
    loss = [cut]
    lost = 0
    const id = await store.actions.createMailbox(name, null)
    assert.equal(lost, 1)
    const named = () => store.mailboxes().filter((folder) => folder.name === name)
    assert.deepEqual(
      named().map((folder) => folder.id),
      [id],
    )
    loss = [cut]
    await store.actions.deleteMailbox(id)
    await store.flush()
    await store.refresh()
    const [, { list }] = await alice.call('Mailbox/get', { accountId: alice.accountId, ids: [id] })
    assert.deepEqual([lost, list], [2, []])
  })

  test(`a flag is set and a message destroyed, though the ${cut} is lost`, async () => {
    const drafts = await draftsId()
    const made = await alice.call('Email/set', {
      accountId: alice.accountId,
      create: {
        a: {
          mailboxIds: { [drafts]: true },
          subject: `flag ${cut}`,
          bodyStructure: { type: 'text/plain', partId: 't' },
          bodyValues: { t: { value: 'x' } },
        },
      },
    })
    const { id } = (made[1].created as { a: { id: string } }).a
    const jmap = client()
    loss = [cut]
    lost = 0
    const update = { [id]: { 'keywords/$flagged': true } }
    const answer = await jmap.call('Email/set', { accountId: alice.accountId, update })
    assert.equal(answer.notUpdated ?? null, null)
    assert.deepEqual(await emails({ hasKeyword: '$flagged', inMailbox: drafts }), [id])
    loss = [cut]
    const gone = await jmap.call('Email/set', { accountId: alice.accountId, destroy: [id] })
    // Said a second time, it is gone already: the store takes that for what was wanted.
    const fate = gone.notDestroyed?.[id]?.type ?? 'destroyed'
    assert.ok(fate === 'destroyed' || fate === 'notFound', fate)
    assert.deepEqual([lost, await emails({ hasKeyword: '$flagged', inMailbox: drafts })], [2, []])
  })
}
