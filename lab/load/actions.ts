// What people do all day. Each action returns what it was about, for the journal; it throws when the web client would tell the
// person that it failed.

import { createHash, randomBytes } from 'node:crypto'
import type { Settings } from '#shared/jmap/settings.ts'
import { createOnce, refusalOf } from '../../web/src/jmap/create-once.ts'
import type { Browser } from './browser.ts'
import type { ActionKind, Promised } from './journal.ts'

/** Tells what these people wish from what others wished in this lab before. */
const visit = Date.now().toString(36)

export interface Person {
  readonly address: string
  readonly browser: Browser
  /** Tells the wishes of one person apart. */
  count: number
  /** Who may be written to. */
  readonly others: readonly string[]
  mailboxes: ReadonlyMap<string, string>
  identityId: string
  /** Messages that nobody else touches, for flags: id and Message-ID. */
  seeds: readonly { readonly id: string; readonly messageId: string }[]
}

/** What an action wants is told before it is asked for: when it fails, it may have happened all the same. */
export type Wish = (wish: Promised) => void
type Action = (person: Person, wish: Wish) => Promise<void>

const listProperties = [
  'id',
  'threadId',
  'mailboxIds',
  'keywords',
  'subject',
  'from',
  'receivedAt',
  'preview',
  'messageId',
]

async function list({ browser: { client }, ...person }: Person): Promise<void> {
  const { accountId } = client
  const [mailboxes, emails] = await client.batch(async (batch) => {
    const boxes = batch.call('Mailbox/get', { accountId, ids: null })
    const query = batch.call('Email/query', {
      accountId,
      filter: { inMailbox: person.mailboxes.get('inbox') as string },
      sort: [{ property: 'receivedAt', isAscending: false }],
      limit: 50,
    })
    const get = batch.call('Email/get', { accountId, '#ids': query.ref('/ids'), properties: listProperties } as never)
    return Promise.all([boxes, get])
  })
  if (mailboxes.list.length === 0) throw new Error('no mailboxes')
  if (emails.list.length === 0) throw new Error('an empty inbox, which is never empty')
}

/** What the page reads when it opens. */
export async function openPage(person: Person): Promise<void> {
  const { client } = person.browser
  const { accountId } = client
  const { list: mailboxes } = await client.call('Mailbox/get', { accountId, ids: null })
  person.mailboxes = new Map(mailboxes.flatMap(({ role, id }) => (role ? [[role, id]] : [])))
  const { list: identities } = await client.call('Identity/get', { accountId, ids: null })
  person.identityId = identities[0]?.id ?? ''
  const inbox = person.mailboxes.get('inbox')
  if (!inbox || !person.identityId) throw new Error('no inbox or no identity')
  const seeds = await client.batch(async (batch) => {
    const query = batch.call('Email/query', { accountId, filter: { inMailbox: inbox, subject: 'seed' }, limit: 50 })
    return batch.call('Email/get', { accountId, '#ids': query.ref('/ids'), properties: ['id', 'messageId'] } as never)
  })
  person.seeds = seeds.list.flatMap(({ id, messageId }) => (messageId?.[0] ? [{ id, messageId: messageId[0] }] : []))
  if (person.seeds.length === 0) throw new Error('the mail that was there before is not')
}

const read: Action = async (person) => {
  const { client } = person.browser
  const { list } = await client.call('Email/get', {
    accountId: client.accountId,
    ids: [pick(person.seeds).id],
    properties: ['id', 'subject', 'bodyValues', 'textBody', 'htmlBody', 'attachments'],
    fetchTextBodyValues: true,
  })
  if (list.length !== 1) throw new Error('the message is not there')
}

const flag: Action = async (person, wish) => {
  const { client } = person.browser
  const { id, messageId } = pick(person.seeds)
  const isFlagged = Math.random() < 0.5
  wish({ kind: 'flag', messageId, isFlagged })
  const { notUpdated } = await client.call('Email/set', {
    accountId: client.accountId,
    update: { [id]: { 'keywords/$flagged': isFlagged ? true : null } },
  })
  if (notUpdated?.[id]) throw new Error(`not flagged: ${notUpdated[id].type}`)
}

const search: Action = async ({ browser: { client } }) => {
  const { ids } = await client.call('Email/query', {
    accountId: client.accountId,
    filter: { text: 'cargo' },
    sort: [{ property: 'receivedAt', isAscending: false }],
    limit: 20,
  })
  if (ids.length === 0) throw new Error('found nothing')
}

const setting: Action = async (person, wish) => {
  const value = ++person.count
  wish({ kind: 'setting', value })
  await writeSetting(person.browser, value)
}

export async function writeSetting({ client }: Browser, value: number): Promise<void> {
  const call = client.call as (
    name: string,
    args: unknown,
  ) => Promise<{ notUpdated?: Record<string, { type: string }> }>
  const { notUpdated } = await call('Settings/set', {
    accountId: client.accountId,
    update: { lab: { value: { n: value } } },
  })
  if (notUpdated?.lab) throw new Error(`not set: ${notUpdated.lab.type}`)
}

