// The blob store in the database on a server of its own: the contract, through a proxy that is cut, and the server killed for real. A suite
// as a function: each engine has its own test file, and with it its own databases.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openSqlBlobStore } from '#drivers/blob/sql.ts'
import type { BlobTables } from '#drivers/blob/tables.ts'
import { blobStoreContract, gather, stream } from '#ports/blob-store.contract.ts'
import type { StoredBlob } from '#ports/blob-store.ts'
import { eventually } from './eventually.ts'
import { hurtChunk } from './hurtable-sql.ts'
import { openServerSql } from './server-sql.ts'
import type { MariadbServer } from './servers/mariadb.ts'
import type { PostgresServer } from './servers/postgres.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const signal = AbortSignal.timeout(600_000)
const big = { maxBytes: 100_000_000, signal }
const clock = { now: Date.now }
const nowhere = '0'.repeat(64)

export function blobSqlSuite(name: string, start: () => Promise<MariadbServer | PostgresServer>): void {
  let server: MariadbServer | PostgresServer
  let proxy: TcpProxy
  before(async () => {
    server = await start()
    proxy = await startTcpProxy(server)
  })
  after(async () => {
    await proxy.close()
    await server.stop()
  })

  async function open() {
    const adminDsn = server.adminDsn.replace(`:${server.port}/`, `:${proxy.port}/`)
    // Short: the suite waits that long for each call to a database that is cut off.
    const database = await openServerSql(adminDsn, { retryForMs: 200, checkIntervalMs: 50 })
    const sql = database.for<BlobTables>()
    const store = openSqlBlobStore({ sql, clock, space: 'test' })
    const serves = () =>
      store.put(stream(Buffer.alloc(0)), big).then(
        ({ key }) => store.delete(key, signal).then(() => true),
        () => false,
      )
    return { database, sql, store, untilItServes: () => eventually(serves, Boolean, `${name} serves again`, 60_000) }
  }

  blobStoreContract(`sql on ${name}`, async () => {
    const { database, sql, store, untilItServes } = await open()
    return {
      store,
      breakIt: () => proxy.cut(),
      async mendIt() {
        await proxy.mend()
        await untilItServes()
      },
      flip: (key) => hurtChunk(sql, key, 'flip'),
      cut: (key) => hurtChunk(sql, key, 'cut'),
      close: () => database.close(),
    }
  })

  test(`sql on ${name}: what was acknowledged before and while the server is killed is whole afterwards`, async () => {
    const { database, store, untilItServes } = await open()
    const blobs = Array.from({ length: 12 }, () => randomBytes(600_000))
    const acknowledged: StoredBlob[] = []
    for (const [at, bytes] of blobs.entries()) {
      if (at === 6) setImmediate(() => server.kill('SIGKILL'))
      await store.put(stream(bytes), big).then(
        (stored) => acknowledged.push(stored),
        () => {},
      )
      if (at === 8) {
        await assert.rejects(store.stat(nowhere, signal), 'the server is dead')
        await server.restart()
        await untilItServes()
      }
    }
    assert.ok(acknowledged.length >= 6)
    assert.ok(acknowledged.length < blobs.length, 'some were refused')
    const wanted = new Set(blobs.map((bytes) => bytes.toString('latin1')))
    for (const { key } of acknowledged)
      assert.ok(wanted.has((await gather(await store.get(key, { signal }))).toString('latin1')))
    await store.tidy(Date.now() + 60_000, signal)
    assert.equal((await Array.fromAsync(store.list(signal))).length, acknowledged.length)
    await database.close()
  })
}
