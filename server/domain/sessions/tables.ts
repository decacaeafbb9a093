// The table of domain/sessions. Sessions themselves are behind the session-store port.

export interface SessionTables {
  /** One bucket of failed sign-ins; `full_until` as in attempts.ts. */
  sign_in_attempt: { id: string; full_until: number }
}
