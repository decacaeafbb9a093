// The engine over a real Dovecot: signing in each way, the same results with every extension, with none, and with each cut off.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, Failure } from '#core/errors.ts'
import { appendAll, connectTo, mintToken, optionsOf } from '#testing/imap-engine.ts'
import { sampleMessages } from '#testing/imap-samples.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { expungeMessages, storeFlags } from './commands/change.ts'
import { fetchBinarySizes, fetchBody, fetchRows } from './commands/fetch.ts'
import { createMailbox, deleteMailbox, listMailboxes, statusOf } from './commands/mailboxes.ts'
import { aclOf, metadataOf, myRights, quotaOf } from './commands/rights.ts'
import { enableNotify, noop, selectMailbox, unselect } from './commands/select.ts'
import { liveMailbox } from './mailbox-life.contract.ts'
import type { ConnectionEvent, ConnectionOptions } from './types.ts'

let full: DovecotServer
let bare: DovecotServer
before(async () => {
  const extraConfig =
    'protocol imap {\n  mail_plugins = $mail_plugins imap_quota imap_acl imap_zlib\n}\nplugin {\n  acl_user = %u\n}\n'
  ;[full, bare] = await Promise.all([
    startDovecot({ extraConfig, maxConnectionsPerUser: 40 }),
    startDovecot({ flavour: 'bare' }),
  ])
})
after(() => Promise.all([full?.stop(), bare?.stop()]))

async function refusal(options: Partial<ConnectionOptions>): Promise<ErrorCode> {
  try {
    const connection = await connectTo(full, options)
    connection.destroy(new Failure('canceled'))
  } catch (error) {
    assert.ok(error instanceof Failure)
    return error.code
  }
  return assert.fail('it signed in')
}

test('signs in over TLS by pin or CA, and trusts no other certificate', async () => {
  const { server } = optionsOf(full)
  const ca = readFileSync(full.certPath, 'utf8')
  const unpinned = { host: server.host, port: server.port, tls: 'implicit' } as const
  await (await connectTo(full)).close()
  await (await connectTo(full, { server: unpinned, ca })).close()
  assert.equal(await refusal({ server: unpinned }), 'untrustedServer')
  assert.equal(await refusal({ server: { ...server, pinnedSha256: 'ab'.repeat(32) } }), 'untrustedServer')
  assert.equal(await refusal({ server: { ...unpinned, port: full.imapPort } }), 'untrustedServer')
})

test('signs in over STARTTLS, and trusts no other certificate there', async () => {
  const server = { host: full.host, port: full.imapPort, tls: 'starttls', pinnedSha256: full.certSha256 } as const
  const connection = await connectTo(full, { server })
  assert.ok((await listMailboxes(connection, {})).some(({ name }) => name === 'INBOX'))
  await connection.close()
  assert.equal(await refusal({ server: { ...server, pinnedSha256: 'ab'.repeat(32) } }), 'untrustedServer')
})

test('signs in with a token, and as a master user by authzid or separator', async () => {
  const username = 'alice@example.test'
  const good = { kind: 'token', username, token: mintToken(full, username) } as const
  for (const disable of [[], ['AUTH=OAUTHBEARER']]) await (await connectTo(full, { credential: good, disable })).close()
  const expired = { ...good, token: mintToken(full, username, -100) }
  assert.equal(await refusal({ credential: expired }), 'badCredentials')
  const master = { kind: 'master', username, master: full.master.user, password: full.master.password } as const
  for (const masterSeparator of [null, '*']) {
    const connection = await connectTo(full, { credential: master, masterSeparator })
    await statusOf(connection, 'INBOX')
    await connection.close()
  }
})

test('a wrong password is badCredentials', async () => {
  const credential = { kind: 'password', username: 'alice@example.test', password: 'wrong' } as const
  assert.equal(await refusal({ credential }), 'badCredentials')
})

test('one connection too many is tooManyConnections', async () => {
  const narrow = await startDovecot({ maxConnectionsPerUser: 1 })
  try {
    const first = await connectTo(narrow)
    await assert.rejects(connectTo(narrow), (error) => error instanceof Failure && error.code === 'tooManyConnections')
    await first.close()
  } finally {
    await narrow.stop()
  }
})

