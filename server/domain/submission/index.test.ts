import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, isFailure } from '#core/errors.ts'
import { testCaller } from '#testing/caller.ts'
import { openTestOutbox, wish } from '#testing/outbox.ts'
import type { SubmissionTables } from './tables.ts'

const minute = 60_000

test('a message waits for its undo window, goes out once, without Bcc, and becomes the one copy in Sent', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  const created = await box.submissions.create(box.caller, { ...wish, emailId })
  assert.equal(created.undoStatus, 'pending')
  assert.equal(created.sendAt, '2026-11-22T12:00:10Z')
  assert.equal(await box.deliver(), 0, 'not before its time')
  box.clock.time += 10_000
  assert.equal(await box.deliver(), 1)
  assert.equal(await box.deliver(), 0)

  assert.equal(box.smtp.messages.length, 1)
  assert.doesNotMatch(box.smtp.messages[0]!, /Bcc|secret|more@/)
  assert.match(box.smtp.messages[0]!, /\r\n\r\nhello\r\n\.\r\n$/)
  assert.deepEqual(
    box.smtp.commands.filter((line) => line.startsWith('RCPT')).map((line) => line.slice(9, -1)),
    ['bob@example.test', 'carol@example.test', 'secret@example.test', 'more@example.test'],
  )
  assert.deepEqual(await box.whereIs(), ['sent'])
  const [row] = await box.account.rows([emailId], {}, box.signal)
  assert.deepEqual([...row!.keywords].sort(), ['$seen'])
  const raw = await box.account.raw(emailId, {}, box.signal)
  let text = ''
  for await (const chunk of raw.body) text += Buffer.from(chunk).toString()
  assert.match(text, /Bcc: secret/, 'the copy in Sent keeps Bcc')

  const done = await box.one(created.id)
  assert.equal(done.undoStatus, 'final')
  assert.deepEqual(done.deliveryStatus?.['bob@example.test'], {
    smtpReply: '250 2.0.0 ok',
    delivered: 'unknown',
    displayed: 'unknown',
  })
  assert.deepEqual([done.problem, done.nextAttemptAt], [null, null])
  await box.close()
})

test('the credential leaves the row when nothing is left to do, and is never there in clear', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  await box.submissions.create(box.caller, { ...wish, emailId })
  const dump = async () =>
    JSON.stringify(await box.deps.sql.readFresh().selectFrom('email_submission').selectAll().execute())
  assert.doesNotMatch(await dump(), /demo/)
  assert.match(await dump(), /k1\./)
  box.clock.time += minute
  await box.deliver()
  assert.doesNotMatch(await dump(), /k1\./)
  await box.close()
})

test('undo works until somebody has it, also while a worker is already at it', async () => {
  let cancelNow = async () => {}
  const box = await openTestOutbox({
    deps: { onStep: async (step) => (step === 'beforeCommit' ? cancelNow() : undefined) },
  })
  const { id: emailId } = await box.addDraft()
  const first = await box.submissions.create(box.caller, { ...wish, emailId })
  await box.submissions.cancel(box.caller, first.id)
  await box.submissions.cancel(box.caller, first.id)
  assert.equal((await box.one(first.id)).undoStatus, 'canceled')
  box.clock.time += minute
  assert.equal(await box.deliver(), 0)

  const second = await box.submissions.create(box.caller, { ...wish, emailId })
  assert.notEqual(second.id, first.id, 'what was canceled may be sent anew')
  box.clock.time += minute
  cancelNow = () => box.submissions.cancel(box.caller, second.id)
  await box.deliver()
  assert.ok(box.smtp.commands.includes('DATA'))
  assert.deepEqual(box.smtp.messages, [], 'the dot never went')
  assert.deepEqual(await box.whereIs(), ['drafts'])

  cancelNow = async () => {}
  const third = await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += minute
  await box.deliver()
  await assert.rejects(
    box.submissions.cancel(box.caller, third.id),
    (e) => isFailure(e, 'conflict') && e.detail.refusal === 'tooLate',
  )
  await box.close()
})

test('a credential that no key opens any more waits for the next sign-in, and holds up nobody else', async () => {
  const box = await openTestOutbox({
    script: {
      offers: ['AUTH PLAIN'],
      answer: (verb, line) =>
        verb === 'AUTH' && !Buffer.from(line.slice(11), 'base64').toString().endsWith('demo')
          ? '535 5.7.8 no'
          : undefined,
    },
  })
  const first = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId: first.id })
  await box.deps.sql.write({ position: null }, async (tx) => {
    await tx.updateTable('email_submission').set({ credential: 'gone.AAAA' }).execute()
  })
  const second = await box.addDraft()
  await box.submissions.create(box.caller, { ...wish, emailId: second.id })
  box.clock.time += minute
  await box.deliver()
  assert.equal(box.smtp.messages.length, 1)
  // Whoever looks is signed in: his password is taken, and the message goes.
  await box.one(id)
  await box.deliver()
  assert.equal(box.smtp.messages.length, 2)
  await box.close()
})

