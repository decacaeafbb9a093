// Our own plugins in a whole node over Dovecot, and one that provides what the node signs people in with.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkPlugins } from '#boot/plugins.ts'
import { BadConfig, loadConfig } from '#config/load.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { type ScriptedSmtp, startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; what they are is what the tests check.
type Answer = any
type Fields = Record<string, unknown>

let folder: string
let dovecot: DovecotServer
let smtp: ScriptedSmtp
let node: WholeNode
let alice: TestClient

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paquebot-shipped-'))
  const program = join(folder, 'learn')
  writeFileSync(program, `#!/bin/sh\ncat > ${folder}/$1\n`, { mode: 0o755 })
  writeFileSync(join(folder, 'keys'), `one:${randomBytes(32).toString('base64')}\n`)
  dovecot = await startDovecot()
  smtp = await startScriptedSmtp()
  node = await startWholeNode({
    host: '127.0.0.1',
    imapPort: dovecot.imapPort,
    smtpPort: smtp.port,
    config: {
      submission: { undo: 1 },
      plugins: {
        folders: [import.meta.dirname],
        enabled: [
          'provider',
          'attachment-reminder',
          'archive-by-year',
          'mark-as-junk-learn',
          'legal-footer',
          'blob-encrypted',
        ],
        settings: {
          provider: { code: '123456' },
          'mark-as-junk-learn': { spam_command: program, spam_arguments: ['spam'] },
          'legal-footer': { text: 'Müller & Söhne GmbH' },
          'blob-encrypted': { key_file: join(folder, 'keys') },
        },
        blobStore: 'blob-encrypted',
        sessionStore: 'provider',
        directory: 'provider',
        authenticator: 'provider',
      },
    },
  })
  alice = await signIn(node, 'alice@alias.test', 'demo123456')
})
after(async () => {
  await node?.stop()
  await smtp?.stop()
  await dovecot?.stop()
  rmSync(folder, { recursive: true })
})

async function ok(name: string, args: Fields): Promise<Answer> {
  const [answered, result] = await alice.call(name, { accountId: alice.accountId, ...args })
  assert.equal(answered, name, JSON.stringify(result))
  return result
}
const boxes = async () => (await ok('Mailbox/get', { ids: null })).list as Answer[]
const role = async (name: string) => (await boxes()).find((one) => one.role === name).id as string
const emailOf = async (id: string, properties: readonly string[]) =>
  (await ok('Email/get', { ids: [id], properties })).list[0]

async function create(over: Fields): Promise<string> {
  const draft = {
    mailboxIds: { [await role('drafts')]: true },
    keywords: { $draft: true },
    from: [{ name: 'Alice', email: 'alice@example.test' }],
    to: [{ name: 'Bob', email: 'bob@example.test' }],
    subject: 'shipped',
    textBody: [{ partId: 't', type: 'text/plain' }],
    bodyValues: { t: { value: 'Hello Bob' } },
    ...over,
  }
  const { created, notCreated } = await ok('Email/set', { create: { d: draft } })
  assert.ok(created, JSON.stringify(notCreated))
  return created.d.id
}
async function importRaw(raw: string, mailbox: string): Promise<string> {
  const reply = await alice.fetch(`/jmap/upload/${alice.accountId}`, { method: 'POST', body: raw })
  const { blobId } = (await reply.json()) as { blobId: string }
  const { created } = await ok('Email/import', { emails: { i: { blobId, mailboxIds: { [mailbox]: true } } } })
  return created.i.id
}
async function send(emailId: string): Promise<Answer> {
  const identityId = (await ok('Identity/get', { ids: null })).list[0].id
  return ok('EmailSubmission/set', { create: { s: { identityId, emailId, fileSent: true } } })
}
async function sent(emailId: string): Promise<string> {
  const before = smtp.messages.length
  const { created, notCreated } = await send(emailId)
  assert.ok(created, JSON.stringify(notCreated))
  await eventually(
    async () => smtp.messages.length,
    (count) => count > before,
    'the message arrives',
  )
  return smtp.messages.at(-1)!
}

test('an authenticator, a directory and a session store of a plugin sign people in', async () => {
  assert.equal(((await (await alice.fetch('/auth/session')).json()) as Fields).username, 'alice@example.test')
  await assert.rejects(signIn(node, 'alice@alias.test', 'demo'), /401/)
  await assert.rejects(signIn(node, 'alice@alias.test', 'wrong123456'), /401/)
  const { sessions } = (await (await alice.fetch('/auth/sessions')).json()) as { sessions: { isCurrent: boolean }[] }
  assert.equal(sessions.filter(({ isCurrent }) => isCurrent).length, 1)
})

test('attachment-reminder: the author reads the question, and may send all the same', async () => {
  const emailId = await create({ bodyValues: { t: { value: 'The report is attached.' } } })
  const { type, description } = (await send(emailId)).notCreated.s
  assert.deepEqual([type, /“attached”/.test(description)], ['forbidden', true])
  assert.match(await sent(emailId), /The report is attached\./)
})

