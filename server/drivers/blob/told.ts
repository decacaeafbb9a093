// What the database says, as a blob store has to tell it: `unavailable`, whether it was cut off, too slow or full. A key that exists already
// (`conflict`) is for the caller.

import { Failure, isFailure } from '#core/errors.ts'
import type { Sql } from '#ports/sql.ts'
import type { BlobTables } from './tables.ts'

export async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isFailure(error, 'unavailable', 'conflict', 'notFound')) throw error
    throw new Failure('unavailable', { store: 'sql' }, error)
  }
}

/** The transactions of a blob driver: nobody's, for no replica is ever read. */
export function toldWrites(sql: Sql<BlobTables>) {
  return <Result>(work: Parameters<typeof sql.write<Result>>[1]): Promise<Result> =>
    told(() => sql.write({ position: null }, work))
}
