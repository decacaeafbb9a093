import { blobSqlSuite } from '#testing/blob-sql-suite.ts'
import { startPostgres } from '#testing/servers/postgres.ts'

blobSqlSuite('PostgreSQL', () => startPostgres())
