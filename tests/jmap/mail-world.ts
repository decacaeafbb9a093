// A node with alice's mail for the black-box tests of JMAP Mail, and the short words that those tests are written in.

import assert from 'node:assert/strict'
import { signIn, type TestClient } from '#testing/node.ts'

export type Fields = Record<string, unknown>

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; what they are is what the tests check.
export type Answer = any

export interface MailWorld {
  readonly alice: TestClient
  readonly accountId: string
  /** One call that must succeed; its arguments. */
  ok(name: string, args: Fields): Promise<Answer>
  /** One call that must fail; the error's arguments. */
  error(name: string, args: Fields): Promise<Answer>
  /** Several calls in one request: their [name, args]. */
  several(...calls: readonly (readonly [string, Fields])[]): Promise<readonly (readonly [string, Answer])[]>
  mailboxes(): Promise<readonly Answer[]>
  /** The id of the mailbox with the role. */
  role(role: string): Promise<string>
  /** A new mailbox of a name nobody else has. */
  mailbox(over?: Fields): Promise<string>
  /** Uploads bytes; the blobId. */
  upload(bytes: string | Uint8Array, type?: string): Promise<string>
  /** Puts a message into a mailbox by Email/import; the Email object of `created`. */
  put(mailboxId: string, raw: string | Uint8Array, over?: Fields): Promise<Answer>
  /** One Email of Email/get. */
  get(id: string, properties?: readonly string[], over?: Fields): Promise<Answer>
  /** Email/set create of one; `created` or `notCreated`. */
  create(fields: Fields): Promise<{ created?: Answer; notCreated?: Answer }>
  download(blobId: string, headers?: Record<string, string>): Promise<Response>
  stop(): Promise<void>
}

let unique = 0
export const uniqueName = (base = 'Box') => `${base} ${process.pid}-${++unique}`

export const message = (headers: Fields = {}, body = 'Hello\r\n'): string => {
  const all: Fields = {
    From: 'Alice <alice@example.test>',
    To: 'bob@example.test',
    Subject: 'A subject',
    Date: 'Mon, 18 Jun 2018 16:51:28 -0400',
    'Message-ID': `<m${++unique}.${process.pid}@example.test>`,
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) => (one === null ? [] : [`${name}: ${one}\r\n`])),
  )
  return `${lines.join('')}\r\n${body}`
}

export interface MailNode {
  readonly url: string
  stop(): Promise<void>
}

export async function openMailWorld(node: MailNode): Promise<MailWorld> {
  const alice = await signIn(node)
  const { accountId } = alice
  const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']
  const several: MailWorld['several'] = async (...calls) => {
    const methodCalls = calls.map(([name, args], index) => [name, { accountId, ...args }, `c${index}`])
    const { body } = await alice.request({ using, methodCalls })
    return (body.methodResponses as [string, Answer, string][]).map(([name, args]) => [name, args])
  }
  const one = async (name: string, args: Fields) => (await several([name, args]))[0]!
  const ok: MailWorld['ok'] = async (name, args) => {
    const [answered, result] = await one(name, args)
    assert.equal(answered, name, JSON.stringify(result))
    return result
  }
  const mailboxes = async () => (await ok('Mailbox/get', { ids: null })).list
  const upload: MailWorld['upload'] = async (bytes, type = 'message/rfc822') => {
    const reply = await alice.fetch(`/jmap/upload/${accountId}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof bytes === 'string' ? bytes : Buffer.from(bytes),
    })
    assert.equal(reply.status, 201)
    return ((await reply.json()) as { blobId: string }).blobId
  }
  return {
    alice,
    accountId,
    several,
    ok,
    async error(name, args) {
      const [answered, result] = await one(name, args)
      assert.equal(answered, 'error', JSON.stringify(result))
      return result
    },
    mailboxes,
    async role(role) {
      const found = (await mailboxes()).find((mailbox: Answer) => mailbox.role === role)
      assert.ok(found, `a mailbox with the role ${role}`)
      return found.id
    },
    async mailbox(over = {}) {
      const { created, notCreated } = await ok('Mailbox/set', { create: { new: { name: uniqueName(), ...over } } })
      assert.ok(created, JSON.stringify(notCreated))
      return created.new.id
    },
    upload,
    async put(mailboxId, raw, over = {}) {
      const emails = { new: { blobId: await upload(raw), mailboxIds: { [mailboxId]: true }, ...over } }
      const { created, notCreated } = await ok('Email/import', { emails })
      assert.ok(created, JSON.stringify(notCreated))
      return created.new
    },
    async get(id, properties, over = {}) {
      const { list } = await ok('Email/get', { ids: [id], ...(properties && { properties }), ...over })
      assert.equal(list.length, 1)
      return list[0]
    },
    async create(fields) {
      const { created, notCreated } = await ok('Email/set', { create: { new: fields } })
      return { created: created?.new, notCreated: notCreated?.new }
    },
    download: (blobId, headers = {}) => alice.fetch(`/jmap/download/${accountId}/${blobId}/x`, { headers }),
    stop: () => node.stop(),
  }
}
