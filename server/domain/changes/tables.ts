// The tables of domain/changes. A domain that records changes has them among its own: `Sql<MyTables & ChangeTables>`.

export interface ChangeTables {
  change_state: {
    account: string
    type: string
    /** The newest change; the state string. */
    seq: number
    /** States before this one can no longer be answered. */
    oldest: number
  }
  change_log: {
    account: string
    type: string
    seq: number
    object: string
    kind: 'created' | 'updated' | 'destroyed'
  }
}
