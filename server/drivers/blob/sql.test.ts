import { after, before } from 'node:test'
import { blobStoreContract } from '#ports/blob-store.contract.ts'
import type { SqlDatabase } from '#ports/sql.ts'
import { openHurtableSql } from '#testing/hurtable-sql.ts'
import { openTestSql } from '#testing/sqlite.ts'

let database: SqlDatabase
before(async () => {
  database = await openTestSql()
})
after(() => database.close())

blobStoreContract('sql on SQLite', () => openHurtableSql(database))