test('legal-footer: it stands in the plain and the HTML part, in what is sent and in Sent', async () => {
  const emailId = await create({
    subject: 'both parts',
    textBody: [{ partId: 't', type: 'text/plain' }],
    htmlBody: [{ partId: 'h', type: 'text/html' }],
    bodyValues: { t: { value: 'Grüße' }, h: { value: '<html><body><p>Grüße</p></body></html>' } },
  })
  const message = (await sent(emailId)).replaceAll('=\r\n', '')
  assert.match(message, /M=C3=BCller & S=C3=B6hne GmbH/)
  assert.match(message, /M=C3=BCller &#38; S=C3=B6hne GmbH/)
  const filter = { inMailbox: await role('sent'), subject: 'both parts' }
  const [id] = await eventually(
    async () => (await ok('Email/query', { filter })).ids as string[],
    (ids) => ids.length > 0,
    'Sent',
  )
  const properties = ['textBody', 'htmlBody', 'bodyValues']
  const [copy] = (await ok('Email/get', { ids: [id], properties, fetchAllBodyValues: true })).list
  const value = (part: Answer) => copy.bodyValues[part.partId].value as string
  assert.equal(value(copy.textBody[0]), 'Grüße\n\nMüller & Söhne GmbH\n')
  assert.match(value(copy.htmlBody[0]), /Grüße<\/p><p [^>]*>Müller &#38; Söhne GmbH<\/p><\/body>/)
})

test('legal-footer: a signed message goes out octet for octet', async () => {
  const raw = [
    'From: alice@example.test',
    'To: bob@example.test',
    'Subject: signed',
    'Message-ID: <signed@example.test>',
    'Date: Sun, 22 Nov 2026 12:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: multipart/signed; boundary=s; micalg=pgp-sha256; protocol="application/pgp-signature"',
    '',
    '--s',
    'Content-Type: text/plain',
    '',
    'signed text',
    '--s',
    'Content-Type: application/pgp-signature',
    '',
    'signature',
    '--s--',
    '',
  ].join('\r\n')
  assert.equal(await sent(await importRaw(raw, await role('drafts'))), raw)
})

test('archive-by-year: what is archived lies below the archive', async () => {
  const [inbox, archive] = [await role('inbox'), await role('archive')]
  const id = await importRaw(
    'From: b@example.test\r\nSubject: old\r\nReceived: x; Fri, 1 Mar 2019 12:00:00 +0000\r\n\r\nx\r\n',
    inbox,
  )
  await ok('Email/set', { update: { [id]: { mailboxIds: { [archive]: true } } } })
  const place = (await boxes()).find((box) => box.parentId === archive)
  assert.equal(place.name, '2019')
  assert.deepEqual((await emailOf(id, ['mailboxIds'])).mailboxIds, { [place.id]: true })
})

test('mark-as-junk-learn: what is marked lies in Junk, and the program has it', async () => {
  const raw = 'From: b@example.test\r\nSubject: buy\r\n\r\nnow\r\n'
  const id = await importRaw(raw, await role('inbox'))
  await ok('Email/set', { update: { [id]: { 'keywords/$junk': true } } })
  assert.deepEqual((await emailOf(id, ['mailboxIds'])).mailboxIds, { [await role('junk')]: true })
  const fed = () => {
    try {
      return readFileSync(join(folder, 'spam'), 'utf8')
    } catch {
      return ''
    }
  }
  await eventually(
    async () => fed(),
    (text) => text === raw,
    'the program was fed',
  )
})

test('blob-encrypted: what is uploaded comes back, whole and in parts, goes out, and lies sealed on the disk', async () => {
  const text = 'lorem ipsum dolor '.repeat(20_000)
  const reply = await alice.fetch(`/jmap/upload/${alice.accountId}`, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'text/plain' },
  })
  const { blobId } = (await reply.json()) as { blobId: string }
  const download = (headers: Record<string, string> = {}) =>
    alice.fetch(`/jmap/download/${alice.accountId}/${blobId}/x.txt`, { headers })
  assert.equal(await (await download()).text(), text)
  assert.equal(await (await download({ range: 'bytes=65530-131080' })).text(), text.slice(65_530, 131_081))
  const emailId = await create({ subject: 'with a file', attachments: [{ blobId, type: 'text/plain', name: 'x.txt' }] })
  const lines = Buffer.from(text).toString('base64').slice(0, 76)
  assert.ok((await sent(emailId)).includes(lines))
  const blobs = join(node.dataFolder, 'blobs')
  const files = readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)))
  assert.ok(contents.some((bytes) => bytes.subarray(0, 4).toString() === 'PQB1'))
  assert.ok(contents.every((bytes) => !bytes.includes('lorem ipsum')))
})

test('a fault of a plugin’s settings is told with file and line, before anything starts', async () => {
  const file = join(folder, 'paquebot.toml')
  writeFileSync(
    file,
    [
      '[plugins]',
      'enabled = ["legal-footer", "absent"]',
      '',
      '[plugins.settings.legal-footer]',
      'text = 5',
      'colour = "red"',
      '',
    ].join('\n'),
  )
  const error = await checkPlugins(loadConfig({ file, environment: {} })).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof BadConfig)
  const told = error.faults.map(({ where, what }) => `${where.replace(folder, '')} ${what}`).sort()
  assert.deepEqual(
    told.map((line) => line.slice(0, 48)),
    [
      '/paquebot.toml:2 plugin absent: no folder of tha',
      '/paquebot.toml:5 plugin legal-footer: text must ',
      '/paquebot.toml:6 plugin legal-footer: legal-foot',
    ],
  )
})
