// What every session store owes: run by each driver's test with its own way to open one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionRecord, SessionStore } from './session-store.ts'

const day = 86_400_000
const minute = 60_000

export const buildSession = (over: Partial<SessionRecord> = {}): SessionRecord => ({
  id: 's1',
  account: 'a1',
  address: 'alice@example.test',
  kind: 'cookie',
  label: 'Firefox',
  remoteAddress: '192.0.2.1',
  createdAt: 1000,
  expiresAt: 1000 + 30 * day,
  idleMs: day,
  scopes: null,
  sealed: 'sealed-text',
  version: 1,
  ...over,
})

/** @param open a store with nothing in it; `other` is a second node's view of the same. */
export function testSessionStore(
  open: () => Promise<{ readonly store: SessionStore; readonly other: SessionStore; close(): Promise<void> }>,
): void {
  const withStore = (work: (store: SessionStore, other: SessionStore) => Promise<void>) => async () => {
    const { store, other, close } = await open()
    try {
      await work(store, other)
    } finally {
      await close()
    }
  }

  test(
    'a session is found on another node, as it was made',
    withStore(async (store, other) => {
      const record = buildSession({ scopes: ['urn:ietf:params:jmap:mail'], kind: 'token', label: 'täglich 📬' })
      await store.create(record)
      assert.deepEqual(await other.get('s1', 2000), { ...record, lastSeenAt: 1000 })
      assert.equal(await other.get('s2', 2000), null)
    }),
  )

  test(
    'an id is taken once',
    withStore(async (store) => {
      await store.create(buildSession())
      await assert.rejects(store.create(buildSession({ account: 'a2' })))
      assert.equal((await store.get('s1', 2000))?.account, 'a1')
    }),
  )

  test(
    'a session ends by its idle time, which use moves on, and by its absolute time, which nothing moves',
    withStore(async (store) => {
      await store.create(buildSession({ expiresAt: 1000 + 2.5 * day }))
      assert.ok(await store.get('s1', 1000 + day - minute))
      await store.touch('s1', 1000 + day - minute)
      assert.ok(await store.get('s1', 1000 + 2 * day - 2 * minute), 'moved on')
      await store.touch('s1', 1000 + 2 * day - 2 * minute)
      assert.ok(await store.get('s1', 1000 + 2.5 * day - 1))
      assert.equal(await store.get('s1', 1000 + 2.5 * day), null)
    }),
  )

  test(
    'a session that has ended cannot be touched back to life',
    withStore(async (store) => {
      await store.create(buildSession())
      await store.touch('s1', 1000 + day)
      assert.equal(await store.get('s1', 1000 + day + 1), null)
      await store.touch('nobody', 2000)
      assert.equal(await store.get('nobody', 2000), null)
    }),
  )

  test(
    'of two that replace the sealed credential at once, one wins',
    withStore(async (store, other) => {
      await store.create(buildSession())
      const won = await Promise.all([store.replace('s1', 1, 'first'), other.replace('s1', 1, 'second')])
      assert.equal(won.filter(Boolean).length, 1)
      const after = await store.get('s1', 2000)
      assert.equal(after?.version, 2)
      assert.equal(after?.sealed, won[0] ? 'first' : 'second')
      assert.equal(await store.replace('nobody', 1, 'x'), false)
    }),
  )

  test(
    'an ended session is gone on the other node at once, and ending it twice is no error',
    withStore(async (store, other) => {
      await store.create(buildSession())
      await store.destroy('s1')
      await store.destroy('s1')
      assert.equal(await other.get('s1', 2000), null)
    }),
  )

  test(
    'all sessions of an account end but the one kept; another account’s stay',
    withStore(async (store, other) => {
      for (const id of ['s1', 's2', 's3']) await store.create(buildSession({ id }))
      await store.create(buildSession({ id: 'x1', account: 'a2' }))
      assert.equal(await other.destroyAll('a1', 's2'), 2)
      const ids = (await store.list('a1', 2000)).map(({ id }) => id)
      assert.deepEqual(ids, ['s2'])
      assert.equal((await store.list('a2', 2000)).length, 1)
      assert.equal(await store.destroyAll('a1'), 1)
    }),
  )

  test(
    'the sweep removes what has ended and nothing else; lists leave it out before',
    withStore(async (store) => {
      await store.create(buildSession())
      await store.create(buildSession({ id: 's2', idleMs: 10 * day }))
      assert.deepEqual(
        (await store.list('a1', 1000 + 2 * day)).map(({ id }) => id),
        ['s2'],
      )
      // A driver whose entries end by themselves has nothing left to count.
      assert.ok((await store.sweep(1000 + 2 * day)) <= 1)
      assert.ok(await store.get('s2', 1000 + 2 * day))
    }),
  )
}