/** Reads it on one node, with one request. */
export async function readSetting(browser: Browser, origin: string): Promise<number> {
  const { accountId, session } = browser.client
  const reply = await browser.fetch(
    '/jmap/api',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        using: Object.keys(session.capabilities),
        methodCalls: [['Settings/get', { accountId, ids: ['lab'] }, 'c']],
      }),
    },
    origin,
  )
  if (!reply.ok) throw new Error(`HTTP ${reply.status}`)
  const { methodResponses } = (await reply.json()) as { methodResponses: [string, { list: Settings[] }][] }
  return Number(methodResponses[0]?.[1].list[0]?.value.n ?? 0)
}

const upload: Action = async (person, wish) => {
  await uploadBytes(person, wish)
}

async function uploadBytes({ browser }: Person, wish: Wish) {
  const bytes = randomBytes(1000 + Math.floor(Math.random() * 60_000))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { blobId, size } = await browser.upload(bytes)
  if (size !== bytes.length) throw new Error(`an upload of ${bytes.length} bytes became one of ${size}`)
  wish({ kind: 'upload', blobId, sha256 })
  return { blobId, sha256 }
}

const draft: Action = async (person, wish) => {
  const messageId = newMessageId(person, 'draft')
  wish({ kind: 'draft', messageId })
  await createDraft(person, messageId, [], null)
}

const send: Action = async (person, wish) => {
  const messageId = newMessageId(person, 'send')
  const to = pick(person.others)
  const file = Math.random() < 0.3 ? await uploadBytes(person, () => {}) : null
  const emailId = await createDraft(person, messageId, [to], file)
  wish({ kind: 'send', messageId, to, attachmentSha256: file?.sha256 ?? null })
  const { client } = person.browser
  const { created, notCreated } = await client.call(
    'EmailSubmission/set',
    {
      accountId: client.accountId,
      create: {
        send: { identityId: person.identityId, emailId, idempotencyKey: `${messageId} ${emailId}`, fileSent: true },
      },
    } as never,
    { mayRepeat: true },
  )
  if (!created?.send) throw new Error(`not sent: ${notCreated?.send?.type} ${notCreated?.send?.description ?? ''}`)
}

/** As web/src/compose/draft-keeper.ts saves one: a creation whose answer was lost is looked for before it is asked for again. */
async function createDraft(person: Person, messageId: string, to: readonly string[], file: { blobId: string } | null) {
  const { client } = person.browser
  const { accountId } = client
  const drafts = person.mailboxes.get('drafts') as string
  const text = `What ${person.address} writes.\n`
  const attachment = { name: 'file.bin', type: 'application/octet-stream', cid: null, disposition: 'attachment' }
  const draft = {
    mailboxIds: { [drafts]: true },
    keywords: { $draft: true, $seen: true },
    messageId: [messageId],
    from: [{ name: null, email: person.address }],
    to: to.map((email) => ({ name: null, email })),
    subject: `lab ${messageId}`,
    textBody: [{ partId: 'text', type: 'text/plain' }] as never,
    bodyValues: { text: { value: text, isEncodingProblem: false, isTruncated: false } },
    ...(file && { attachments: [{ ...attachment, blobId: file.blobId }] as never }),
  }
  return await createOnce(
    async () => {
      const { created, notCreated } = await client.call('Email/set', { accountId, create: { draft } })
      if (created?.draft?.id) return created.draft.id
      throw refusalOf(notCreated?.draft, 'invalidArguments')
    },
    async () => {
      const filter = { inMailbox: drafts, header: ['Message-ID', messageId] } as never
      const { ids } = await client.call('Email/query', { accountId, filter, limit: 1 })
      return ids[0] ?? null
    },
  )
}

function newMessageId(person: Person, what: string): string {
  return `${what}-${++person.count}-${visit}-${person.address.replace('@', '.')}@lab.invalid`
}

export function pick<T>(list: readonly T[]): T {
  const one = list[Math.floor(Math.random() * list.length)]
  if (one === undefined) throw new Error('nothing to choose from')
  return one
}

/** How often each is done, of 100. */
export const habits: readonly (readonly [ActionKind, number, Action])[] = [
  ['list', 30, list],
  ['read', 25, read],
  ['flag', 12, flag],
  ['search', 5, search],
  ['draft', 7, draft],
  ['upload', 5, upload],
  ['send', 10, send],
  ['setting', 6, setting],
]

export function chooseHabit(random: number): (typeof habits)[number] {
  let left = random * habits.reduce((sum, [, weight]) => sum + weight, 0)
  for (const habit of habits) {
    left -= habit[1]
    if (left < 0) return habit
  }
  return habits[0] as (typeof habits)[number]
}
