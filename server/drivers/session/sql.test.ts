import { testSessionStore } from '#ports/session-store.contract.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openSqlSessionStore } from './sql.ts'

testSessionStore(async () => {
  const sql = await openTestSql()
  return { store: openSqlSessionStore(sql), other: openSqlSessionStore(sql), close: () => sql.close() }
})