test('compression carries the same', async () => {
  const connection = await connectTo(full, { compress: true })
  assert.equal(connection.features.compress, true)
  await createMailbox(connection, 'Compressed')
  await appendAll(connection, 'Compressed', sampleMessages(50))
  await selectMailbox(connection, 'Compressed')
  const sizes: number[] = []
  await fetchRows(connection, { items: { size: true, sections: [''] } }, (row) => {
    sizes.push(row.size as number)
    assert.equal(row.sections?.get('')?.length, row.size)
  })
  assert.deepEqual(
    sizes,
    sampleMessages(50).map(({ raw }) => raw.length),
  )
  // Selected: Dovecot ends the connection of whoever deletes that.
  await deleteMailbox(connection, 'Compressed')
  await noop(connection)
  await connection.close()
})

// ── The same life of a mailbox, whatever is offered ────────────────────────────────────────────────────────────────

const extensions = [
  'CONDSTORE',
  'QRESYNC',
  'ESEARCH',
  'CONTEXT=SEARCH',
  'SORT',
  'ESORT',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'SPECIAL-USE',
  'MOVE',
  'UIDPLUS',
  'UNSELECT',
  'LITERAL+',
  'SASL-IR',
  'ENABLE',
  'ID',
  'NAMESPACE',
  'IDLE',
  'X-GUID',
  'BINARY',
  'PREVIEW',
]
const cuts: readonly (readonly [string, () => DovecotServer, readonly string[]])[] = [
  ['all extensions', () => full, []],
  ['a bare IMAP4rev1 server', () => bare, []],
  ['everything disabled', () => full, extensions],
  ...extensions.map((name) => [`no ${name}`, () => full, [name]] as const),
]

for (const [what, server, disable] of cuts) {
  test(`a mailbox lives the same life with ${what}`, async () => {
    const connection = await connectTo(server(), { disable })
    try {
      await liveMailbox(connection, '', 'Bäume & "Quotes" \\ 樹')
    } finally {
      await connection.close()
    }
  })
}

test('a part comes decoded by the server (BINARY), or as it stands', async () => {
  const connection = await connectTo(full)
  const [, , withFile] = sampleMessages(3)
  await createMailbox(connection, 'Parts')
  await appendAll(connection, 'Parts', withFile ? [withFile] : [])
  await selectMailbox(connection, 'Parts')
  const read = async (isBinary: boolean) => {
    const { size, body } = await fetchBody(connection, { uid: 1, section: '2', isBinary })
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk)
    assert.equal(Buffer.concat(chunks).length, size)
    return Buffer.concat(chunks)
  }
  const decoded = await read(true)
  assert.deepEqual(decoded, Buffer.alloc(602, 2))
  assert.deepEqual(Buffer.from((await read(false)).toString(), 'base64'), decoded)
  await deleteMailbox(connection, 'Parts')
  await connection.close()
})

test('the sizes of decoded parts are told by a server with BINARY alone', async () => {
  const withFile = sampleMessages(3)[2]
  assert.ok(withFile)
  for (const [server, disable, told] of [
    [full, [], [['2', 602]]],
    [full, ['BINARY'], []],
    [bare, [], []],
  ] as const) {
    const connection = await connectTo(server, { disable })
    await createMailbox(connection, 'Sizes')
    const broken = Buffer.from('Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\nZGVm!\r\n')
    await appendAll(connection, 'Sizes', [withFile, { ...withFile, raw: broken }])
    await selectMailbox(connection, 'Sizes')
    assert.deepEqual([...(await fetchBinarySizes(connection, { uid: 1, sections: ['2'] }))], told)
    assert.equal((await fetchBinarySizes(connection, { uid: 2, sections: ['1'] })).size, 0)
    assert.equal((await fetchBinarySizes(connection, { uid: 99, sections: ['1', '2'] })).size, 0)
    await deleteMailbox(connection, 'Sizes')
    await connection.close()
  }
})

