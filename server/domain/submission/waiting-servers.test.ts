import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { openTestOutbox, wish } from '#testing/outbox.ts'

const minute = 60_000
const draftNo = (n: number) =>
  ['From: alice@example.test', 'To: bob@example.test', `Message-ID: <w${n}@example.test>`, '', `text ${n}`, ''].join(
    '\r\n',
  )

/** An outbox whose submission server can be away, and several messages that met it so. */
async function outboxThatWaits(count: number) {
  let isAway = true
  const box = await openTestOutbox()
  const submit = box.deps.transport.submit
  const attempts: string[] = []
  const failing = async (...args: Parameters<typeof submit>): ReturnType<typeof submit> => {
    attempts.push(args[2].envelopeId ?? '')
    if (!isAway) return submit(...args)
    const recipients = args[2].to.map(({ email }) => ({ email, outcome: 'temporary' as const, reply: '' }))
    return { outcome: 'temporary', reply: 'ECONNREFUSED', recipients, failure: 'unavailable' }
  }
  Object.assign(box.deps.transport, { submit: failing })
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const { id: emailId } = await box.addDraft(draftNo(n))
    ids.push((await box.submissions.create(box.caller, { ...wish, emailId, creationId: `c${n}` })).id)
  }
  return { ...box, attempts, ids, setAway: (away: boolean) => void (isAway = away) }
}

test('one that gets through makes due what waits for the same server, in slices and not in one moment', async () => {
  const box = await outboxThatWaits(25)
  box.clock.time += 10_000
  assert.equal(await box.deliver(), 25)
  assert.equal(await box.deliver(), 0, 'they wait')
  box.setAway(false)
  const { id: emailId } = await box.addDraft(draftNo(99))
  await box.submissions.create(box.caller, { ...wish, emailId, creationId: 'late' })
  box.clock.time += 10_000
  assert.equal(await box.deliver(), 1, 'their own time has not come')
  const atOnce = await box.deliver()
  assert.ok(atOnce < 25, `${atOnce} in the same moment`)
  // On a busy machine one may run into the test's own time limits, and waits anew.
  for (let round = 0; round < 60 && box.smtp.messages.length < 26; round++) {
    box.clock.time += 1_000
    await box.deliver()
  }
  assert.equal(box.smtp.messages.length, 26)
  for (const id of box.ids) assert.equal((await box.one(id)).undoStatus, 'final')
  await box.close()
})

test('while nobody gets through one goes ahead now and then, less often the longer it lasts', async () => {
  const box = await outboxThatWaits(3)
  box.clock.time += 10_000
  await box.deliver()
  const before = box.attempts.length
  assert.equal(before, 3)
  const next = await box.submissions.sendScouts()
  assert.ok(next !== null && next > box.clock.time, String(next))
  assert.equal(await box.deliver(), 1, 'one of three, long before its time')
  assert.equal(await box.submissions.sendScouts(), next, 'not again at once')
  assert.equal(await box.deliver(), 0)
  box.clock.time = next
  await box.submissions.sendScouts()
  assert.equal(await box.deliver(), 1)
  assert.equal(new Set(box.attempts.slice(before)).size, 2, 'not the same one twice')
  // After hours, every five minutes.
  box.clock.time += 50 * minute
  await box.submissions.sendScouts()
  const late = (await box.submissions.sendScouts()) ?? 0
  assert.ok(late - box.clock.time > 4 * minute, `${late - box.clock.time} ms`)
  box.setAway(false)
  await box.deliver()
  box.clock.time += 5_000
  await box.deliver()
  assert.equal(box.smtp.messages.length, 3)
  assert.equal(await box.submissions.sendScouts(), null, 'nothing waits any more')
  await box.close()
})

test('a refusal of the server is no absence: who was told to come later does, and nobody goes ahead', async () => {
  const box = await openTestOutbox({
    script: { answer: (verb: string) => (verb === 'RCPT' ? '451 4.7.1 later' : undefined) },
  })
  const { id: emailId } = await box.addDraft(draftNo(1))
  await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += 10_000
  await box.deliver()
  assert.equal(await box.submissions.sendScouts(), null)
  assert.equal(await box.deliver(), 0)
  await box.close()
})

test('mail that could not be read from its mailbox, or filed, goes on when the mail server is back', async () => {
  let isAway = true
  const box = await openTestOutbox()
  const openMail = box.deps.openMail
  Object.assign(box.deps, {
    openMail: async (caller: typeof box.caller) => {
      if (isAway) throw new Failure('unavailable', { reason: 'ECONNREFUSED' })
      return openMail(caller)
    },
  })
  const { openSubmission } = await import('./index.ts')
  isAway = false
  const { id: emailId } = await box.addDraft(draftNo(1))
  const { submissions } = openSubmission(box.deps)
  await submissions.create(box.caller, { ...wish, emailId })
  isAway = true
  box.clock.time += 10_000
  await submissions.deliverDue(box.signal)
  assert.equal(box.smtp.messages.length, 0)
  isAway = false
  const next = await submissions.sendScouts()
  assert.ok(next !== null)
  assert.equal(await submissions.deliverDue(box.signal), 1)
  assert.equal(box.smtp.messages.length, 1)
  assert.equal(await submissions.sendScouts(), null)
  await box.close()
})
