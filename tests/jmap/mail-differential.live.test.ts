// A message read whole and the same message read by BODYSTRUCTURE and sections, with BINARY and without, are the same Email: over a real
// Dovecot, with its own idea of MIME, and a corpus of every shape.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { ChangeTables } from '#domain/changes/index.ts'
import { type EmailView, type Mail, type MailTables, openMail } from '#domain/mail/index.ts'
import type { Uploads } from '#domain/uploads/index.ts'
import { openImapMailStore } from '#drivers/imap/index.ts'
import { parseHeaderProperty } from '#formats/mime/header-forms.ts'
import type { MailAccount, MailStore } from '#ports/mail-store.ts'
import { testCaller } from '#testing/caller.ts'
import { openMemoryMailState, openMemorySnapshots } from '#testing/memory-mail-state.ts'
import { base64Corpus, hostileCorpus, mimeCorpus } from '#testing/mime-corpus.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { openTestSql } from '#testing/sqlite.ts'

const caller = testCaller()
let dovecot: DovecotServer
let stores: readonly MailStore[]
let account: MailAccount
let whole: Mail
/** By sections: sizes told by the server where it does, and all counted. */
let parts: Mail
let counted: Mail
/** What the server told `parts` of sizes. */
const told: number[] = []
let inbox: string

before(async () => {
  dovecot = await startDovecot({ users: { [caller.address]: 'demo' } })
  const node = { state: openMemoryMailState(), snapshots: openMemorySnapshots(), log: silentLog, clock: systemClock }
  stores = [openImapMailStore(node), openImapMailStore({ ...node, disable: ['BINARY'] })]
  const server = { host: dovecot.host, port: dovecot.imapPort, tls: 'none' as const }
  const login = { account: caller.account, server, credential: caller.credential }
  const [full, bare] = stores.map((store) => store.account(login)) as [MailAccount, MailAccount]
  account = {
    ...full,
    async decodedSizes(...args) {
      const sizes = await full.decodedSizes(...args)
      told.push(...sizes.values())
      return sizes
    },
  }
  const database = await openTestSql()
  const deps = {
    open: async () => account,
    uploads: {} as Uploads,
    sql: database.for<MailTables & ChangeTables>(),
    bus: { publish: async () => {} },
  }
  const bySections = { cacheMaxBytes: 0, wholeMessageMaxBytes: 0 }
  whole = openMail({ ...deps, config: { cacheMaxBytes: 0 } })
  parts = openMail({ ...deps, config: bySections })
  counted = openMail({ ...deps, open: async () => bare, config: bySections })
  const { list } = await whole.mailboxes(caller, { threads: false })
  inbox = list.find((mailbox) => mailbox.role === 'inbox')!.id
})
after(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await dovecot.stop()
})

const bodyNames = ['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid', 'language', 'location']
const view: EmailView = {
  properties: new Set([
    'blobId',
    'size',
    'headers',
    'subject',
    'from',
    'bodyStructure',
    'textBody',
    'htmlBody',
    'attachments',
    'hasAttachment',
    'bodyValues',
  ]),
  headers: [parseHeaderProperty('header:Content-Type:asText')!],
  bodyProperties: new Set([...bodyNames, 'headers', 'subParts']),
  bodyHeaders: [parseHeaderProperty('header:Content-Disposition:asText:all')!],
  fetchTextBodyValues: true,
  fetchHTMLBodyValues: true,
  fetchAllBodyValues: true,
  maxBodyValueBytes: 0,
}

async function deliver(raw: string): Promise<string> {
  const bytes = Buffer.from(raw, 'latin1')
  const source = async () =>
    (async function* () {
      yield bytes
    })()
  const email = { mailboxIds: [inbox], keywords: [], receivedAt: null, size: bytes.length, source }
  return (await account.append(email, caller.signal)).id
}

/** A request of its own: within one, a node does not look again for what came in the meantime. */
const request = () => ({ ...caller, signal: new AbortController().signal })
const read = async (mail: Mail, id: string) => (await mail.emails(request(), [id], view)).list[0]!

async function downloads(mail: Mail, email: Record<string, unknown>): Promise<readonly string[]> {
  const found: string[] = []
  const visit = async (part: Record<string, unknown>): Promise<void> => {
    if (typeof part.blobId === 'string') {
      const { size } = await mail.blobs.stat(caller, part.blobId)
      const chunks: Uint8Array[] = []
      for await (const chunk of await mail.blobs.open(caller, part.blobId)) chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      assert.equal(bytes.length, size)
      assert.equal(size, part.size)
      found.push(bytes.toString('latin1'))
    }
    for (const child of (part.subParts as Record<string, unknown>[] | undefined) ?? []) await visit(child)
  }
  await visit(email.bodyStructure as Record<string, unknown>)
  return found
}

for (const [name, raw] of Object.entries({ ...mimeCorpus, ...base64Corpus })) {
  test(`both ways give the same Email and the same octets: ${name}`, async () => {
    const id = await deliver(raw)
    const [one, other] = [await read(whole, id), await read(parts, id)]
    assert.deepEqual(other, one)
    assert.deepEqual(await read(counted, id), one)
    const octets = await downloads(whole, one)
    assert.deepEqual(await downloads(parts, other), octets)
    assert.deepEqual(await downloads(counted, other), octets)
    const shallow = { ...view, bodyProperties: new Set(['partId', 'type', 'name', 'disposition', 'charset', 'cid']) }
    const light = {
      ...shallow,
      properties: new Set(['attachments', 'hasAttachment', 'textBody']),
      bodyHeaders: [],
      headers: [],
    }
    const [fromStructure] = (await whole.emails(caller, [id], light)).list
    assert.equal(fromStructure!.hasAttachment, one.hasAttachment)
    const partIds = (email: Record<string, unknown>) =>
      (email.attachments as { partId: string }[]).map((part) => part.partId)
    assert.deepEqual(partIds(fromStructure!), partIds(one))
  })
}

test('the server is asked for the size of a clean part, and without BINARY is not', async () => {
  // Not the message of before, whose size is known: Cyrus gives equal messages one id.
  const id = await deliver(`X-Once: more\r\n${base64Corpus['lines of 76, 1 more']!}`)
  told.length = 0
  const size = { ...view, bodyProperties: new Set(['size']), bodyHeaders: [] }
  await counted.emails(request(), [id], size)
  assert.deepEqual(told, [])
  await parts.emails(request(), [id], size)
  assert.deepEqual(told, [60_001])
})

for (const [name, raw] of Object.entries(hostileCorpus)) {
  test(`both ways survive, and the text is read whole: ${name}`, async () => {
    let id: string
    try {
      id = await deliver(raw)
    } catch (error) {
      // What the mail server itself refuses to take (NUL) is read from an upload alone.
      assert.match(name, /NUL/)
      assert.equal((error as { code?: string }).code, 'badInput')
      return
    }
    const [one, other] = [await read(whole, id), await read(parts, id)]
    assert.equal(one.size, other.size)
    const texts = Object.values(one.bodyValues as Record<string, { value: string }>).map(({ value }) => value)
    if (/text that must not be lost/.test(raw)) assert.match(texts.join(''), /text that must not be lost/)
    if (/deepest/.test(raw)) assert.match(texts.join(''), /deepest/)
  })
}
