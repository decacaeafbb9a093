// What every database owes behind ports/sql.ts: run over SQLite, MariaDB and PostgreSQL, each opened twice as two nodes have it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import { isFailure } from '#core/errors.ts'
import type { Sql, SqlCaller, SqlDatabase } from './sql.ts'

/** A table of those that exist anyway: text keys, a long text and numbers. */
interface Tables {
  setting: { account: string; name: string; value: string; version: number }
}

const caller = (): SqlCaller => ({ position: null })
const row = (name: string, version = 0, value = '') => ({ account: 'a', name, value, version })

/** @param open an empty database, as two nodes see it. */
export function testSql(
  engine: string,
  open: () => Promise<{ readonly one: SqlDatabase; readonly other: SqlDatabase; close(): Promise<void> }>,
): void {
  const it = (name: string, work: (one: Sql<Tables>, other: Sql<Tables>) => Promise<void>) =>
    test(`${engine}: ${name}`, async () => {
      const { one, other, close } = await open()
      try {
        await work(one.for(), other.for())
      } finally {
        await close()
      }
    })

  const insert = (sql: Sql<Tables>, name: string, version = 0, value = '') =>
    sql.write(caller(), (tx) =>
      tx
        .insertInto('setting')
        .values(row(name, version, value))
        .execute(),
    )
  const names = async (sql: Sql<Tables>) =>
    (await sql.readFresh().selectFrom('setting').select('name').orderBy('name').execute()).map(({ name }) => name)
  const bump = (tx: Transaction<Tables>, name: string) =>
    tx
      .updateTable('setting')
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where('name', '=', name)
      .executeTakeFirst()

  it('what was written is read at once, by who wrote it and on another node', async (one, other) => {
    const writer = caller()
    await one.write(writer, (tx) => tx.insertInto('setting').values(row('n')).execute())
    for (const handle of [
      one.read(writer),
      one.readFresh(),
      other.readFresh(),
      other.read(caller()),
      other.read(writer),
    ])
      assert.equal((await handle.selectFrom('setting').selectAll().execute()).length, 1)
  })

  it('numbers are numbers, text of any length and script comes back as it went in', async (one) => {
    const value = 'Ω😀\\\'"`%_ '.repeat(20_000)
    const version = Number.MAX_SAFE_INTEGER
    await insert(one, 'n', version, value)
    const found = await one.readFresh().selectFrom('setting').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual({ ...found }, row('n', version, value))
    const { sum, count } = await one
      .readFresh()
      .selectFrom('setting')
      .select(({ fn }) => [fn.sum<number>('version').as('sum'), fn.countAll<number>().as('count')])
      .executeTakeFirstOrThrow()
    assert.deepEqual([Number(sum), Number(count)], [version, 1])
  })

  it('keys differ by case, accent and trailing space', async (one) => {
    for (const name of ['a', 'A', 'á', 'a ']) await insert(one, name)
    assert.equal((await names(one)).length, 4)
    const found = await one.readFresh().selectFrom('setting').select('name').where('name', '=', 'a').execute()
    assert.deepEqual(
      found.map(({ name }) => name),
      ['a'],
    )
  })

  it('a key that exists is a conflict, and nothing of that transaction stays', async (one) => {
    await insert(one, 'n')
    const again = one.write(caller(), async (tx) => {
      await tx.insertInto('setting').values(row('before')).execute()
      await tx.insertInto('setting').values(row('n')).execute()
    })
    await assert.rejects(again, (error) => isFailure(error, 'conflict'))
    assert.deepEqual(await names(one), ['n'])
  })

  it('a transaction that throws leaves nothing, and throws what it threw', async (one) => {
    const wish = new Error('no')
    const write = one.write(caller(), async (tx) => {
      await tx.insertInto('setting').values(row('n')).execute()
      throw wish
    })
    await assert.rejects(write, (error) => error === wish)
    assert.deepEqual(await names(one), [])
  })

  it('rows that an update finds are counted, changed or not', async (one) => {
    await insert(one, 'n', 1)
    const same = await one.write(caller(), (tx) =>
      tx.updateTable('setting').set({ version: 1 }).where('name', '=', 'n').executeTakeFirst(),
    )
    assert.equal(same.numUpdatedRows, 1n)
    const none = await one.write(caller(), (tx) => tx.deleteFrom('setting').where('name', '=', 'm').executeTakeFirst())
    assert.equal(none.numDeletedRows, 0n)
  })

  it('a transaction sees its own writes, and nobody else does before its end', async (one, other) => {
    await one.write(caller(), async (tx) => {
      await tx.insertInto('setting').values(row('n')).execute()
      assert.equal((await tx.selectFrom('setting').selectAll().execute()).length, 1)
      assert.deepEqual(await names(other), [])
    })
    assert.deepEqual(await names(other), ['n'])
  })

  it('writers of one row on two nodes lose nothing, even when they read before they write', async (one, other) => {
    await insert(one, 'n')
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        (at % 2 ? one : other).write(caller(), async (tx) => {
          await tx.selectFrom('setting').selectAll().execute()
          await sleep(1)
          await bump(tx, 'n')
        }),
      ),
    )
    assert.equal((await one.readFresh().selectFrom('setting').select('version').executeTakeFirstOrThrow()).version, 40)
  })

  it('of many that compare and set at once, exactly one wins', async (one, other) => {
    await insert(one, 'n')
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 ? one : other).write(caller(), async (tx) => {
          const { numUpdatedRows } = await tx
            .updateTable('setting')
            .set({ version: 1 })
            .where('name', '=', 'n')
            .where('version', '=', 0)
            .executeTakeFirst()
          return numUpdatedRows
        }),
      ),
    )
    assert.equal(won.filter((rows) => rows === 1n).length, 1)
  })

  it('two that lock the same rows in opposite order both come through', async (one, other) => {
    for (const name of ['x', 'y']) await insert(one, name)
    let attempts = 0
    const both = (sql: Sql<Tables>, first: string, second: string) =>
      sql.write(caller(), async (tx) => {
        attempts++
        await bump(tx, first)
        await sleep(30)
        await bump(tx, second)
      })
    await Promise.all([both(one, 'x', 'y'), both(other, 'y', 'x')])
    const rows = await one.readFresh().selectFrom('setting').select('version').execute()
    assert.deepEqual(
      rows.map(({ version }) => version),
      [2, 2],
    )
    assert.ok(attempts >= 2)
  })

  it('ON CONFLICT is one statement on all engines', async (one) => {
    const put = (value: string) =>
      one.write(caller(), (tx) =>
        tx
          .insertInto('setting')
          .values(row('n', 1, value))
          .onConflict((on) =>
            on.columns(['account', 'name']).doUpdateSet(({ ref }) => ({ value: ref('excluded.value') })),
          )
          .execute(),
      )
    await put('first')
    await put('second')
    await one.write(caller(), (tx) =>
      tx
        .insertInto('setting')
        .values(row('n', 9, 'third'))
        .onConflict((on) => on.columns(['account', 'name']).doNothing())
        .execute(),
    )
    const found = await one.readFresh().selectFrom('setting').selectAll().execute()
    assert.deepEqual(
      found.map(({ value, version }) => [value, version]),
      [['second', 1]],
    )
  })

  it('the reading handle cannot write, even when its type is cast away', async (one) => {
    for (const handle of [one.read(caller()), one.readFresh()])
      await assert.rejects((handle as unknown as Kysely<Tables>).insertInto('setting').values(row('n')).execute())
    assert.deepEqual(await names(one), [])
  })

  it('positions of several writes and of clients that lie are all read as well', async (one, other) => {
    const writer = caller()
    for (const name of ['x', 'y', 'z'])
      await one.write(writer, (tx) => tx.insertInto('setting').values(row(name)).execute())
    const far = [
      'm:0-1-99999999999999',
      'p:FFFFFFFFFFFF',
      'g',
      'nonsense',
      'm:',
      'p:0',
      `m:${'1-1-1,'.repeat(90)}1-1-1`,
      '\0',
    ]
    for (const position of [writer.position, null, ...far, `${writer.position} m:77-1-5`]) {
      const reader = { position }
      assert.equal((await other.read(reader).selectFrom('setting').selectAll().execute()).length, 3, String(position))
    }
  })
}
