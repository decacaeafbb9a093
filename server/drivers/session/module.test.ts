import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { buildSession, testSessionStore } from '#ports/session-store.contract.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { loadExpressStore } from './load-module.ts'
import { type ExpressSession, type ExpressStore, openModuleSessionStore } from './module.ts'
import { openSessionRegister } from './register.ts'

const here = process.cwd()

async function openStore(store: ExpressStore, timeoutMs = 2000) {
  const sql = await openTestSql()
  const register = openSessionRegister(sql, systemClock)
  const open = () => openModuleSessionStore({ store, register, log: silentLog, timeoutMs })
  return { store: open(), other: open(), close: () => sql.close() }
}

// A store of npm as it is, by its name alone.
testSessionStore(async () => openStore(await loadExpressStore('memorystore', { checkPeriod: 0 }, here)))

/** The worst that the interface allows: every touch and every set is done late, whatever happened meanwhile. */
function lateStore() {
  const kept = new Map<string, ExpressSession>()
  const late: (() => void)[] = []
  const store: ExpressStore = {
    get: (id, callback) => callback(null, kept.get(id)),
    set(id, session, callback) {
      kept.set(id, session)
      late.push(() => kept.set(id, session))
      callback()
    },
    touch(id, session, callback) {
      late.push(() => kept.set(id, session))
      callback()
    },
    destroy(id, callback) {
      kept.delete(id)
      callback()
    },
  }
  return { store, kept, runLate: () => late.splice(0).map((run) => run()) }
}

test('a touch or set that a store does late brings no ended session back, and the sweep clears it away', async () => {
  const { store, kept, runLate } = lateStore()
  const opened = await openStore(store)
  await opened.store.create(buildSession())
  await opened.store.touch('s1', 2000)
  assert.equal(await opened.store.replace('s1', 1, 'new'), true)
  runLate()
  assert.equal((await opened.other.get('s1', 3000))?.sealed, 'new', 'what comes late puts nothing back')
  await opened.store.touch('s1', 4000)
  await opened.store.destroy('s1')
  runLate()
  assert.equal(kept.size > 0, true, 'the store has it again')
  assert.equal(await opened.other.get('s1', 5000), null)
  assert.deepEqual(await opened.other.list('a1', 5000), [])
  await opened.other.sweep(5000)
  assert.deepEqual(
    [...kept.keys()],
    ['s1'],
    'but for the leftover of a late touch of the first record, which its own end removes',
  )
  await opened.close()
})

test('a store that errs, throws, rejects or never answers is unavailable, not empty', async () => {
  const bad: ExpressStore['get'][] = [
    (_id, callback) => callback(new Error('down')),
    () => {
      throw new Error('down')
    },
    () => Promise.reject(new Error('down')),
    () => {},
  ]
  for (const get of bad) {
    const { store } = lateStore()
    const opened = await openStore({ ...store, get }, 50)
    await opened.store.create(buildSession())
    await assert.rejects(opened.store.get('s1', 2000), (error) => isFailure(error, 'unavailable'))
    await assert.rejects(opened.store.list('a1', 2000), (error) => isFailure(error, 'unavailable'))
    await opened.close()
  }
})

test('a sign-in that the store did not take is none', async () => {
  const { store } = lateStore()
  const opened = await openStore({ ...store, set: (_id, _session, callback) => callback(new Error('full')) })
  await assert.rejects(opened.store.create(buildSession()), (error) => isFailure(error, 'unavailable'))
  assert.deepEqual(await opened.store.list('a1', 2000), [])
  await opened.close()
})

test('a module is a store, a class, or a function that makes one; anything else is told for what it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'paquebot-module-'))
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return `./${name}`
  }
  const body = 'get(id, cb) { cb(null, null) } set(id, s, cb) { cb() } destroy(id, cb) { cb() }'
  const good = {
    'class.mjs': `export default class { constructor(o) { this.name = o.name } ${body} }`,
    'named.mjs': `export class MyStore { constructor(o) { this.name = o.name } ${body} }`,
    'own.mjs': `class S { ${body} }; export default async (_express, o) => Object.assign(new S(), { name: o.name })`,
    'old.cjs': `module.exports = (session) => { function S(o) { session.Store.call(this); this.name = o.name } require('util').inherits(S, session.Store); S.prototype.get = S.prototype.set = S.prototype.destroy = () => {}; return S }`,
  }
  for (const [name, text] of Object.entries(good)) {
    const store = await loadExpressStore(await write(name, text), { name: 'x' }, folder)
    assert.equal((store as unknown as { name: string }).name, 'x', name)
  }
  for (const [name, text] of Object.entries({
    'number.mjs': 'export default 1',
    'nothing.mjs': 'export default () => 1',
  })) {
    const module = await write(name, text)
    await assert.rejects(loadExpressStore(module, {}, folder), (error) => isFailure(error, 'badInput'))
  }
  await assert.rejects(
    loadExpressStore('no-such-package', {}, folder),
    (error) => isFailure(error, 'badInput') && error.detail.sessionModule === 'no-such-package',
  )
  await rm(folder, { recursive: true })
})
