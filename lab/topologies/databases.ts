// The databases that a lab can be brought up with.

import type { Database } from '../services/database.ts'
import { galera } from '../services/galera.ts'
import { mariadbPair } from '../services/mariadb-pair.ts'
import { postgresPair } from '../services/postgres.ts'

export const databases = { mariadb: mariadbPair, galera, postgres: postgresPair } as const satisfies Record<
  string,
  Database
>
