// The tables of domain/submission; with the change log's, which is written in the same transactions.

import type { ChangeTables } from '#domain/changes/index.ts'

export interface SubmissionRow {
  id: string
  account: string
  address: string
  identity_id: string
  email_id: string
  thread_id: string
  /** With angle brackets: by which the message is found again, wherever it was moved. */
  message_id: string
  /** JSON: MessageManifest. */
  message: string
  /** JSON: Envelope, as the client gave it or as made from the header. */
  envelope: string
  /** JSON: RecipientState[]. */
  recipients: string
  /** JSON: SendOptions. */
  options: string
  /** Sealed; empty once nothing is left to do. */
  credential: string
  idempotency_key: string | null
  /** Set while nobody has got it: holds off a second copy of the same wish. */
  pending_key: string | null
  created_at: number
  send_at: number
  expires_at: number
  /** When there is something to do, ms; null when there is nothing. */
  next_at: number | null
  attempts: number
  /**
   * `waiting`: for its time or the next attempt. `committing`: the final dot was about to go, and its answer is not known.
   * `settled`: nobody is left to send to.
   */
  phase: 'waiting' | 'committing' | 'settled'
  committed_at: number | null
  /** What is due in the mailbox: nothing, the move to Sent and the keywords, or the way back to Drafts. */
  filing: 'none' | 'due' | 'restore'
  undo_status: 'pending' | 'final' | 'canceled'
  /** JSON: SubmissionProblem. */
  problem: string | null
  /** 1: destroyed by the client while there was work left, which a destroy does not stop (RFC 8621 §7.5). */
  is_hidden: number
  /** Grows with each claim and each cancel; every write of a worker names it. */
  fence: number
  lease_until: number
  /** The server that was not there at the last attempt (waiting-servers.ts). */
  waits_for: string | null
}

export interface SubmissionTables extends ChangeTables {
  email_submission: SubmissionRow
  /** Notifications that came back. */
  submission_report: {
    submission: string
    /** SHA-256 of the notification. */
    report: string
    account: string
    kind: 'dsn' | 'mdn'
    blob_id: string
    /** JSON: ReportOutcome[]. */
    outcomes: string
    received_at: number
  }
  identity: {
    account: string
    id: string
    email: string
    name: string
    /** JSON: EmailAddress[]. */
    reply_to: string | null
    bcc: string | null
    text_signature: string
    html_signature: string
    may_delete: number
    version: number
  }
}
