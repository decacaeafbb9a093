// The web client over a whole node whose Dovecot hangs, or is killed: the node answers that it is not there, and people notice nothing
// but that it takes a while. Nothing is doubled, nothing is missing.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JmapResponse, SessionResource, SetError } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { emptyDraft } from '../../web/src/compose/draft.ts'
import { openDraftKeeper } from '../../web/src/compose/draft-keeper.ts'
import { openClient } from '../../web/src/jmap/client.ts'
import { openStore } from '../../web/src/store/index.ts'

let dovecot: DovecotServer
let node: WholeNode
let alice: TestClient
let session: SessionResource
/** Methods that were told to be unavailable, as a whole or for an item. */
const unavailable = new Set<string>()

before(async () => {
  dovecot = await startDovecot()
  const config = { imap: { connectTimeout: 1000, commandTimeout: 1500, freshFor: 0 } }
  node = await startWholeNode({ host: dovecot.host, imapPort: dovecot.imapPort, smtpPort: 9, config })
  alice = await signIn(node)
  session = (await (await alice.fetch('/jmap/session')).json()) as SessionResource
})
after(async () => {
  await node?.stop()
  await dovecot?.stop()
})

const noting: typeof fetch = async (input, init) => {
  const reply = await alice.fetch(new URL(String(input), node.url).pathname, init)
  const { methodCalls } = JSON.parse(String(init?.body)) as { methodCalls: [string, unknown, string][] }
  const { methodResponses = [] } = (await reply.clone().json()) as Partial<JmapResponse>
  for (const [, answer, callId] of methodResponses) {
    const items = ['notCreated', 'notUpdated', 'notDestroyed'].flatMap((key) => Object.values(answer[key] ?? {}))
    const told = [answer.type, ...(items as SetError[]).map(({ type }) => type)]
    const name = methodCalls.find(([, , id]) => id === callId)?.[0]
    if (name && told.includes('serverUnavailable')) unavailable.add(name)
  }
  return reply
}

const openWebClient = () =>
  openClient(session, {
    fetch: noting,
    csrf: () => alice.csrf,
    signInAgain: () => Promise.reject(new Error('signed out')),
    // Time stands still: on a loaded machine nobody gives up before the server is back.
    now: () => 0,
  })

async function create(mailboxId: string, subject: string): Promise<string> {
  const email = {
    mailboxIds: { [mailboxId]: true },
    subject,
    bodyStructure: { type: 'text/plain', partId: 't' },
    bodyValues: { t: { value: 'x' } },
  }
  const [, { created }] = await alice.call('Email/set', { accountId: alice.accountId, create: { a: email } })
  return (created as { a: { id: string } }).a.id
}

interface Away {
  readonly what: string
  readonly go: () => void
  readonly comeBack: () => Promise<void>
  /** Methods that are told to be unavailable before it comes back. */
  readonly methods: readonly string[]
}

const ways: readonly Away[] = [
  {
    what: 'hangs and wakes',
    go: () => dovecot.kill('SIGSTOP'),
    comeBack: async () => dovecot.kill('SIGCONT'),
    // The node waits longer for those that need another connection.
    methods: ['Email/query'],
  },
  {
    what: 'is killed and started again',
    go: () => dovecot.kill('SIGKILL'),
    comeBack: () => dovecot.restart(),
    methods: ['Email/query', 'Email/set', 'Mailbox/set'],
  },
]

for (const { what, go, comeBack, methods } of ways) {
  test(`a mail server ${what}: no action fails, and none is done twice`, async () => {
    unavailable.clear()
    // Several tabs, so that no request waits for another.
    const client = openWebClient()
    const { accountId } = client
    const store = openStore(openWebClient())
    await store.refresh()
    const roles = new Map(store.mailboxes().map(({ id, role }) => [role, id]))
    const [inbox, drafts] = [roles.get('inbox') ?? '', roles.get('drafts') ?? '']
    const [flagged, doomed] = [await create(inbox, `flagged ${what}`), await create(inbox, `doomed ${what}`)]
    const keeper = openDraftKeeper(
      {
        client: openWebClient(),
        draftsId: () => drafts,
        identityOf: () => null,
        local: { keep: async () => {}, forget: async () => {} },
        now: () => 0,
        setTimer: () => () => {},
      },
      { ...emptyDraft(`${what.replaceAll(' ', '-')}@example.test`), subject: what, format: 'plain', text: 'text' },
      null,
    )
    const read = () =>
      client.batch((batch) => {
        const query = batch.call('Email/query', { accountId, filter: { inMailbox: inbox } })
        return batch.call('Email/get', { accountId, '#ids': query.ref('/ids'), properties: ['subject'] })
      })
    go()
    let isBack = false
    const work = Promise.all([
      read(),
      keeper.save(),
      store.actions.createMailbox(`Folder ${what}`, null),
      openWebClient().call('Email/set', {
        accountId,
        update: { [flagged]: { 'keywords/$flagged': true } },
        destroy: [doomed],
      }),
    ])
    try {
      const failed = work.then(() => assert.ok(isBack, 'done without a mail server'))
      const met = eventually(
        () => methods.filter((name) => !unavailable.has(name)),
        (missing) => missing.length === 0,
        'methods that were not unavailable',
        40_000,
      )
      await Promise.race([met, failed])
    } finally {
      isBack = true
      await comeBack()
      await Promise.allSettled([work])
    }
    const [emails, draft, folder, set] = await work
    assert.ok(emails.list.some(({ subject }) => subject === `flagged ${what}`))
    assert.deepEqual([set.notUpdated, set.updated], [null, { [flagged]: null }])
    assert.ok(['destroyed', 'notFound'].includes(set.notDestroyed?.[doomed]?.type ?? 'destroyed'))
    const left = await client.call('Email/get', { accountId, ids: [flagged, doomed], properties: ['keywords'] })
    assert.deepEqual([left.list.map(({ keywords }) => keywords?.$flagged), left.notFound], [[true], [doomed]])
    const saved = await client.call('Email/query', { accountId, filter: { inMailbox: drafts, subject: what } })
    assert.deepEqual(saved.ids, [draft])
    await store.refresh()
    const named = store.mailboxes().filter(({ name }) => name === `Folder ${what}`)
    assert.deepEqual(
      named.map(({ id }) => id),
      [folder],
    )
  })
}
