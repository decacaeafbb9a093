// The table of domain/accounts.

export interface AccountTables {
  account: { id: string; address: string; created_at: number }
}
