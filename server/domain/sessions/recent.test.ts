import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { openRecentSessions, type RecentSessions } from './recent.ts'
import type { SignedIn } from './types.ts'

let now: number
let asked: number
let recent: RecentSessions
/** What the store says: null, no such session. */
let standing: SignedIn | null

const signedIn: SignedIn = {
  account: 'a1',
  address: 'ada@example.test',
  credential: { kind: 'password', username: 'ada', password: 'x' } as unknown as SignedIn['credential'],
  kind: 'cookie',
  session: 's1',
  scopes: null,
  csrf: 'c',
}

beforeEach(() => {
  now = 1_000_000
  asked = 0
  standing = signedIn
  recent = openRecentSessions({ now: () => now })
})

const ask = async () => {
  asked++
  if (!standing) throw new Failure('unauthenticated')
  return { signedIn: standing, expiresAt: now + 3_600_000 }
}
const find = (kind: SignedIn['kind'] = 'cookie') => recent.find('s1', kind, ask)

test('requests that come together ask the store once', async () => {
  assert.equal(await find(), signedIn)
  now += 600
  assert.equal(await find(), signedIn)
  assert.equal(asked, 1)
})

test('a session that another node has ended is refused within a second, however often it is used meanwhile', async () => {
  await find()
  standing = null
  let lastAt = 0
  const start = now
  for (; now < start + 1_000; now += 50) {
    const isIn = await find().then(
      () => true,
      () => false,
    )
    if (isIn) lastAt = now - start
  }
  assert.ok(lastAt < 1_000 - 50, String(lastAt))
  await assert.rejects(find(), { code: 'unauthenticated' })
})

test('what is ended here is refused at once', async () => {
  await find()
  standing = null
  recent.forget('s1')
  await assert.rejects(find(), { code: 'unauthenticated' })
  standing = signedIn
  await find()
  standing = null
  recent.forgetAccount('a1')
  await assert.rejects(find(), { code: 'unauthenticated' })
})

test('what is ended while the store is asked is not kept', async () => {
  const answer = Promise.withResolvers<{ signedIn: SignedIn; expiresAt: number }>()
  const finding = recent.find('s1', 'cookie', () => answer.promise)
  recent.forget('s1')
  answer.resolve({ signedIn, expiresAt: now + 1_000 })
  await finding
  standing = null
  await assert.rejects(find(), { code: 'unauthenticated' })
})

test('a cookie is no token, and what ends is not kept beyond its end', async () => {
  await find()
  standing = null
  await assert.rejects(find('token'), { code: 'unauthenticated' })
  await recent.find('s2', 'cookie', async () => ({ signedIn, expiresAt: now + 100 }))
  now += 100
  await assert.rejects(recent.find('s2', 'cookie', ask), { code: 'unauthenticated' })
})

test('a clock that is set back keeps nobody in', async () => {
  await find()
  standing = null
  now -= 600_000
  await assert.rejects(find(), { code: 'unauthenticated' })
})
