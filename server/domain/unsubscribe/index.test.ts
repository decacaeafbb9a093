import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, Failure, isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { testCaller } from '#testing/caller.ts'
import { openFakeMailStore } from '#testing/fake-mail-store.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openUnsubscribe } from './index.ts'
import { oneClickOf } from './one-click.ts'

const list = 'List-Unsubscribe: <mailto:leave@news.example>,\r\n <https://news.example/leave?u=1>'
const post = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'
const signature = (fields: string, domain = 'news.example') =>
  `DKIM-Signature: v=1; d=${domain}; s=a; h=${fields};\r\n b=AbCdEfGhIj`
const covering = signature('from:list-unsubscribe:List-Unsubscribe-Post')
const passed = 'Authentication-Results: mx.example.org; dkim=pass header.d=news.example header.b=AbCdEfGh'
const offerOf = (fields: readonly string[], authservIds: readonly string[] = []) =>
  oneClickOf(Buffer.from(`${fields.join('\r\n')}\r\n\r\n`), authservIds)
const url = 'https://news.example/leave?u=1'

test('one click is offered with both fields, once each, an https address and a signature over both', () => {
  assert.deepEqual(offerOf([covering, list, post]), { url })
  for (const fields of [
    [covering, list],
    [covering, post],
    [covering, list, post, post],
    [covering, list, list, post],
    [covering, list, 'List-Unsubscribe-Post: something'],
    [covering, 'List-Unsubscribe: <http://news.example/>, <mailto:a@b.example>', post],
  ]) {
    assert.deepEqual(offerOf(fields), { refused: 'notOneClick' }, fields.join())
  }
  for (const fields of [
    [list, post],
    [signature('from:list-unsubscribe'), list, post],
    [signature('from'), list, post],
  ]) {
    assert.deepEqual(offerOf(fields), { refused: 'notSigned' }, fields.join())
  }
})

test('with names of our own servers the very signature must have passed there', () => {
  const offer = (...results: string[]) => offerOf([...results, covering, list, post], ['mx.example.org'])
  assert.deepEqual(offer(passed), { url })
  assert.deepEqual(offer(passed.replace('pass', 'fail')), { refused: 'notSigned' })
  assert.deepEqual(offer(passed.replace('mx.example.org', 'evil.example')), { refused: 'notSigned' })
  assert.deepEqual(offer(passed.replace('d=news', 'd=other')), { refused: 'notSigned' })
  assert.deepEqual(offer(passed.replace('AbCdEfGh', 'XbCdEfGh')), { refused: 'notSigned' })
  assert.deepEqual(offer(passed.replace('AbCdEfGh', 'A')), { refused: 'notSigned' })
  assert.deepEqual(offer(), { refused: 'notSigned' })
})

async function open(answer: () => Promise<number>) {
  const sql = await openTestSql()
  const store = openFakeMailStore()
  const clock = { time: 1_000_000_000_000, now: () => clock.time }
  const asked: string[] = []
  const caller = testCaller()
  const unsubscribe = openUnsubscribe({
    sql: sql.for(),
    openMail: async ({ account, credential }) =>
      store.account({ account, credential, server: { host: 'x', port: 1, tls: 'none' } }),
    fetch: {
      async post(to, form) {
        asked.push(`${to} ${form.type} ${form.text}`)
        return answer()
      },
    },
    clock,
    log: silentLog,
    authservIds: async () => [],
    config: { maxPerHour: 2 },
  })
  const deliver = async (...fields: string[]) =>
    (await store.deliver(caller.account, 'Inbox', `${[...fields, 'Subject: News'].join('\r\n')}\r\n\r\nhello\r\n`)).id
  return { unsubscribe, deliver, caller, clock, asked, close: () => sql.close() }
}

test('the address of the message is asked, and what it answers is told', async () => {
  let status = 202
  const { unsubscribe, deliver, caller, asked, close } = await open(async () => status)
  const id = await deliver(covering, list, post)
  const host = 'news.example'
  assert.deepEqual(await unsubscribe.oneClick(caller, id), { outcome: 'done', host, status })
  assert.deepEqual(asked, [`${url} application/x-www-form-urlencoded List-Unsubscribe=One-Click`])
  status = 302
  assert.deepEqual(await unsubscribe.oneClick(caller, id), { outcome: 'refused', host, status })
  await close()
})

test('nobody is asked for a message that does not offer it, nor for one that is not the caller’s', async () => {
  const { unsubscribe, deliver, caller, asked, close } = await open(async () => 200)
  const id = await deliver(list)
  assert.equal((await unsubscribe.oneClick(caller, id)).outcome, 'notOneClick')
  const other = testCaller({ account: 'a-bob' })
  await assert.rejects(unsubscribe.oneClick(other, await deliver(covering, list, post)), (e) =>
    isFailure(e, 'notFound'),
  )
  assert.deepEqual(asked, [])
  await close()
})

test('a list that is down, or leads inside, is a value', async () => {
  let code: ErrorCode = 'unavailable'
  const { unsubscribe, deliver, caller, close } = await open(async () => {
    throw new Failure(code)
  })
  const id = await deliver(covering, list, post)
  assert.equal((await unsubscribe.oneClick(caller, id)).outcome, 'unreachable')
  code = 'forbidden'
  assert.equal((await unsubscribe.oneClick(caller, id)).outcome, 'notOneClick')
  await close()
})

test('within an hour no more are asked than allowed; after it they are', async () => {
  const { unsubscribe, deliver, caller, clock, asked, close } = await open(async () => 200)
  const id = await deliver(covering, list, post)
  await unsubscribe.oneClick(caller, id)
  await unsubscribe.oneClick(caller, id)
  await assert.rejects(unsubscribe.oneClick(caller, id), (error) => isFailure(error, 'rateLimited'))
  assert.equal(asked.length, 2)
  clock.time += 3_600_001
  await unsubscribe.sweep()
  assert.equal((await unsubscribe.oneClick(caller, id)).outcome, 'done')
  await close()
})
