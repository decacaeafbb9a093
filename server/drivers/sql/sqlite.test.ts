import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openSqlite } from './sqlite.ts'

interface Tables {
  counter: { name: string; value: number }
}
const caller = () => ({ position: null })

async function withTwo(
  work: (
    a: Awaited<ReturnType<typeof openSqlite>>,
    b: Awaited<ReturnType<typeof openSqlite>>,
    path: string,
  ) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-sqlite-'))
  const path = join(folder, 'x.sqlite')
  const options = { path, slowStatementMs: 1000, log: silentLog }
  const a = await openSqlite(options)
  await a.writer.schema
    .createTable('counter')
    .addColumn('name', 'varchar(20)', (c) => c.primaryKey())
    .addColumn('value', 'bigint', (c) => c.notNull())
    .execute()
  const b = await openSqlite(options)
  try {
    await work(a, b, path)
  } finally {
    await a.close()
    await b.close()
    rmSync(folder, { recursive: true })
  }
}

const bump = (tx: Pick<Kysely<Tables>, 'updateTable'>) =>
  tx
    .updateTable('counter')
    .set((eb) => ({ value: eb('value', '+', 1) }))
    .where('name', '=', 'n')
    .execute()

test('a committed write is read at once, on this and on another opening of the file', () =>
  withTwo(async (a, b) => {
    await a.for<Tables>().write(caller(), (tx) => tx.insertInto('counter').values({ name: 'n', value: 1 }).execute())
    for (const db of [a, b]) {
      const row = await db.for<Tables>().read(caller()).selectFrom('counter').selectAll().executeTakeFirst()
      assert.deepEqual({ ...row }, { name: 'n', value: 1 })
    }
  }))

test('a transaction that throws leaves nothing', () =>
  withTwo(async (a) => {
    const sql = a.for<Tables>()
    await assert.rejects(
      sql.write(caller(), async (tx) => {
        await tx.insertInto('counter').values({ name: 'n', value: 1 }).execute()
        throw new Error('no')
      }),
    )
    assert.deepEqual(await sql.readFresh().selectFrom('counter').selectAll().execute(), [])
  }))

test('writers of two openings wait for one another and lose nothing, even when they read before they write', () =>
  withTwo(async (a, b) => {
    await a.for<Tables>().write(caller(), (tx) => tx.insertInto('counter').values({ name: 'n', value: 0 }).execute())
    const work = (db: typeof a) =>
      db.for<Tables>().write(caller(), async (tx) => {
        await tx.selectFrom('counter').selectAll().execute()
        await sleep(2)
        await bump(tx)
      })
    await Promise.all(Array.from({ length: 40 }, (_, at) => work(at % 2 ? a : b)))
    assert.equal(
      (await a.for<Tables>().readFresh().selectFrom('counter').select('value').executeTakeFirstOrThrow()).value,
      40,
    )
  }))

test('a key that exists is a conflict', () =>
  withTwo(async (a) => {
    const insert = () =>
      a.for<Tables>().write(caller(), (tx) => tx.insertInto('counter').values({ name: 'n', value: 1 }).execute())
    await insert()
    await assert.rejects(insert(), (error) => isFailure(error, 'conflict'))
  }))

test('the reading handle cannot write, even when its type is cast away', () =>
  withTwo(async (a) => {
    const handle = a.for<Tables>().read(caller()) as unknown as Kysely<Tables>
    await assert.rejects(handle.insertInto('counter').values({ name: 'n', value: 1 }).execute(), (error) =>
      isFailure(error, 'unavailable'),
    )
  }))
