import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure, isFailure } from '#core/errors.ts'
import type { HookEvent } from '#plugin-api/hooks.ts'
import type { Hooks } from '#ports/hooks.ts'
import type { MailAccount } from '#ports/mail-store.ts'
import { openTestOutbox, wish } from '#testing/outbox.ts'

const second = 1000

/** One plugin that adds a line, and keeps what it is told. */
function footer(line = 'Grüße, GmbH') {
  const told: string[] = []
  const seen: HookEvent<'message.outgoing'>[] = []
  const hooks = {
    listens: () => true,
    async ask(name: string, event: HookEvent<'message.outgoing'>) {
      if (name !== 'message.outgoing') return event
      seen.push(event)
      return { ...event, texts: event.texts.map((part) => ({ ...part, text: `${part.text}${line}\n` })) }
    },
    tell: (name: string, event: { recipients?: readonly string[] }) =>
      void told.push(`${name} ${event.recipients?.join()}`),
  }
  return { hooks: hooks as unknown as Hooks, told, seen }
}

type Box = Awaited<ReturnType<typeof openTestOutbox>>
async function inSent(box: Box): Promise<string[]> {
  const ids = await box.account.findByMessageId('<m1@example.test>', await box.role('sent'), box.signal)
  return Promise.all(
    ids.map(async (id) =>
      Buffer.concat(await Array.fromAsync((await box.account.raw(id, {}, box.signal)).body)).toString(),
    ),
  )
}

test('what a plugin adds is in each attempt and in Sent; it is asked once, and told of each recipient once', async () => {
  const { hooks, told, seen } = footer()
  let refusals = 1
  const box = await openTestOutbox({
    deps: { hooks },
    script: {
      answer: (verb, line) =>
        verb === 'RCPT' && line.includes('carol') && refusals-- > 0 ? '451 4.2.1 later' : undefined,
    },
  })
  const { id: emailId } = await box.addDraft()
  await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += 10 * second
  await box.deliver()
  box.clock.time += 200 * second
  await box.deliver()
  assert.equal(box.smtp.messages.length, 2)
  for (const message of box.smtp.messages) {
    assert.match(message, /Gr=C3=BC=C3=9Fe, GmbH/)
    assert.doesNotMatch(message, /Bcc/)
  }
  assert.equal(seen.length, 1)
  const [copy] = await inSent(box)
  assert.match(copy!, /Bcc: secret[\s\S]*Gr=C3=BC=C3=9Fe, GmbH/)
  assert.deepEqual(await box.whereIs(), ['sent'], 'one, and the draft is gone')
  assert.deepEqual(told, [
    'message.sent bob@example.test,secret@example.test,more@example.test',
    'message.sent carol@example.test',
  ])
  await box.close()
})

test('a death between the copy in Sent and the end of the draft leaves one copy', async () => {
  const { hooks } = footer()
  let isCut = true
  const box = await openTestOutbox({ deps: { hooks } })
  const cut = (account: MailAccount): MailAccount =>
    new Proxy(account, {
      get: (target, name: keyof MailAccount) =>
        name === 'destroy' && isCut
          ? async () => {
              isCut = false
              throw new Failure('unavailable')
            }
          : target[name],
    })
  const open = box.deps.openMail
  Object.assign(box.deps, { openMail: async (caller: Parameters<typeof open>[0]) => cut(await open(caller)) })
  const { id: emailId } = await box.addDraft()
  await box.submissions.create(box.caller, { ...wish, emailId })
  box.clock.time += 10 * second
  await box.deliver()
  assert.deepEqual((await box.whereIs()).sort(), ['drafts', 'sent'])
  box.clock.time += 200 * second
  await box.deliver()
  assert.deepEqual(await box.whereIs(), ['sent'])
  assert.match((await inSent(box))[0]!, /GmbH/)
  assert.equal(box.smtp.messages.length, 1)
  await box.close()
})

test('a draft that is no longer the one that plugins saw is not sent', async () => {
  const { hooks } = footer()
  const box = await openTestOutbox({ deps: { hooks } })
  const { id: emailId } = await box.addDraft()
  const { id } = await box.submissions.create(box.caller, { ...wish, emailId })
  await box.account.destroy([emailId], box.signal)
  await box.addDraft('Message-ID: <m1@example.test>\r\nFrom: alice@example.test\r\n\r\nanother\r\n')
  box.clock.time += 10 * second
  await box.deliver()
  assert.equal(box.smtp.messages.length, 0)
  assert.equal((await box.one(id)).problem?.kind, 'failed')
  await box.close()
})

test('an addition beyond all measure is refused while its author looks', async () => {
  const { hooks } = footer('x'.repeat(50_000))
  const box = await openTestOutbox({ deps: { hooks } })
  const { id: emailId } = await box.addDraft()
  await assert.rejects(box.submissions.create(box.caller, { ...wish, emailId }), (error) =>
    isFailure(error, 'tooLarge'),
  )
  await box.close()
})

test('a redirect goes as it is', async () => {
  const { hooks, seen } = footer()
  const box = await openTestOutbox({ deps: { hooks } })
  const { id: emailId } = await box.addDraft()
  const envelope = {
    mailFrom: { email: 'alice@example.test', parameters: null },
    rcptTo: [{ email: 'dave@example.test', parameters: null }],
  }
  await box.submissions.create(box.caller, { ...wish, emailId, envelope, redirect: true })
  box.clock.time += 10 * second
  await box.deliver()
  assert.equal(seen.length, 0)
  assert.doesNotMatch(box.smtp.messages[0]!, /GmbH/)
  await box.close()
})
