// What MariaDB's errors mean for a transaction. https://mariadb.com/kb/en/mariadb-error-codes/

import { Failure, type FailureDetail } from '#core/errors.ts'
import type { Trouble } from './engine.ts'

const conflict = [1062, 1586]
// Deadlock (Galera's certification conflicts too), lock wait, record changed since read.
const again = [1213, 1205, 1020]
// read_only, a read-only transaction, read-only mode, a Galera node outside of the primary component.
const readOnly = [1290, 1792, 1836, 1047]
// Shutdown, killed, aborted, too many connections, network, access denied, host blocked or not allowed, no such database.
const lost = [1053, 1317, 1927, 1152, 1158, 1159, 1160, 1161, 1040, 1203, 1226, 1045, 1044, 1129, 1130, 1049, 4031]
const timeout = [1969, 1970]
const badValue = [1406, 1366, 1264, 1300]
const full = [1114, 1021, 1037, 1041, 1030]

export function translateMariadb(error: unknown, sql: string): Failure {
  if (error instanceof Failure) return error
  const { errno, code, fatal, syscall } = error as { errno?: number; code?: string; fatal?: boolean; syscall?: string }
  // It holds the statement with its values.
  if (error && typeof error === 'object' && 'sql' in error) delete (error as { sql?: string }).sql
  const detail: FailureDetail = { mariadb: errno ?? code, sql: sql.slice(0, 200) }
  const is = (codes: readonly number[]) => errno !== undefined && codes.includes(errno)
  const trouble = (kind: Trouble) => new Failure('unavailable', { ...detail, trouble: kind }, error)
  if (is(conflict)) return new Failure('conflict', detail, error)
  if (is(again)) return trouble('again')
  if (is(readOnly)) return trouble('readOnly')
  if (is(timeout)) return new Failure('timeout', detail, error)
  if (is(badValue)) return new Failure('badInput', detail, error)
  if (is(full)) return new Failure('unavailable', detail, error)
  if (is(lost) || fatal || syscall !== undefined || code?.startsWith('PROTOCOL_') || code?.startsWith('E')) {
    // Codes of the server begin with ER_: what else is named so is Node's (ECONNRESET) or the library's.
    if (is(lost) || fatal || !code?.startsWith('ER_')) return trouble('lost')
  }
  return new Failure('internal', detail, error)
}
