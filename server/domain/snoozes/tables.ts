// The table of domain/snoozes; with the change log's, which is written in the same transactions.

import type { ChangeTables } from '#domain/changes/index.ts'

export interface SnoozeRow {
  id: string
  account: string
  address: string
  /** As it is while the message sleeps; it may have another when it is back. */
  email_id: string
  /** With angle brackets, or empty: by which a copy that a dead node had put back is known. */
  message_id: string
  /** Where it came from and returns to. */
  mailbox_id: string
  /** Sealed; null of no key any more, or refused: the next sign-in brings another. */
  credential: string
  /** ms. */
  until_at: number
  /** When there is something to do, ms; null while it waits for a sign-in. */
  next_at: number | null
  /** 1 once the message was moved: from then on it is left alone wherever else somebody puts it. */
  is_asleep: number
  attempts: number
  /** Grows with each claim and each change by the person; every write of a worker names it. */
  fence: number
  lease_until: number
}

export interface SnoozeTables extends ChangeTables {
  snooze: SnoozeRow
}
