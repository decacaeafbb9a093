// The absence, rules and Sieve scripts over Dovecot's Pigeonhole, with real deliveries by LMTP.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import type { Caller } from '#core/caller.ts'
import { systemClock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openManageSieve } from '#drivers/sieve/index.ts'
import type { FilterAction, FilterRule } from '#shared/jmap/filters.ts'
import { testCaller } from '#testing/caller.ts'
import { eventually } from '#testing/eventually.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openFilters } from './index.ts'
import type { FilterTables } from './tables.ts'

let dovecot: DovecotServer
let users = 0
/** Dovecot's own mail: to a server of the test's, as this machine may have none that is configured. */
const answers: { readonly to: string[]; readonly text: string }[] = []
const relay = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, { envelope }, done) {
    void textOf(stream).then((message) => {
      answers.push({ to: envelope.rcptTo.map(({ address }) => address), text: message })
      done()
    }, done)
  },
})
before(async () => {
  relay.listen(0, '127.0.0.1')
  await once(relay.server, 'listening')
  const { port } = relay.server.address() as AddressInfo
  const names = Array.from({ length: 20 }, (_, at) => `sieve${at + 1}@example.test`)
  dovecot = await startDovecot({
    users: Object.fromEntries(names.map((name) => [name, 'demo'])),
    extraConfig: `submission_host = 127.0.0.1:${port}`,
  })
})
after(async () => {
  await dovecot?.stop()
  await new Promise<void>((resolve) => relay.close(resolve))
})

async function open(sieveOver: object = {}) {
  const address = `sieve${++users}@example.test`
  const caller = testCaller({ account: `a-${users}`, address })
  const blobs = new Map<string, Buffer>()
  const keep = (bytes: Buffer) => {
    const blobId = `b${createHash('sha256').update(bytes).digest('hex')}`
    blobs.set(blobId, bytes)
    return blobId
  }
  const uploads = {
    async put(_: Caller, { source }: { source: AsyncIterable<Uint8Array> }) {
      const bytes = Buffer.concat(await Array.fromAsync(source))
      return { blobId: keep(bytes), size: bytes.length, type: 'application/sieve', expiresAt: 0 }
    },
    async open(_: Caller, blobId: string) {
      const bytes = blobs.get(blobId)
      if (!bytes) throw new Failure('notFound')
      const body = (async function* () {
        yield bytes
      })()
      return { size: bytes.length, type: 'application/sieve', body }
    },
  }
  const sieve = {
    host: '127.0.0.1',
    port: dovecot.sievePort,
    tls: 'starttls',
    pinnedSha256: dovecot.certSha256,
    ...sieveOver,
  } as const
  const server = { host: '127.0.0.1', port: 1, tls: 'none' } as const
  const database = await openTestSql()
  const filters = openFilters({
    sql: database.for<FilterTables>(),
    directory: { route: async () => ({ address, login: address, imap: server, smtp: server, sieve }) },
    store: openManageSieve(),
    mailboxPaths: async () => paths,
    uploads,
    clock: systemClock,
    log: silentLog,
  })
  const upload = (text: string) => keep(Buffer.from(text))
  const text = (blobId: string) => blobs.get(blobId)!.toString()
  return { filters, caller, address, upload, text, close: () => database.close() }
}

