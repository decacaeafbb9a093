// The table of domain/alerts; with the change log's, which is written in the same transactions.

import type { ChangeTables } from '#domain/changes/index.ts'

export interface AlertTables extends ChangeTables {
  mail_alert: {
    account: string
    /** Of server and text: the same words are the same alert, on whichever node they are heard. */
    id: string
    server: string
    text: string
    received_at: number
    /** Kept after that, so that what a server says at every sign-in is shown once. */
    dismissed_at: number | null
  }
}
