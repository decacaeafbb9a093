// Our server, as the web client uses it: a cookie session, one request per action wherever back-references allow it.

import { Agent, request } from 'node:http'
import { PASSWORD, type Stage } from '../stage.ts'
import {
  attachment,
  flagTurn,
  PAGE,
  type Person,
  RECIPIENT,
  SENT_SUBJECT,
  searchWord,
  spread,
  type Way,
} from './way.ts'

type Call = readonly [method: string, args: Readonly<Record<string, unknown>>, id: string]
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely.
type Arguments = any

const USING = [
  ...['core', 'mail', 'submission'].map((name) => `urn:ietf:params:jmap:${name}`),
  'urn:paquebot:params:jmap:settings:1',
]
const LIST_PROPERTIES = [
  'id',
  'threadId',
  'mailboxIds',
  'keywords',
  'from',
  'to',
  'subject',
  'receivedAt',
  'size',
  'preview',
  'hasAttachment',
]
const IDS_AHEAD = 5_000
/** Goes on from person to person: a message that was opened once is not measured again. */
let turn = 0

export const jmap: Way = { name: 'paquebot', open: openPerson }

async function openPerson(stage: Stage, address: string): Promise<Person> {
  const client = await signIn(stage.url, address)
  const { accountId } = client
  const call = (...calls: Call[]) =>
    client.call(calls.map(([name, args, id]) => [name, { accountId, ...args }, id] as const))
  const [mailboxes] = await call(['Mailbox/get', { properties: ['role'] }, 'm'])
  const role = (wanted: string): string => mailboxes.list.find((one: { role: string }) => one.role === wanted).id
  const [inbox, drafts, sent] = [role('inbox'), role('drafts'), role('sent')]
  const [identities] = await call(['Identity/get', {}, 'i'])
  const sort = [{ property: 'receivedAt', isAscending: false }]
  const ids: string[] = []
  for (let n = 0; n < 5; n++) {
    const position = Math.floor((n * stage.sizeOf(address)) / 6)
    const [page] = await call([
      'Email/query',
      { filter: { inMailbox: inbox }, sort, position, limit: IDS_AHEAD / 5 },
      'q',
    ])
    ids.push(...page.ids)
  }
  let flagged = 0
  const nextId = () => ids[spread(turn++, ids.length)] as string
  const listed = (args: Record<string, unknown>) =>
    call(
      ['Email/query', { sort, limit: PAGE, ...args }, 'q'],
      ['Email/get', { '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' }, properties: LIST_PROPERTIES }, 'g'],
    )
  const expectRows = (answer: Arguments[], what: string) => {
    if (!(answer[1].list.length > 0)) throw new Error(`${what}: no rows`)
  }
  return {
    act: {
      list: async () => expectRows(await listed({ filter: { inMailbox: inbox } }), 'list'),
      page: async () => {
        const position = spread(++turn, stage.sizeOf(address) - PAGE)
        expectRows(await listed({ filter: { inMailbox: inbox }, position }), 'page')
      },
      async open() {
        const [answer] = await call([
          'Email/get',
          {
            ids: [nextId()],
            properties: [...LIST_PROPERTIES, 'bodyValues', 'htmlBody', 'textBody', 'attachments', 'messageId', 'cc'],
            fetchAllBodyValues: true,
          },
          'g',
        ])
        if (answer.list.length !== 1) throw new Error('open: not found')
      },
      async flag() {
        const { n, on } = flagTurn(flagged++)
        const id = ids[spread(n, ids.length)] as string
        const [answer] = await call(['Email/set', { update: { [id]: { 'keywords/$flagged': on || null } } }, 's'])
        if (!(id in answer.updated)) throw new Error(`flag: ${JSON.stringify(answer.notUpdated)}`)
      },
      search: async () =>
        expectRows(await listed({ filter: { inMailbox: inbox, subject: searchWord(++turn) } }), 'search'),
      async conversation() {
        const answer = await call(
          ['Email/get', { ids: [nextId()], properties: ['threadId'] }, 'e'],
          ['Thread/get', { '#ids': { resultOf: 'e', name: 'Email/get', path: '/list/*/threadId' } }, 't'],
          [
            'Email/get',
            { '#ids': { resultOf: 't', name: 'Thread/get', path: '/list/*/emailIds' }, properties: LIST_PROPERTIES },
            'g',
          ],
        )
        if (!(answer[2].list.length > 0)) throw new Error('conversation: empty')
      },
      async send() {
        const blobId = await client.upload(attachment)
        const email = {
          mailboxIds: { [drafts]: true },
          keywords: { $draft: true, $seen: true },
          from: [{ email: address }],
          to: [{ email: RECIPIENT }],
          subject: `${SENT_SUBJECT} ${turn++}`,
          bodyStructure: {
            type: 'multipart/mixed',
            subParts: [
              { type: 'text/plain', partId: 't' },
              { type: 'text/plain', blobId, name: 'manifest.txt', disposition: 'attachment' },
            ],
          },
          bodyValues: { t: { value: 'As promised.\n' } },
        }
        const answer = await call(
          ['Email/set', { create: { e: email } }, 'e'],
          [
            'EmailSubmission/set',
            {
              create: { s: { identityId: identities.list[0].id, emailId: '#e' } },
              onSuccessUpdateEmail: {
                '#s': { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, 'keywords/$draft': null },
              },
            },
            's',
          ],
        )
        if (!answer[1]?.created?.s) throw new Error(`send: ${JSON.stringify(answer)}`)
      },
    },
    close: async () => client.close(),
  }
}

