// Whether a COMMIT whose answer was lost has happened: docs/adr/2026-11-22-lost-commits.md. Each transaction that changes something
// inserts a row of its own as its last act; whoever does not hear the answer inserts the same key as a void one. The unique key lets only
// one of the two in: if ours gets in, the transaction can never be committed any more, even if its COMMIT is still on the way.

import { randomUUID } from 'node:crypto'
import { Failure } from '#core/errors.ts'
import type { CommitMark, Query } from './engine.ts'

const keptPerSlot = 32

export interface CommitMarks {
  take(): CommitMark
  /** Its outcome is known. */
  done(mark: CommitMark): void
}

/** Slots are used by one transaction at a time; one whose outcome had to be found out is never used again. */
export function openCommitMarks(): CommitMarks {
  const process = randomUUID()
  const free: { slot: string; mark: number }[] = []
  let made = 0
  return {
    take() {
      const place = free.pop() ?? { slot: `${process}-${made++}`, mark: 0 }
      const mark = place.mark + 1
      return { slot: place.slot, mark, at: Date.now(), isLastOfMany: mark % keptPerSlot === 0 }
    },
    done({ slot, mark }) {
      free.push({ slot, mark })
    },
  }
}

/** SQL of all engines; no value in it comes from outside. */
export function markStatements({ slot, mark, at, isLastOfMany }: CommitMark): string {
  if (!/^[0-9a-f-]+$/.test(slot)) throw new Failure('internal', { slot })
  const insert = `insert into sql_commit (slot, mark, is_void, at) values ('${slot}', ${mark}, 0, ${at});`
  return isLastOfMany ? `${insert} delete from sql_commit where slot = '${slot}' and mark < ${mark};` : insert
}

/**
 * True: committed. False: never. `insert` runs in a transaction of its own and answers false when the key exists; it waits as
 * long as the transaction asked about is still open.
 */
export async function wasCommitted(
  mark: CommitMark,
  insertVoid: (sql: string) => Promise<boolean>,
  query: Query,
): Promise<boolean> {
  const { slot, mark: number } = mark
  const isOurs = await insertVoid(
    `insert into sql_commit (slot, mark, is_void, at) values ('${slot}', ${number}, 1, ${mark.at})`,
  )
  if (isOurs) return false
  const { rows } = await query(`select is_void from sql_commit where slot = '${slot}' and mark = ${number}`)
  // A void one: we asked before and did not hear that answer either.
  return Number(rows[0]?.is_void) === 0
}
