import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '#core/log.ts'
import type { Lock } from '#ports/lock.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openSqlLock } from './sql.ts'

async function withNodes(
  work: (nodes: { a: Lock; b: Lock; ahead: (ms: number) => void; cutOff: (isCut: boolean) => void }) => Promise<void>,
) {
  const db = await openTestSql()
  const sql = db.for<never>() as never
  let offset = 0
  let isCut = false
  const cuttable = {
    ...(sql as object),
    write: (...args: never[]) =>
      isCut ? Promise.reject(new Error('cut off')) : (sql as { write: (...args: never[]) => unknown }).write(...args),
  } as never
  const a = openSqlLock({ sql: cuttable, clock: { now: () => Date.now() }, log: silentLog })
  const b = openSqlLock({ sql, clock: { now: () => Date.now() + offset }, log: silentLog })
  try {
    await work({ a, b, ahead: (ms) => (offset = ms), cutOff: (cut) => (isCut = cut) })
  } finally {
    isCut = false
    await a.close()
    await b.close()
    await db.close()
  }
}

test('one holder at a time, and a given-back lease is free at once with a higher fence', () =>
  withNodes(async ({ a, b }) => {
    const first = await a.tryAcquire('job', 60_000)
    assert.equal(first?.fence, 1)
    assert.equal(await b.tryAcquire('job', 60_000), null)
    assert.equal((await b.tryAcquire('other', 60_000))?.fence, 1)
    await first?.release()
    assert.equal((await b.tryAcquire('job', 60_000))?.fence, 2)
  }))

test('of many takers at the same moment one gets it', () =>
  withNodes(async ({ a, b }) => {
    const takers = await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? a : b).tryAcquire('job', 60_000)))
    assert.equal(takers.filter(Boolean).length, 1)
  }))

test('a held lease renews itself beyond its time', () =>
  withNodes(async ({ a, b }) => {
    const lease = await a.tryAcquire('job', 300)
    await sleep(900)
    assert.equal(lease?.lost.aborted, false)
    assert.equal(await b.tryAcquire('job', 300), null)
  }))

test('a holder that is cut off learns that it lost the lease, and another takes it with a higher fence', () =>
  withNodes(async ({ a, b, cutOff }) => {
    const lease = await a.tryAcquire('job', 300)
    cutOff(true)
    await new Promise((resolve) => lease?.lost.addEventListener('abort', resolve))
    assert.equal((await b.tryAcquire('job', 300))?.fence, 2)
  }))

test('a node whose clock runs ahead takes over; the first holder hears of it at its next renewal', () =>
  withNodes(async ({ a, b, ahead }) => {
    const lease = await a.tryAcquire('job', 600)
    ahead(60_000)
    assert.equal((await b.tryAcquire('job', 600))?.fence, 2)
    await new Promise((resolve) => lease?.lost.addEventListener('abort', resolve))
  }))
