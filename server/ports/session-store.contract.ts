// What every session store owes: run by each driver's test with its own way to open one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { eventually } from '#testing/eventually.ts'
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

  test(
    '200 requests of one session at once, on two nodes, lose nothing of what they change',
    withStore(async (store, other) => {
      await store.create(buildSession({ sealed: '' }))
      const marks = Array.from({ length: 20 }, (_, at) => `m${at};`)
      const add = async (node: SessionStore, mark: string) => {
        for (;;) {
          const session = await node.get('s1', 2000)
          assert.ok(session, 'no request finds it gone')
          if (await node.replace('s1', session.version, session.sealed + mark)) return
        }
      }
      await Promise.all([
        ...marks.map((mark, at) => add(at % 2 ? store : other, mark)),
        ...Array.from({ length: 180 }, async (_, at) => {
          const node = at % 2 ? store : other
          assert.ok(await node.get('s1', 2000))
          await node.touch('s1', 2000 + at)
        }),
      ])
      const session = await other.get('s1', 3000)
      assert.deepEqual(session?.sealed.match(/m\d+;/g)?.sort(), marks.sort())
      assert.equal(session?.version, 21)
      assert.equal(session?.lastSeenAt, 2179)
    }),
  )

  // The four ways in which two requests that began with one state lose a change where a session is one blob that is written back whole.
  test(
    'interleaving 1: two requests change different things at the same moment, and both changes stay',
    withStore(async (store, other) => {
      await store.create(buildSession())
      const [isReplaced] = await Promise.all([store.replace('s1', 1, 'new'), other.touch('s1', 5000)])
      assert.ok(isReplaced)
      const after = await other.get('s1', 6000)
      assert.equal(after?.sealed, 'new')
      assert.equal(after?.lastSeenAt, 5000)
    }),
  )

  test(
    'interleaving 2: a request that began before another’s change, and ends long after it, takes nothing of it back',
    withStore(async (store, other) => {
      await store.create(buildSession())
      const begun = await other.get('s1', 2000)
      await store.replace('s1', 1, 'new')
      await store.touch('s1', 9000)
      await other.touch('s1', 2000)
      assert.equal(begun?.sealed, 'sealed-text')
      const after = await other.get('s1', 9500)
      assert.equal(after?.sealed, 'new')
      assert.equal(after?.lastSeenAt, 9000)
    }),
  )

  test(
    'interleaving 3: a change made of an old state is refused rather than put over a newer one',
    withStore(async (store, other) => {
      await store.create(buildSession())
      const begun = await other.get('s1', 2000)
      assert.ok(begun)
      assert.equal(await store.replace('s1', 1, 'first'), true)
      assert.equal(await other.replace('s1', begun.version, 'second'), false)
      assert.equal((await store.get('s1', 2000))?.sealed, 'first')
    }),
  )

  test(
    'interleaving 4: what one request has ended, no other that began before brings back',
    withStore(async (store, other) => {
      await store.create(buildSession())
      const begun = await other.get('s1', 2000)
      assert.ok(begun)
      await Promise.all([store.destroy('s1'), other.touch('s1', 3000), other.replace('s1', begun.version, 'back')])
      await other.touch('s1', 4000)
      assert.equal(await other.replace('s1', begun.version, 'back'), false)
      assert.equal(await other.replace('s1', begun.version + 1, 'back'), false)
      for (const node of [store, other]) {
        assert.equal(await node.get('s1', 5000), null)
        assert.deepEqual(await node.list('a1', 5000), [])
      }
    }),
  )

  test(
    'both lifetimes end to the millisecond, and a clock that runs behind ends nothing',
    withStore(async (store, other) => {
      await store.create(buildSession({ idleMs: minute, expiresAt: 1000 + 90_000 }))
      assert.ok(await other.get('s1', 500))
      assert.ok(await other.get('s1', 1000 + minute - 1))
      assert.equal(await other.get('s1', 1000 + minute), null)
      await store.touch('s1', 1000 + minute - 1)
      assert.ok(await other.get('s1', 1000 + 90_000 - 1))
      assert.equal(await other.get('s1', 1000 + 90_000), null)
      assert.deepEqual(await other.list('a1', 1000 + 90_000), [])
    }),
  )

  test(
    'a token that lasts a year without use is not cut short',
    withStore(async (store, other) => {
      await store.create(buildSession({ kind: 'token', idleMs: 366 * day, expiresAt: 1000 + 366 * day }))
      assert.ok(await other.get('s1', 1000 + 365 * day))
    }),
  )
}

