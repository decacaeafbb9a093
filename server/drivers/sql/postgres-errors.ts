// What PostgreSQL's errors mean for a transaction. https://www.postgresql.org/docs/15/errcodes-appendix.html

import { Failure, type FailureDetail } from '#core/errors.ts'
import type { Trouble } from './engine.ts'

const again = ['40001', '40P01', '55P03']
// A hot standby, and one that cancels a query for the sake of replay.
const readOnly = ['25006']
// Shutdown, crash, start-up, too many connections, an idle transaction that was ended, password, no such database or role.
const lost = ['57P01', '57P02', '57P03', '57P05', '53300', '25P03', '28P01', '28000', '3D000']
// Too long, NUL, not UTF-8, out of range.
const badValue = ['22001', '22021', '22P05', '22003']
const full = ['53100', '53200', '53400', '58030']

export function translatePostgres(error: unknown, sql: string): Failure {
  if (error instanceof Failure) return error
  const { code, syscall, message } = error as { code?: string; syscall?: string; message?: string }
  const detail: FailureDetail = { postgres: code ?? message, sql: sql.slice(0, 200) }
  const is = (codes: readonly string[]) => code !== undefined && codes.includes(code)
  const trouble = (kind: Trouble) => new Failure('unavailable', { ...detail, trouble: kind }, error)
  if (code === '23505') return new Failure('conflict', detail, error)
  if (is(again)) return trouble('again')
  if (is(readOnly)) return trouble('readOnly')
  if (code === '57014') return new Failure('timeout', detail, error)
  if (is(badValue)) return new Failure('badInput', detail, error)
  if (is(full)) return new Failure('unavailable', detail, error)
  // Class 08, Node's own (ECONNRESET, ENOENT, ETIMEDOUT), and what the library says without a code when a connection ends.
  if (is(lost) || code?.startsWith('08') || syscall !== undefined || /^E[A-Z]+$/.test(code ?? ''))
    return trouble('lost')
  if (code === undefined && /connection|timeout/i.test(message ?? '')) return trouble('lost')
  return new Failure('internal', detail, error)
}
