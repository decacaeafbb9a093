// The table of domain/unsubscribe: who asked whom, for the limit, and no longer than the limit looks back.

export interface UnsubscribeTables {
  unsubscribe_attempt: { account: string; id: string; host: string; asked_at: number }
}
