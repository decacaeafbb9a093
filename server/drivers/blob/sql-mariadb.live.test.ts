import { blobSqlSuite } from '#testing/blob-sql-suite.ts'
import { startMariadb } from '#testing/servers/mariadb.ts'

blobSqlSuite('MariaDB', () => startMariadb())