interface Client {
  readonly accountId: string
  /** With the cookies of the session. */
  readonly headers: Readonly<Record<string, string>>
  readonly call: (calls: readonly Call[]) => Promise<Arguments[]>
  readonly upload: (bytes: Buffer) => Promise<string>
  readonly close: () => void
}

/** Also used where only the session matters. */
export async function signIn(url: string, address: string): Promise<Client> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers: Record<string, string> = { origin: url, 'content-type': 'application/json' }
  const ask = (
    method: string,
    path: string,
    body?: Buffer,
    type?: string,
  ): Promise<{ body: Arguments; cookies: string[] }> =>
    new Promise((resolve, reject) => {
      const sent = request(
        `${url}${path}`,
        {
          agent,
          method,
          headers: { ...headers, ...(type && { 'content-type': type }), 'content-length': body?.length ?? 0 },
        },
        (reply) => {
          const chunks: Buffer[] = []
          reply.on('data', (chunk: Buffer) => chunks.push(chunk))
          reply.on('error', reject)
          reply.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            if (reply.statusCode !== 200 && reply.statusCode !== 201)
              return reject(new Error(`${method} ${path}: ${reply.statusCode} ${text}`))
            resolve({ body: JSON.parse(text), cookies: reply.headers['set-cookie'] ?? [] })
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  const signedIn = await ask(
    'POST',
    '/auth/sign-in',
    Buffer.from(JSON.stringify({ username: address, password: PASSWORD, remember: false })),
  )
  headers.cookie = signedIn.cookies.map((cookie) => cookie.split(';')[0]).join('; ')
  headers['x-csrf-token'] = signedIn.body.csrf
  const session = await ask('GET', '/jmap/session')
  const accountId = session.body.primaryAccounts['urn:ietf:params:jmap:mail']
  return {
    accountId,
    headers,
    async call(methodCalls) {
      const { body } = await ask('POST', '/jmap/api', Buffer.from(JSON.stringify({ using: USING, methodCalls })))
      for (const [name, args] of body.methodResponses)
        if (name === 'error') throw new Error(`JMAP: ${JSON.stringify(args)}`)
      return body.methodResponses.map(([, args]: [string, Arguments]) => args)
    },
    upload: async (bytes) => (await ask('POST', `/jmap/upload/${accountId}`, bytes, 'text/plain')).body.blobId,
    close: () => agent.destroy(),
  }
}
