// The databases that a lab can be brought up with.

import type { Database } from '../services/database.ts'
import { mariadbPair } from '../services/mariadb-pair.ts'

export const databases = { mariadb: mariadbPair } as const satisfies Record<string, Database>
