// SQL of domain/sessions: the buckets of failed sign-ins. A bucket is one number, the time at which it will be empty again
// (GCRA), so that one UPDATE both asks and takes, atomically, on any node.

import { isFailure } from '#core/errors.ts'
import type { Sql } from '#ports/sql.ts'
import type { SessionTables } from './tables.ts'

export interface Bucket {
  readonly id: string
  /** How many fit. */
  readonly burst: number
  /** Time in which one drains. */
  readonly drainMs: number
}

const noPosition = () => ({ position: null })

/** Takes one place: 0, or the ms to wait until there is one. */
export async function takePlace(sql: Sql<SessionTables>, bucket: Bucket, now: number): Promise<number> {
  const room = now + (bucket.burst - 1) * bucket.drainMs
  for (;;) {
    const taken = await sql.write(noPosition(), (tx) =>
      tx
        .updateTable('sign_in_attempt')
        .set(({ eb, ref }) => ({
          full_until: eb
            .case()
            .when(ref('full_until'), '>', now)
            .then(eb(ref('full_until'), '+', bucket.drainMs))
            .else(now + bucket.drainMs)
            .end(),
        }))
        .where('id', '=', bucket.id)
        .where('full_until', '<=', room)
        .executeTakeFirst(),
    )
    if (taken.numUpdatedRows > 0n) return 0
    const row = await sql
      .readFresh()
      .selectFrom('sign_in_attempt')
      .select('full_until')
      .where('id', '=', bucket.id)
      .executeTakeFirst()
    if (row) return Math.max(1, Number(row.full_until) - room)
    try {
      await sql.write(noPosition(), (tx) =>
        tx
          .insertInto('sign_in_attempt')
          .values({ id: bucket.id, full_until: now + bucket.drainMs })
          .execute(),
      )
      return 0
    } catch (error) {
      // Another node made the row in between: ask again.
      if (!isFailure(error, 'conflict')) throw error
    }
  }
}

/** Gives one place back. */
export async function givePlaceBack(sql: Sql<SessionTables>, bucket: Bucket): Promise<void> {
  await sql.write(noPosition(), (tx) =>
    tx
      .updateTable('sign_in_attempt')
      .set(({ eb, ref }) => ({ full_until: eb(ref('full_until'), '-', bucket.drainMs) }))
      .where('id', '=', bucket.id)
      .execute(),
  )
}

export async function emptyBucket(sql: Sql<SessionTables>, bucket: Bucket): Promise<void> {
  await sql.write(noPosition(), (tx) => tx.deleteFrom('sign_in_attempt').where('id', '=', bucket.id).execute())
}

/** Buckets that have drained are worth nothing: the table holds no more than the failures of the last minutes. */
export async function sweepBuckets(sql: Sql<SessionTables>, now: number): Promise<void> {
  await sql.write(noPosition(), (tx) => tx.deleteFrom('sign_in_attempt').where('full_until', '<=', now).execute())
}
