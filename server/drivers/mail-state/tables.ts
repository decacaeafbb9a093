// Rows of ports/mail-state-store.ts and ports/snapshot-store.ts.

export interface MailStateTables {
  mail_state: { account: string; kind: string; name: string; value: string; written_at: number }
  mail_snapshot: { name: string; blob_key: string; written_at: number }
}