test('only those who were deferred are tried again, with growing waits, until the time is over', async () => {
  const box = await openTestOutbox({
    script: {
      answer: (verb, line) =>
        verb !== 'RCPT'
          ? undefined
          : line.includes('carol')
            ? '451 4.7.1 later'
            : line.includes('secret')
              ? '550 5.1.1 unknown'
              : undefined,
    },
  })
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  const rcpts = () => box.smtp.commands.filter((line) => line.startsWith('RCPT')).length
  box.clock.time += minute
  await box.deliver()
  assert.equal(rcpts(), 4)
  assert.deepEqual(await box.whereIs(), ['sent'], 'somebody has it: it is in Sent at once')
  const status = (await box.one(id)).deliveryStatus!
  assert.deepEqual(
    Object.values(status).map(({ delivered }) => delivered),
    ['unknown', 'queued', 'no', 'unknown'],
  )
  assert.equal((await box.one(id)).problem?.kind, 'retrying')

  const waits: number[] = []
  for (let attempt = 2; attempt <= 4; attempt++) {
    const next = Date.parse((await box.one(id)).nextAttemptAt!)
    waits.push(next - box.clock.time)
    box.clock.time = next
    await box.deliver()
    assert.equal(rcpts(), 4 + attempt - 1, 'carol alone')
  }
  assert.ok(waits[1]! > waits[0]! && waits[2]! > waits[1]!, String(waits))
  box.clock.time += 3_600_000
  await box.deliver()
  const end = await box.one(id)
  assert.match(end.deliveryStatus!['carol@example.test']!.smtpReply, /^554 5\.4\.7 .*later/)
  assert.deepEqual([end.problem?.kind, end.nextAttemptAt], ['partlyFailed', null])
  assert.equal(box.smtp.messages.length, 1, 'bob got it once')
  await box.close()
})

test('refused for good: told clearly, and a draft again, even where a client had moved it to Sent', async () => {
  const box = await openTestOutbox({ script: { answer: (verb) => (verb === 'DOT' ? '554 5.7.1 spam' : undefined) } })
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, fileSent: false, emailId })
  const [drafts, sent] = [await box.role('drafts'), await box.role('sent')]
  await box.account.change(
    [{ id: emailId, addMailboxes: [sent], removeMailboxes: [drafts], removeKeywords: ['$draft'] }],
    box.signal,
  )
  box.clock.time += minute
  await box.deliver()
  const failed = await box.one(id)
  assert.deepEqual(failed.problem, { kind: 'failed', description: '554 5.7.1 spam' })
  assert.equal(failed.deliveryStatus!['bob@example.test']!.delivered, 'no')
  assert.deepEqual(await box.whereIs(), ['drafts'])
  const [row] = await box.account.rows([emailId], {}, box.signal)
  assert.ok(row!.keywords.includes('$draft'))
  await box.close()
})

test('a connection lost after the final dot: never sent again, filed, and told as uncertain', async () => {
  const box = await openTestOutbox({ script: { answer: (verb) => (verb === 'DOT' ? 'hangUp' : undefined) } })
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += minute
  await box.deliver()
  await assert.rejects(box.submissions.cancel(box.caller, id), (e) => isFailure(e, 'conflict'))
  for (let i = 0; i < 5; i++) {
    box.clock.time += 3000
    await box.deliver()
  }
  assert.equal(box.smtp.messages.length, 1)
  const end = await box.one(id)
  assert.deepEqual([end.problem?.kind, end.undoStatus, end.nextAttemptAt], ['uncertain', 'final', null])
  assert.deepEqual(await box.whereIs(), ['sent'])
  await box.close()
})

test('a copy that came back to the sender settles the matter', async () => {
  const box = await openTestOutbox({ script: { answer: (verb) => (verb === 'DOT' ? 'hangUp' : undefined) } })
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += minute
  await box.deliver()
  await box.mail.deliver(box.caller.account, 'Inbox', `Received: x\r\n${box.smtp.messages[0]}`)
  box.clock.time += 3000
  await box.deliver()
  const end = await box.one(id)
  assert.equal(end.problem, null)
  assert.match(end.deliveryStatus!['bob@example.test']!.smtpReply, /^250 /)
  assert.deepEqual((await box.whereIs()).sort(), ['inbox', 'sent'])
  await box.close()
})

test('a worker that slept past its lease sends nothing: the next one does', async () => {
  let overtake = async () => {}
  const box = await openTestOutbox({
    deps: { onStep: async (step) => (step === 'beforeCommit' ? overtake() : undefined) },
  })
  const { id: emailId } = await box.addDraft()
  await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += minute
  overtake = async () => {
    overtake = async () => {}
    box.clock.time += 31_000
    assert.equal(await box.deliver(), 1)
  }
  await box.deliver()
  assert.equal(box.smtp.messages.length, 1)
  assert.deepEqual(await box.whereIs(), ['sent'])
  await box.close()
})