export interface FailingStore {
  readonly store: SessionStore
  /** Every server of the store: killed, or stopped so that it neither answers nor refuses. */
  kill(): Promise<void>
  hang(): Promise<void>
  /** After either. */
  revive(): Promise<void>
  /** Whether what was acknowledged is there again after a kill. */
  readonly isKept: boolean
  close(): Promise<void>
}

const callsOf = (store: SessionStore): Readonly<Record<string, () => Promise<unknown>>> => ({
  create: () => store.create(buildSession({ id: 'new' })),
  get: () => store.get('s1', 2000),
  touch: () => store.touch('s1', 3000),
  replace: () => store.replace('s1', 1, 'other'),
  // Of others: sent into a hang, it may be done after it.
  destroy: () => store.destroy('x1'),
  list: () => store.list('a1', 2000),
  destroyAll: () => store.destroyAll('x'),
})

/** For stores whose servers can be killed. */
export function testSessionStoreOutage(open: () => Promise<FailingStore>, options: { readonly boundMs: number }): void {
  const assertUnavailable = async (name: string, call: () => Promise<unknown>) => {
    const startedAt = performance.now()
    await assert.rejects(
      call(),
      (error) => isFailure(error, 'unavailable'),
      `${name} of a store that is away is unavailable, and never «no session»`,
    )
    // Generous for a loaded machine; what hangs for good is found all the same.
    assert.ok(performance.now() - startedAt < options.boundMs, `${name} takes its time to say so`)
  }

  test('a store that was killed, or hangs, is unavailable in bounded time; back again, it knows what it acknowledged', async () => {
    const { store, kill, hang, revive, isKept, close } = await open()
    try {
      await store.create(buildSession())
      await store.create(buildSession({ id: 'x1', account: 'x' }))
      await hang()
      for (const [name, call] of Object.entries(callsOf(store))) await assertUnavailable(name, call)
      await revive()
      await eventually(
        () => store.get('s1', 2000).catch((error: unknown) => error),
        (session) => (session as { id?: string } | null)?.id === 's1',
        'a store that hung and goes on knows its session',
      )
      await kill()
      await assertUnavailable('get', () => store.get('s1', 2000))
      await assertUnavailable('list', () => store.list('a1', 2000))
      await revive()
      const session = await eventually(
        () => store.get('s1', 2000).catch(() => undefined),
        (found) => found !== undefined,
        'the store comes back',
      )
      assert.equal(session?.id, isKept ? 's1' : undefined)
    } finally {
      await close()
    }
  })

  test('killed in the middle of calls, no get says that a session which stands is gone', async () => {
    const { store, kill, revive, close } = await open()
    try {
      await store.create(buildSession())
      const outcomes: unknown[] = []
      let isOver = false
      const readers = Array.from({ length: 8 }, async () => {
        while (!isOver) {
          outcomes.push(await store.get('s1', 2000).catch((error: unknown) => error))
          await new Promise((resolve) => setImmediate(resolve))
        }
      })
      await eventually(
        () => outcomes.length,
        (count) => count > 50,
        'reads before',
      )
      await kill()
      await eventually(
        () => outcomes.at(-1),
        (last) => isFailure(last, 'unavailable'),
        'reads after',
      )
      isOver = true
      await Promise.all(readers)
      const odd = outcomes.filter(
        (outcome) => !isFailure(outcome, 'unavailable') && (outcome as { id?: string } | null)?.id !== 's1',
      )
      assert.deepEqual(odd, [])
      await revive()
    } finally {
      await close()
    }
  })
}
