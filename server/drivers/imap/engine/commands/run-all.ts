// One command for each piece of a set that is too long for a line (RFC 7162 §4), sent without waiting, results in order.

import { maxSetChars } from '#formats/imap/limits.ts'
import { splitSet } from '#formats/imap/number-set.ts'
import type { NumberSet } from '#formats/imap/types.ts'

export async function runAll<T>(set: NumberSet, run: (piece: NumberSet) => Promise<T>): Promise<T[]> {
  const outcomes = await Promise.allSettled(splitSet(set, maxSetChars).map(run))
  // The first failure, when all have ended: none may go on behind the back of who hears of it.
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}