test('rights and annotations are read', async () => {
  const connection = await connectTo(full)
  assert.match((await myRights(connection, 'INBOX')) ?? '', /l.*r.*w/)
  assert.match((await aclOf(connection, 'INBOX')).get('alice@example.test') ?? '', /r/)
  const name = '/private/comment'
  await connection.run({
    name: 'SETMETADATA',
    parts: ['SETMETADATA', { mailbox: 'INBOX' }, { list: [{ string: name }, { string: 'grüne "Bäume"' }] }],
    effect: 'change',
    start: () => ({ done() {} }),
  })
  assert.equal((await metadataOf(connection, 'INBOX', [name])).entries.get(name), 'grüne "Bäume"')
  await connection.close()
  const without = await connectTo(full, { disable: ['ACL', 'METADATA', 'QUOTA'] })
  assert.equal(await myRights(without, 'INBOX'), null)
  await assert.rejects(
    metadataOf(without, 'INBOX', [name]),
    (error) => error instanceof Failure && error.code === 'unsupported',
  )
  await assert.rejects(quotaOf(without, 'INBOX'), (error) => error instanceof Failure && error.code === 'unsupported')
  await without.close()
})

// ── Changes of others ──────────────────────────────────────────────────────────────────────────────────────────────

test('QRESYNC tells what changed and what is gone since', async () => {
  const [one, other] = [await connectTo(full), await connectTo(full)]
  await createMailbox(one, 'Sync')
  await appendAll(one, 'Sync', sampleMessages(20))
  const { mailbox } = await selectMailbox(one, 'Sync')
  const { uidValidity, highestModseq } = { ...mailbox }
  assert.ok(highestModseq)
  await unselect(one)
  await selectMailbox(other, 'Sync')
  await storeFlags(other, { uids: [[2, 3]], mode: 'add', flags: ['$New'] })
  await expungeMessages(other, [[5, 9]])
  const changed: number[] = []
  const back = await selectMailbox(one, 'Sync', {
    qresync: { uidValidity, modseq: highestModseq },
    onRow: (row) => changed.push(row.uid),
  })
  assert.deepEqual([changed, back.vanished, back.mailbox.exists], [[2, 3], [[5, 9]], 15])
  const since: number[] = []
  const { vanished } = await fetchRows(
    one,
    { items: { flags: true }, changedSince: highestModseq, vanished: true },
    (row) => since.push(row.uid),
  )
  assert.deepEqual([since, vanished], [[2, 3], [[5, 9]]])
  const stale = await storeFlags(other, {
    uids: [[1, 3]],
    mode: 'add',
    flags: ['$Late'],
    unchangedSince: highestModseq,
  })
  assert.deepEqual(stale.modified, [[2, 3]])
  await Promise.all([one.close(), other.close()])
})

async function heard(
  events: readonly ConnectionEvent[],
  kind: ConnectionEvent['kind'],
  withinMs = 2000,
): Promise<ConnectionEvent> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(20)) {
    const event = events.find((one) => one.kind === kind)
    if (event) return event
  }
  return assert.fail(`no ${kind} within ${withinMs} ms, only ${events.map((event) => event.kind).join()}`)
}

test('IDLE and NOTIFY tell of mail that somebody else puts in, within 2 s', async () => {
  const [idle, notified, other] = [await connectTo(full), await connectTo(full), await connectTo(full)]
  await selectMailbox(idle, 'INBOX')
  const byIdle: ConnectionEvent[] = []
  const byNotify: ConnectionEvent[] = []
  idle.listen((event) => byIdle.push(event))
  notified.listen((event) => byNotify.push(event))
  idle.setIdle(true)
  await enableNotify(notified, { personal: true })
  await sleep(100)
  await appendAll(other, 'INBOX', sampleMessages(1))
  const [exists, status] = await Promise.all([heard(byIdle, 'exists'), heard(byNotify, 'status')])
  assert.ok(exists.kind === 'exists' && exists.count >= 1)
  assert.ok(status.kind === 'status' && status.row.mailbox === 'INBOX')
  assert.ok((await quotaOf(idle, 'INBOX')).some(({ resources }) => resources.some(({ name }) => name === 'STORAGE')))
  await Promise.all([idle.close(), notified.close(), other.close()])
})
