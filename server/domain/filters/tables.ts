// The table of domain/filters.

export interface FilterTables {
  sieve_script: { account: string; id: string; name: string }
}
