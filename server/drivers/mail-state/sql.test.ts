import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { openHurtableFs } from '#testing/hurtable-fs.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openBlobSnapshots } from './snapshots.ts'
import { openSqlMailState } from './sql.ts'
import type { MailStateTables } from './tables.ts'

const signal = AbortSignal.timeout(600_000)

async function withState(
  work: (
    state: ReturnType<typeof openSqlMailState>,
    snapshots: ReturnType<typeof openBlobSnapshots>,
    fs: Awaited<ReturnType<typeof openHurtableFs>>,
    later: (ms: number) => void,
  ) => Promise<void>,
) {
  const db = await openTestSql()
  const fs = await openHurtableFs()
  let now = 1_000_000
  const deps = { sql: db.for<MailStateTables>(), clock: { now: () => now }, blobs: fs.store }
  try {
    await work(openSqlMailState(deps), openBlobSnapshots(deps), fs, (ms) => (now += ms))
  } finally {
    await db.close()
    await fs.close()
  }
}

test('entries are kept by account and kind, written over, and read by key or all', () =>
  withState(async (state) => {
    const many = new Map(Array.from({ length: 1200 }, (_, at) => [`k${at}`, `v${at}`]))
    await state.put('a1', 'email', many)
    await state.put('a1', 'email', new Map([['k7', 'new']]))
    await state.put('a2', 'email', new Map([['k7', 'other']]))
    assert.equal((await state.all('a1', 'email')).size, 1200)
    assert.equal((await state.get('a1', 'email', [...many.keys(), 'none'])).get('k7'), 'new')
    assert.equal((await state.get('a1', 'mailbox', ['k7'])).size, 0)
  }))

test('of several first writers one wins, and all are told its value', () =>
  withState(async (state) => {
    const told = await Promise.all(['x', 'y', 'z'].map((value) => state.putFirst('a1', 'pin', 'ids', value)))
    assert.equal(new Set(told).size, 1)
    assert.equal(await state.putFirst('a1', 'pin', 'ids', 'late'), told[0])
  }))

test('old state strings go, pins stay', () =>
  withState(async (state, _snapshots, _fs, later) => {
    await state.put('a1', 'state', new Map([['s', 'v']]))
    await state.put('a1', 'pin', new Map([['ids', 'v']]))
    later(31 * 86_400_000)
    assert.equal(await state.sweep(), 1)
    assert.equal((await state.all('a1', 'pin')).size, 1)
  }))

test('the latest snapshot is read back, the one before is deleted, and an old one swept', () =>
  withState(async (_state, snapshots, fs, later) => {
    await snapshots.put('a1/INBOX', Buffer.from('one'), signal)
    await snapshots.put('a1/INBOX', Buffer.from('two'), signal)
    assert.equal(Buffer.from((await snapshots.get('a1/INBOX', signal)) as Uint8Array).toString(), 'two')
    const keys = async () => (await Array.fromAsync(fs.store.list(signal))).length
    assert.equal(await keys(), 1)
    assert.equal(await snapshots.get('a2/INBOX', signal), null)
    later(31 * 86_400_000)
    assert.equal(await snapshots.sweep(signal), 1)
    assert.equal(await keys(), 0)
  }))

test('a snapshot whose blob has gone is no snapshot', () =>
  withState(async (_state, snapshots, fs) => {
    await snapshots.put('a1/INBOX', Buffer.from('one'), signal)
    for await (const { key } of fs.store.list(signal)) await fs.store.delete(key, signal)
    assert.equal(await snapshots.get('a1/INBOX', signal), null)
  }))

test('a snapshot on a broken store is unavailable, which its reader does without', () =>
  withState(async (_state, snapshots, fs) => {
    await snapshots.put('a1/INBOX', Buffer.from('one'), signal)
    await fs.breakIt()
    await assert.rejects(snapshots.get('a1/INBOX', signal), (error) => isFailure(error, 'unavailable'))
    await fs.mendIt()
  }))
