// A COMMIT whose answer is lost: the connection is cut exactly before the server gets it, after it but before the answer, or so that it
// arrives long after we gave up. Each transaction must be there once, whatever happened: neither twice nor never.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSplit, type SplitDatabase } from '#drivers/sql/split.ts'
import { migrateServer, serverOf, splitOptions } from '#testing/server-sql.ts'
import { startMariadb } from '#testing/servers/mariadb.ts'
import { startPostgres } from '#testing/servers/postgres.ts'
import { startTcpProxy, type TcpProxy } from '#testing/servers/tcp-proxy.ts'

interface Tables {
  setting: { account: string; name: string; value: string; version: number }
}

const rounds = 8
const isCommit = (bytes: Buffer) => /insert into sql_commit .*commit/s.test(bytes.toString('latin1'))

for (const [engine, start] of Object.entries({ MariaDB: startMariadb, PostgreSQL: startPostgres })) {
  describe(engine, () => {
    let server: Awaited<ReturnType<typeof start>>
    let proxy: TcpProxy
    let db: SplitDatabase
    before(async () => {
      server = await start()
      const direct = serverOf(server.dsn())
      await migrateServer(server.dsn())
      proxy = await startTcpProxy(server.port)
      db = await openSplit(direct.engine, { write: [{ ...direct.server, port: proxy.port }], read: [] }, splitOptions)
      await db
        .for<Tables>()
        .write({ position: null }, (tx) =>
          tx.insertInto('setting').values({ account: 'a', name: 'counter', value: '', version: 0 }).execute(),
        )
    })
    after(async () => {
      await db?.close()
      await proxy?.stop()
      await server.stop()
    })

    let done = 0
    const bump = () =>
      db.for<Tables>().write({ position: null }, async (tx) => {
        await tx
          .updateTable('setting')
          .set((eb) => ({ version: eb('version', '+', 1) }))
          .where('name', '=', 'counter')
          .execute()
        return 'done'
      })
    const counter = async () =>
      (await db.for<Tables>().readFresh().selectFrom('setting').select('version').executeTakeFirstOrThrow()).version

    for (const [name, when, resolvedAsLost] of [
      ['before the server gets the COMMIT', 'before', true],
      ['after the COMMIT and before its answer', 'after', false],
    ] as const) {
      test(`cut ${name}: kept once, and told as kept`, async (t) => {
        const { resolved, retries } = db.stats()
        for (let round = 0; round < rounds; round++) {
          const cut = proxy.cutAround(isCommit, when)
          assert.equal(await bump(), 'done')
          await cut
          assert.equal(await counter(), ++done)
        }
        const now = db.stats()
        assert.equal(now.resolved - resolved, rounds)
        // What never arrived is done again; what did is not.
        if (resolvedAsLost) assert.ok(now.retries - retries >= rounds)
        t.diagnostic(`${rounds} cut, ${now.resolved - resolved} found out, ${now.retries - retries} repeated`)
      })
    }

    test('a COMMIT that arrives after we gave it up changes nothing any more', async () => {
      for (let round = 0; round < 3; round++) {
        const cut = proxy.cutAround(isCommit, { heldMs: 400 })
        const written = bump()
        await cut
        assert.equal(await written, 'done')
        done++
        await sleep(600)
        assert.equal(await counter(), done)
      }
    })

    test('killed and started again in the middle of many writers, every write that was told is there once', async (t) => {
      const from = done
      let told = 0
      const writers = Array.from({ length: 6 }, async () => {
        for (let at = 0; at < 40; at++) {
          await bump()
          told++
        }
      })
      await sleep(30)
      server.kill('SIGKILL')
      await server.restart()
      await Promise.all(writers)
      done = from + told
      assert.equal(await counter(), done)
      t.diagnostic(`${told} writes, ${JSON.stringify(db.stats())}`)
    })
  })
}