/** One message by LMTP, from a stranger. */
async function deliver(to: string, subject: string, header = '', body = 'x'): Promise<void> {
  const lines = ['LHLO x', 'MAIL FROM:<stranger@elsewhere.test>', `RCPT TO:<${to}>`, 'DATA']
  const message = `From: stranger@elsewhere.test\r\nTo: ${to}\r\nSubject: ${subject}\r\nMessage-ID: <${Math.random()}@elsewhere.test>\r\n${header}\r\n${body}\r\n.\r\nQUIT\r\n`
  await new Promise<void>((resolve, reject) => {
    const socket = connect(dovecot.lmtpPort, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n`))
    let seen = ''
    let isSent = false
    socket.on('data', (chunk) => {
      seen += chunk
      if (!isSent && /^354/m.test(seen)) {
        isSent = true
        socket.write(message)
      }
    })
    socket.on('end', () => (/^250 2\.\S+ .*Saved/m.test(seen) ? resolve() : reject(new Error(seen))))
    socket.on('error', reject)
  })
}

const inFolder = async (user: string, folder: string) =>
  (await dovecot.doveadm('search', '-u', user, 'mailbox', folder, 'ALL')).split('\n').filter((line) => line !== '')
    .length

/** What clients call the mailboxes. */
const paths = new Map([
  ['mJunk', 'Junk'],
  ['mWork', 'Work'],
  ['mGone', 'Gone'],
])

const evil = 'Away "until" \\ Monday; discard;\r\n.\r\nKöln 🚢'

test('the absence is kept whole, and switched on and off without touching the person’s script', async () => {
  const { filters, caller, address, upload, text, close } = await open()
  const { vacations, scripts } = filters
  assert.deepEqual((await vacations.get(caller)).vacation.isEnabled, false)
  const own = 'require ["fileinto", "mailbox"];\r\nfileinto :create "Sorted";\r\n'
  const mine = await scripts.create(caller, { name: 'mine', blobId: upload(own) })
  await scripts.activate(caller, mine.id)

  const before = await vacations.get(caller)
  const wanted = {
    isEnabled: true,
    fromDate: '2020-01-01T00:00:00Z',
    toDate: '2099-01-01T00:00:00Z',
    subject: evil.split('\r')[0]!,
    textBody: evil,
    htmlBody: `<p>${evil}</p>`,
  }
  await vacations.change(caller, () => wanted)
  const after = await vacations.get(caller)
  assert.deepEqual(after.vacation, wanted)
  assert.notEqual(after.state, before.state)
  await deliver(address, 'hello')
  assert.equal(await inFolder(address, 'Sorted'), 1, 'the person’s script still runs')

  await vacations.change(caller, (v) => ({ ...v, isEnabled: false }))
  const { list } = await scripts.list(caller)
  const found = list.find(({ name }) => name === 'mine')!
  assert.deepEqual([found.isActive, found.id, text(found.blobId)], [true, mine.id, own])
  assert.equal((await vacations.get(caller)).vacation.textBody, evil, 'remembered')
  await close()
})

test('Pigeonhole accepts every form of it, and answers within the dates alone', async () => {
  const { filters, caller, address, close } = await open()
  const blank = { isEnabled: true, fromDate: null, toDate: null, subject: null, textBody: null, htmlBody: null }
  for (const over of [
    {},
    { htmlBody: '<b>x</b>' },
    { subject: evil, textBody: evil },
    { toDate: '2099-01-01T00:00:00Z' },
  ]) {
    await filters.vacations.change(caller, () => ({ ...blank, ...over }))
  }
  const ownAnswers = () => answers.filter(({ text }) => new RegExp(`^From:.*${address}`, 'im').test(text))
  await filters.vacations.change(caller, () => ({ ...blank, fromDate: '2098-01-01T00:00:00Z' }))
  await deliver(address, 'too early')
  // Delivered after its answer has gone out, if any.
  assert.deepEqual([await inFolder(address, 'INBOX'), ownAnswers()], [1, []])
  await filters.vacations.change(caller, () => ({ ...blank, fromDate: '2020-01-01T00:00:00Z' }))
  await deliver(address, 'now')
  const sent = await eventually(ownAnswers, (all) => all.length > 0, 'the answer is sent')
  assert.deepEqual(
    sent.map(({ to }) => to),
    [['stranger@elsewhere.test']],
  )
  await close()
})

test('an active script that answers by itself is not silently broken', async () => {
  const { filters, caller, upload, close } = await open()
  const own = await filters.scripts.create(caller, {
    name: 'mine',
    blobId: upload('require "vacation";\nvacation "gone";\n'),
  })
  await filters.scripts.activate(caller, own.id)
  const blank = { isEnabled: true, fromDate: null, toDate: null, subject: null, textBody: 'x', htmlBody: null }
  await assert.rejects(
    filters.vacations.change(caller, () => blank),
    (e) => isFailure(e, 'unsupported'),
  )
  assert.equal((await filters.scripts.list(caller)).list.find(({ name }) => name === 'mine')!.isActive, true)
  await close()
})

test('scripts: made, renamed with their id, replaced, refused, activated, destroyed', async () => {
  const { filters, caller, upload, text, close } = await open()
  const { scripts } = filters
  const names = ['plain', 'quo"te\\', 'Ümläut 🚢', 'x'.repeat(200)]
  for (const name of names) await scripts.create(caller, { name, blobId: upload('keep;\r\n') })
  const { list, state } = await scripts.list(caller)
  assert.deepEqual(list.map(({ name }) => name).sort(), [...names].sort())
  const [first] = list
  await assert.rejects(
    scripts.create(caller, { name: first!.name, blobId: upload('keep;') }),
    (e) => isFailure(e, 'alreadyExists') && e.detail.existingId === first!.id,
  )
  await assert.rejects(scripts.create(caller, { name: 'a\r\nDELETESCRIPT "plain"', blobId: upload('keep;') }), (e) =>
    isFailure(e, 'badInput'),
  )
  await assert.rejects(
    scripts.create(caller, { name: 'bad', blobId: upload('this is no sieve') }),
    (e) => isFailure(e, 'badInput') && /line 1|error/i.test(String(e.detail.message)),
  )
  await assert.rejects(scripts.create(caller, { name: 'bad', blobId: 'bnone' }), (e) => isFailure(e, 'notFound'))

  const big = `# ${'long '.repeat(2000)}\r\nkeep;\r\n`
  const changed = await scripts.change(caller, first!.id, { name: 'renamed', blobId: upload(big) })
  assert.deepEqual([changed.id, changed.name], [first!.id, 'renamed'])
  const again = await scripts.list(caller)
  assert.notEqual(again.state, state)
  const renamed = again.list.find(({ id }) => id === first!.id)!
  assert.deepEqual([renamed.name, text(renamed.blobId)], ['renamed', big])

  assert.deepEqual([...(await scripts.activate(caller, first!.id))], [[first!.id, true]])
  await assert.rejects(
    scripts.destroy(caller, first!.id),
    (e) => isFailure(e, 'conflict') && e.detail.isActive === true,
  )
  await scripts.activate(caller, null)
  await scripts.destroy(caller, first!.id)
  assert.equal((await scripts.list(caller)).list.length, 3)
  assert.equal(await scripts.validate(caller, upload('keep;')), null)
  assert.match((await scripts.validate(caller, upload('keep')))!, /error/)
  await close()
})

test('the script of the absence is seen and cannot be written or destroyed', async () => {
  const { filters, caller, upload, close } = await open()
  await filters.vacations.change(caller, (v) => ({ ...v, isEnabled: true, textBody: 'x' }))
  const script = (await filters.scripts.list(caller)).list.find(({ name }) => name === 'paquebot')!
  assert.equal(script.isActive, true)
  await assert.rejects(filters.scripts.change(caller, script.id, { blobId: upload('keep;') }), (e) =>
    isFailure(e, 'forbidden'),
  )
  await assert.rejects(filters.scripts.destroy(caller, script.id), (e) => isFailure(e, 'forbidden'))
  await filters.scripts.activate(caller, null)
  assert.equal((await filters.vacations.get(caller)).vacation.isEnabled, false)
  await close()
})

test('a wrong password, a wrong certificate and a server that is down are told apart', async () => {
  const good = await open()
  const wrong = testCaller({
    address: good.address,
    credential: { kind: 'password', username: good.address, password: 'x' },
  })
  await assert.rejects(good.filters.vacations.get(wrong), (e) => isFailure(e, 'badCredentials'))
  const pinned = await open({ pinnedSha256: '00'.repeat(32) })
  await assert.rejects(pinned.filters.vacations.get(pinned.caller), (e) => isFailure(e, 'untrustedServer'))
  const unpinned = await open({ pinnedSha256: undefined })
  await assert.rejects(unpinned.filters.vacations.get(unpinned.caller), (e) => isFailure(e, 'untrustedServer'))
  const down = await open({ port: 1 })
  await assert.rejects(down.filters.vacations.get(down.caller), (e) => isFailure(e, 'unavailable'))
  await Promise.all([good.close(), pinned.close(), unpinned.close(), down.close()])
})

const ruleFor = (subject: string, actions: readonly FilterAction[], over: Partial<FilterRule> = {}): FilterRule => ({
  id: subject,
  name: subject,
  isEnabled: true,
  match: 'all',
  conditions: [{ field: 'subject', op: 'contains', value: subject, header: null }],
  actions,
  stops: false,
  ...over,
})
const toWork = { type: 'move', mailboxId: 'mWork', mailbox: '' } as const

test('rules, blocked senders, forwarding, the absence and the person’s script act together', async () => {
  const { filters, caller, address, upload, text, close } = await open()
  const { rules, scripts, vacations } = filters
  for (const name of ['Work', 'Junk']) await dovecot.doveadm('mailbox', 'create', '-u', address, name)
  const own = 'require ["fileinto", "mailbox"];\nif header :contains "Subject" "mine" { fileinto :create "Sorted"; }'
  const mine = await scripts.create(caller, { name: 'mine', blobId: upload(own) })
  await scripts.activate(caller, mine.id)
  const before = await rules.get(caller)
  assert.deepEqual([before.content.isActive, before.content.include, before.content.rules], [false, 'mine', []])

  const colleague = `sieve${++users}@example.test`
  const list: readonly FilterRule[] = [
    ruleFor('work', [toWork, { type: 'keyword', keyword: '$seen' }]),
    ruleFor('refused', [{ type: 'reject', reason: evil }]),
    ruleFor('thrown', [{ type: 'discard' }]),
    ruleFor('gone', [{ type: 'move', mailboxId: 'mGone', mailbox: '' }]),
    ruleFor('off', [{ type: 'discard' }], { isEnabled: false }),
    ruleFor('', [toWork], {
      id: 'all',
      match: 'any',
      conditions: [
        { field: 'body', op: 'contains', value: 'invoice', header: null },
        { field: 'attachment', op: 'has' },
        { field: 'header', op: 'is', value: 'yes', header: 'X-Work' },
        { field: 'size', op: 'over', size: 100_000 },
      ],
    }),
  ]
  const wanted = {
    rules: list,
    forwarding: { isEnabled: true, emails: [colleague], keepsCopy: true },
    blocked: { senders: ['@below.test', 'bad@x.test'], target: { mailboxId: 'mJunk', mailbox: '' } },
  }
  await rules.change(caller, () => wanted)
  await vacations.change(caller, (v) => ({ ...v, isEnabled: true, textBody: 'Away' }))
  const { content } = await rules.get(caller)
  assert.deepEqual([content.isActive, content.include], [true, 'mine'])
  assert.deepEqual(content.rules[0]!.actions[0], { ...toWork, mailbox: 'Work' })
  assert.deepEqual(content.blocked.target, { mailboxId: 'mJunk', mailbox: 'Junk' })

  const count = async (...folders: readonly string[]) => Promise.all(folders.map((name) => inFolder(address, name)))
  await deliver(address, 'to work')
  assert.deepEqual(await count('INBOX', 'Work'), [0, 1])
  assert.match(await dovecot.doveadm('fetch', '-u', address, 'flags', 'mailbox', 'Work', 'ALL'), /\\Seen/)
  await deliver(address, 'to be mine')
  assert.deepEqual(await count('INBOX', 'Sorted'), [0, 1])
  await deliver(address, 'thrown away')
  await deliver(address, 'a folder that is gone')
  await deliver(address, 'off')
  assert.deepEqual(await count('INBOX', 'Work'), [2, 1])
  await deliver(address, 'by its body', '', 'the Invoice')
  await deliver(address, 'by its header', 'X-Work: yes\r\n')
  await deliver(
    address,
    'by its attachment',
    'MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="a.txt"\r\n',
  )
  await deliver(address, 'by its size', '', `${'x'.repeat(70)}\r\n`.repeat(2000))
  assert.deepEqual(await count('INBOX', 'Work'), [2, 5])
  await deliver(address, 'blocked', 'From: Bad <x@deep.below.test>\r\n')
  assert.deepEqual(await count('INBOX', 'Junk'), [2, 1])
  await deliver(address, 'refused')
  assert.deepEqual(await count('INBOX', 'Work'), [2, 5])
  const out = await eventually(
    () => answers.map(({ to, text: message }) => `${to} ${/^Subject: (.*)$/m.exec(message)?.[1]}`),
    (all) => all.some((line) => line === `${colleague} by its size`),
    'the last one is forwarded',
  )
  assert.ok(out.includes(`${colleague} to work`))
  assert.ok(!out.includes(`${colleague} blocked`) && !out.includes(`${colleague} refused`))
  assert.equal(text((await scripts.list(caller)).list.find(({ name }) => name === 'mine')!.blobId), own)
  assert.doesNotMatch(await dovecot.doveadm('fetch', '-u', address, 'hdr.subject', 'mailbox', 'INBOX', 'ALL'), /error/i)

  await vacations.change(caller, (v) => ({ ...v, isEnabled: false }))
  assert.equal((await rules.get(caller)).content.isActive, true, 'the rules go on')
  await rules.change(caller, (now) => ({
    ...now,
    rules: [],
    forwarding: { ...now.forwarding, isEnabled: false },
    blocked: { senders: [], target: null },
  }))
  assert.equal((await scripts.list(caller)).list.find(({ name }) => name === 'mine')!.isActive, true, 'given back')
  await close()
})

test('what another program did to the scripts is seen, and nothing of it undone', async () => {
  const { filters, caller, upload, text, close } = await open()
  const { rules, scripts } = filters
  const one = { rules: [ruleFor('work', [toWork])] }
  await rules.change(caller, (before) => ({ ...before, ...one }))
  const theirs = await scripts.create(caller, { name: 'theirs', blobId: upload('keep;\n') })
  await scripts.activate(caller, theirs.id)
  const { content, state } = await rules.get(caller)
  assert.deepEqual([content.isActive, content.include, content.rules.length], [false, 'theirs', 1])
  await rules.change(caller, (before) => ({ ...before, ...one }))
  const after = await rules.get(caller)
  assert.deepEqual([after.content.isActive, after.content.include], [true, 'theirs'])
  assert.notEqual(after.state, state)
  const ours = (await scripts.list(caller)).list.find(({ name }) => name === 'paquebot')!

  const session = await openManageSieve().open(
    { host: '127.0.0.1', port: dovecot.sievePort, tls: 'starttls', pinnedSha256: dovecot.certSha256 },
    caller.credential,
    AbortSignal.timeout(10_000),
  )
  const edited = text(ours.blobId).replace('"work"', '"play"')
  await session.put('paquebot', edited)
  await assert.rejects(
    rules.change(caller, (before) => ({ ...before, rules: [] })),
    (e) => isFailure(e, 'alreadyExists'),
  )
  assert.equal(await session.get('paquebot'), edited)
  await session.close()
  await close()
})

test('what cannot be is refused before anything is written', async () => {
  const { filters, caller, address, close } = await open()
  const { rules } = filters
  const change = (part: object) => rules.change(caller, (before) => ({ ...before, ...part }))
  const refused = async (part: object, pattern: RegExp) =>
    assert.rejects(change(part), (e) => isFailure(e, 'badInput') && pattern.test(String(e.detail.description)))
  const forwarding = (...emails: string[]) => ({ forwarding: { isEnabled: true, emails, keepsCopy: true } })
  await refused(forwarding(address.toUpperCase()), /came to/)
  await refused(forwarding(...Array.from({ length: 9 }, (_, at) => `a${at}@x.test`)), /at most \d+ addresses/)
  await refused({ rules: [ruleFor('x', [{ type: 'move', mailboxId: 'mNone', mailbox: 'x' }])] }, /mailbox/)
  await refused({ rules: 5 }, /rules/)
  assert.deepEqual((await filters.scripts.list(caller)).list, [])
  await close()
})
