import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { openTestOutbox, wish } from '#testing/outbox.ts'

const minute = 60_000

test('the same wish twice is one submission: by the client’s key for ever, without one while it waits', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  const twice = async (over: object) =>
    Promise.all([1, 2, 3].map(() => box.submissions.create(box.caller, { ...wish, emailId, ...over })))
  const keyed = await twice({ idempotencyKey: 'k', creationId: 'a' })
  assert.equal(new Set(keyed.map(({ id }) => id)).size, 1)
  const plain = await twice({ creationId: 'b' })
  assert.equal(new Set(plain.map(({ id }) => id)).size, 1)
  box.clock.time += minute
  await box.deliver()
  assert.equal(box.smtp.messages.length, 2)
  assert.equal((await box.submissions.create(box.caller, { ...wish, emailId, idempotencyKey: 'k' })).id, keyed[0]!.id)
  box.clock.time += minute
  await box.deliver()
  assert.equal(box.smtp.messages.length, 2)
  await box.close()
})

test('what was undone, or what nobody got, may be sent again under the same key', async () => {
  let isRefusing = true
  const box = await openTestOutbox({
    script: { answer: (verb) => (verb === 'DOT' && isRefusing ? '554 5.7.1 no' : undefined) },
  })
  const { id: emailId } = await box.addDraft()
  const send = () => box.submissions.create(box.caller, { ...wish, emailId, idempotencyKey: 'same' })
  const undone = await send()
  await box.submissions.cancel(box.caller, undone.id)
  const failed = await send()
  assert.notEqual(failed.id, undone.id)
  box.clock.time += minute
  await box.deliver()
  assert.equal((await box.one(failed.id)).problem?.kind, 'failed')
  isRefusing = false
  const sent = await send()
  assert.notEqual(sent.id, failed.id)
  box.clock.time += minute
  await box.deliver()
  assert.equal((await send()).id, sent.id, 'and what was sent is not')
  assert.equal((await box.one(sent.id)).undoStatus, 'final')
  await box.close()
})

test('a message that cannot be read whole is refused, and the attachment named', async () => {
  const box = await openTestOutbox()
  const part = (name: string) =>
    `--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n${name} text\r\n`
  const { id: emailId } = await box.addDraft(
    `From: alice@example.test\r\nTo: bob@example.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part('good.txt')}${part('bad.txt')}--b--\r\n`,
  )
  const openMail = box.deps.openMail
  const broken: typeof openMail = async (caller) => {
    const account = await openMail(caller)
    const cut = async function* () {
      yield Buffer.from('From: alice@example.test\r\n\r\n')
    }
    return new Proxy(account, {
      get(target, name: keyof typeof account) {
        if (name === 'raw')
          return async (...args: Parameters<typeof account.raw>) => ({
            size: (await target.raw(...args)).size,
            body: cut(),
          })
        if (name === 'section') {
          return async (...args: Parameters<typeof account.section>) =>
            args[1] === '2' ? { size: 12, body: cut() && (async function* () {})() } : target.section(...args)
        }
        return target[name]
      },
    })
  }
  const { openSubmission } = await import('./index.ts')
  const { submissions } = openSubmission({ ...box.deps, openMail: broken })
  await assert.rejects(submissions.create(box.caller, { ...wish, emailId }), (error) => {
    assert.ok(isFailure(error, 'blobMissing'))
    assert.match(String(error.detail.description), /bad\.txt/)
    assert.deepEqual(error.detail.notFound, [`p${emailId}_2`])
    return true
  })
  await box.close()
})

test('what cannot be sent is refused at once, each by its name', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  const from = (email: string) => ({ email, parameters: null })
  const to = (...emails: readonly string[]) => ({ mailFrom: from('alice@example.test'), rcptTo: emails.map(from) })
  const refused = async (over: object, refusal: string) =>
    assert.rejects(
      box.submissions.create(box.caller, { ...wish, emailId, ...over }),
      (e) => isFailure(e) && e.detail.refusal === refusal,
      refusal,
    )
  await refused({ envelope: to() }, 'noRecipients')
  await refused({ envelope: to('a@x.test', 'no address', 'b@', 'a@x.test>\r\nRSET') }, 'invalidRecipients')
  await refused({ envelope: to(...Array.from({ length: 6 }, (_, i) => `a${i}@x.test`)) }, 'tooManyRecipients')
  // Nothing is announced but PIPELINING.
  const asking = { ...to('a@x.test'), rcptTo: [{ email: 'a@x.test', parameters: { NOTIFY: 'SUCCESS' } }] }
  await assert.rejects(
    box.submissions.create(box.caller, { ...wish, emailId, envelope: asking }),
    (e) => isFailure(e, 'badInput') && /NOTIFY/.test(String(e.detail.description)),
  )
  await refused({ envelope: { mailFrom: from('mallory@x.test'), rcptTo: [from('a@x.test')] } }, 'mailFrom')
  await refused(
    {
      envelope: { mailFrom: { email: 'alice@example.test', parameters: { HOLDFOR: 'x' } }, rcptTo: [from('a@x.test')] },
    },
    'badHold',
  )
  const foreign = await box.addDraft('From: mallory@x.test\r\nTo: bob@x.test\r\n\r\nx\r\n')
  await refused({ emailId: foreign.id }, 'from')
  const headless = await box.addDraft('To: bob@x.test\r\n\r\nx\r\n')
  await refused({ emailId: headless.id }, 'badMessage')
  const big = await box.addDraft(`From: alice@example.test\r\nTo: b@x.test\r\n\r\n${'x'.repeat(10_000)}\r\n`)
  await assert.rejects(box.submissions.create(box.caller, { ...wish, emailId: big.id }), (e) =>
    isFailure(e, 'tooLarge'),
  )
  await assert.rejects(box.submissions.create(box.caller, { ...wish, emailId: 'nope' }), (e) =>
    isFailure(e, 'badInput'),
  )
  await assert.rejects(box.submissions.create(box.caller, { ...wish, emailId, identityId: 'x' }), (e) =>
    isFailure(e, 'badInput'),
  )
  assert.deepEqual((await box.submissions.list(box.caller, null)).list, [])
  await box.close()
})

