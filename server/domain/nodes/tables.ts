export interface NodeTables {
  cluster_node: {
    name: string
    /** Of one start of the program. */
    instance: string
    address: string
    version: string
    started_at: number
    seen_at: number
    state: string
    wanted: string
    /** JSON: NodeFacts. */
    facts: string
  }
}
