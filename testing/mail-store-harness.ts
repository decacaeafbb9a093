// What the contract suites of the mail store share: a fresh account, messages to put into it, and short ways to ask.

import assert from 'node:assert/strict'
import { Failure } from '#core/errors.ts'
import type { EmailQuery, EmailRow, MailAccount, MailLogin, MailStore } from '#ports/mail-store.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { EmailFilter } from '#shared/jmap/mail.ts'

export interface MailStoreSubject {
  readonly store: MailStore
  /** Another node over the same mail; the store itself where there is none. */
  readonly otherNode: MailStore
  /** The login of an account that nobody used before. */
  newLogin(): Promise<MailLogin>
  /** The same with a password that is wrong. */
  wrongLogin(): Promise<MailLogin>
  close(): Promise<void>
}

export const soon = () => AbortSignal.timeout(20_000)
export const allOf: Omit<EmailQuery, 'filter'> = {
  sort: [],
  collapseThreads: false,
  position: 0,
  anchor: null,
  anchorOffset: 0,
  limit: 100,
  calculateTotal: true,
}

export async function inboxOf(account: MailAccount): Promise<MailboxId> {
  const { list } = await account.mailboxes({ threads: false }, soon())
  const inbox = list.find((mailbox) => mailbox.role === 'inbox')
  assert.ok(inbox, 'an inbox')
  return inbox.id
}

export async function addMessage(
  account: MailAccount,
  mailboxIds: readonly MailboxId[],
  raw: string,
  more: { readonly keywords?: readonly string[]; readonly receivedAt?: number } = {},
): Promise<EmailRow> {
  const bytes = Buffer.from(raw.replace(/\r?\n/g, '\r\n'))
  const source = async () =>
    (async function* () {
      yield bytes
    })()
  const { keywords = [], receivedAt = null } = more
  return await account.append({ mailboxIds, keywords, receivedAt, size: bytes.length, source }, soon())
}

export async function textOf(stream: { readonly body: AsyncIterable<Uint8Array> }): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream.body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

export const simple = (subject: string, more = '', body = 'Some text.') =>
  `From: Ann <ann@example.test>\nTo: Bob <bob@example.test>\nSubject: ${subject}\nDate: Tue, 14 Nov 2023 10:00:00 +0000\n` +
  `MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n` +
  `Message-ID: <${subject.replace(/\W/g, '')}@example.test>\n${more}\n${body}\n`

export const multipart = `From: Ann <ann@example.test>
To: Bob <bob@example.test>
Subject: With a file
Message-ID: <file@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe aus Bremen =
und umzu
--=_b
Content-Type: application/pdf; name="plan.pdf"
Content-Disposition: attachment; filename="plan.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--=_b--
`

export const failsWith = (code: Failure['code']) => (error: unknown) => error instanceof Failure && error.code === code

/** A fresh account: on one node, on the other, and the usual questions to it. */
export async function freshAccount(subject: MailStoreSubject) {
  const login = await subject.newLogin()
  const account = subject.store.account(login)
  return {
    account,
    other: subject.otherNode.account(login),
    inbox: await inboxOf(account),
    makeMailbox: (name: string, parentId: MailboxId | null = null) =>
      account.createMailbox({ name, parentId, role: null, isSubscribed: true }, soon()),
    find: async (filter: EmailFilter | null, more: Partial<EmailQuery> = {}) =>
      await account.query({ ...allOf, filter, ...more }, soon()),
    rowOf: async (id: string, at = account) => (await at.rows([id], {}, soon()))[0],
    change: async (id: string, what: object) => {
      const outcomes = await account.change([{ id, ...what }], soon())
      assert.equal(outcomes.get(id), null)
    },
  }
}