test('a send may be scheduled by property or by HOLDFOR, which is not passed on; the person chooses the undo window', async () => {
  const box = await openTestOutbox()
  const { id: emailId } = await box.addDraft()
  const sendAt = box.clock.time + 3_600_000
  const scheduled = await box.submissions.create(box.caller, { ...wish, emailId, sendAt, creationId: 'a' })
  assert.equal(scheduled.sendAt, '2026-11-22T13:00:00Z')
  const envelope = {
    mailFrom: { email: 'alice@example.test', parameters: { HOLDFOR: '600' } },
    rcptTo: [{ email: 'bob@example.test', parameters: null }],
  }
  const held = await box.submissions.create(box.caller, { ...wish, emailId, envelope, creationId: 'b' })
  assert.equal(held.sendAt, '2026-11-22T12:10:00Z')
  box.settings.value = { undoSeconds: 0 }
  const now = await box.submissions.create(box.caller, { ...wish, emailId, creationId: 'c' })
  assert.equal(now.sendAt, '2026-11-22T12:00:00Z')
  await assert.rejects(
    box.submissions.create(box.caller, { ...wish, emailId, sendAt: box.clock.time + 100 * 86_400_000 }),
    (e) => isFailure(e, 'badInput'),
  )
  assert.equal(await box.submissions.nextDue(), box.clock.time)
  box.clock.time += 600_000
  await box.deliver()
  assert.ok(box.smtp.commands.includes('MAIL FROM:<alice@example.test>'))
  assert.equal(box.smtp.messages.length, 2)
  await box.close()
})

test('a redirect goes out untouched below Resent fields, to the envelope’s recipients, and is not moved', async () => {
  const box = await openTestOutbox()
  const raw = 'From: mallory@x.test\r\nTo: alice@example.test\r\nMessage-ID: <far@x.test>\r\nSubject: s\r\n\r\nbody\r\n'
  const { id: emailId } = await box.mail.deliver(box.caller.account, 'Inbox', raw)
  const envelope = {
    mailFrom: { email: 'alice@example.test', parameters: null },
    rcptTo: [{ email: 'bob@example.test', parameters: null }],
  }
  await box.submissions.create(box.caller, { ...wish, emailId, envelope, redirect: true })
  box.clock.time += minute
  await box.deliver()
  const [sent] = box.smtp.messages
  assert.match(
    sent!,
    /^Resent-From: alice@example\.test\r\nResent-To: bob@example\.test\r\nResent-Date: .*\r\nResent-Message-ID: <.*@example\.test>\r\nFrom: mallory/,
  )
  assert.ok(sent!.endsWith(raw))
  assert.deepEqual(await box.whereIs('<far@x.test>'), ['inbox'])
  await box.close()
})

test('identities: one of one’s own at first sight, others as the configuration allows', async () => {
  const box = await openTestOutbox()
  const [own] = (await box.identities.list(box.caller)).list
  assert.deepEqual([own!.email, own!.mayDelete], ['alice@example.test', false])
  const { id: _, mayDelete, ...content } = own!
  const other = await box.identities.create(box.caller, { ...content, email: 'sales@example.test', name: 'Sales' })
  await box.identities.change(box.caller, other.id, (before) => ({ ...before, textSignature: '-- \nSales' }))
  await assert.rejects(
    box.identities.change(box.caller, other.id, (before) => ({ ...before, email: 'x@x.test' })),
    (e) => isFailure(e, 'badInput'),
  )
  await assert.rejects(box.identities.destroy(box.caller, own!.id), (e) => isFailure(e, 'forbidden'))
  await box.identities.destroy(box.caller, other.id)
  assert.equal((await box.identities.list(box.caller)).list.length, 1)

  const strict = await openTestOutbox({ config: { identities: 'own' } })
  await assert.rejects(
    strict.identities.create(strict.caller, { ...content, email: 'sales@example.test' }),
    (e) => isFailure(e, 'forbidden') && e.detail.refusal === 'from',
  )
  await strict.identities.create(strict.caller, { ...content, email: 'Alice@EXAMPLE.test', name: 'A' })
  await strict.close()
  await box.close()
})