test('many nodes at once send each message once', async () => {
  const box = await openTestOutbox({ config: { undoWindowMs: 0 } })
  for (let i = 0; i < 10; i++) {
    const { id: emailId } = await box.addDraft()
    await box.submissions.create(box.caller, { ...wish, emailId, creationId: `c${i}` })
  }
  const done = await Promise.all([1, 2, 3, 4].map(() => box.deliver()))
  assert.equal(
    done.reduce((a, b) => a + b, 0),
    10,
  )
  assert.equal(box.smtp.messages.length, 10)
  await box.close()
})

test('octets that are not those submitted are not sent: the dot never goes', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  const sql = box.deps.sql
  await sql.write({ position: null }, async (tx) => {
    const row = await tx.selectFrom('email_submission').select('message').executeTakeFirstOrThrow()
    const message = JSON.stringify({ ...JSON.parse(row.message), sha256: '0'.repeat(64) })
    await tx.updateTable('email_submission').set({ message }).execute()
  })
  box.clock.time += minute
  await box.deliver()
  assert.deepEqual(box.smtp.messages, [])
  assert.equal((await box.one(id)).problem?.kind, 'failed')
  assert.deepEqual(await box.whereIs(), ['drafts'])
  await box.close()
})

test('a mailbox or server that is down only delays; a wrong password waits for the next sign-in', async () => {
  let isRefusing = true
  const box = await openTestOutbox({
    script: { offers: ['AUTH PLAIN'], answer: (verb) => (verb === 'AUTH' && isRefusing ? '535 5.7.8 no' : undefined) },
  })
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += minute
  box.mail.failNext('raw', new Failure('unavailable'))
  isRefusing = false
  await box.deliver()
  assert.deepEqual([(await box.one(id)).problem?.kind, box.smtp.messages.length], ['retrying', 0])
  isRefusing = true
  box.clock.time += 10 * minute
  await box.deliver()
  assert.equal((await box.one(id)).problem?.kind, 'signInNeeded')
  isRefusing = false
  const again = testCaller({ credential: { kind: 'password', username: 'alice@example.test', password: 'new' } })
  await box.submissions.list(again, null)
  assert.equal(await box.deliver(), 1)
  assert.equal(box.smtp.messages.length, 1)
  assert.ok(box.smtp.commands.includes(`AUTH PLAIN ${Buffer.from('\0alice@example.test\0new').toString('base64')}`))
  await box.close()
})

test('what happened in the mailbox meanwhile is respected: a copy in Sent, a draft deleted', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  await box.submissions.create(box.caller, { ...wish, emailId })
  await box.mail.deliver(box.caller.account, 'Sent', (await import('#testing/outbox.ts')).draft, ['$seen'])
  box.clock.time += minute
  await box.deliver()
  assert.deepEqual(await box.whereIs(), ['sent'], 'the server had kept a copy: there is no second')

  const other = await box.addDraft((await import('#testing/outbox.ts')).draft.replace('<m1@', '<m2@'))
  const gone = await box.submissions.create(box.caller, { ...wish, emailId: other.id, creationId: 'c2' })
  await box.account.destroy([other.id], box.signal)
  box.clock.time += minute
  await box.deliver()
  assert.equal((await box.one(gone.id)).problem?.kind, 'failed')
  assert.match((await box.one(gone.id)).problem!.description, /no longer in the mailbox/)
  await box.close()
})

test('a mailbox that cannot be put in order is tried again, and the message is not sent again', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  const original = await box.mail.deliver(box.caller.account, 'Inbox', 'From: bob@example.test\r\n\r\nhi\r\n')
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId, answered: [original.id] })
  box.clock.time += minute
  box.mail.failNext('change', new Failure('unavailable'))
  await box.deliver()
  assert.deepEqual([(await box.one(id)).problem?.kind, await box.whereIs()], ['notFiled', ['drafts']])
  box.clock.time += 10 * minute
  await box.deliver()
  assert.deepEqual([(await box.one(id)).problem, await box.whereIs()], [null, ['sent']])
  assert.equal(box.smtp.messages.length, 1)
  const [row] = await box.account.rows([original.id], {}, box.signal)
  assert.ok(row!.keywords.includes('$answered'))
  await box.close()
})

test('destroying forgets the object, not the message; old ones are swept', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  await box.submissions.destroy(box.caller, id)
  await assert.rejects(box.submissions.destroy(box.caller, id), (e) => isFailure(e, 'notFound'))
  box.clock.time += minute
  await box.deliver()
  assert.equal(box.smtp.messages.length, 1)
  await box.submissions.sweep()
  const rows = await box.deps.sql.readFresh().selectFrom('email_submission').selectAll().execute()
  assert.deepEqual(rows as SubmissionTables['email_submission'][], [])
  await box.close()
})
