// What a scenario is: one invariant, one fault, the aims it is measured by. What is checked after each of them is always the same
// and stands in check.ts: nothing acknowledged is lost, every send arrives once, nobody is logged out, the servers agree.

import type { Cluster, ClusterSettings } from '../topologies/cluster.ts'
import type { Aims } from './figures.ts'

export interface Scenario {
  /** As in `npm run lab -- run NAME`: the file's name. */
  readonly name: string
  readonly title: string
  readonly invariant: string
  readonly aims: Aims
  /** Other settings than the lab's own. */
  readonly needs?: Partial<ClusterSettings>
  /** Breaks something, waits, and makes the cluster whole again. */
  run(stage: Stage): Promise<void>
}

export interface Stage {
  readonly cluster: Cluster
  /** A moment of the time line. */
  mark(what: string): void
  /** Lets the people go on for so long. */
  wait(ms: number): Promise<void>
}

export interface Moment {
  readonly atMs: number
  readonly what: string
}

/** What a node's death or drain may cost: nothing that a person sees. */
export const unnoticed: Aims = { noneFails: true, slowestMs: 3000 }
/** What a part that fails behind the nodes may cost: a pause, and no failure. */
export const served: Aims = { noneFails: true, slowestMs: 10_000 }
/** The mail server that serves lost, another taking over: back in time, and no action fails after the client's own retries. */
export const servedInTime: Aims = { noneFails: true, awayMs: 10_000 }
/** What the loss of the writer or of a balancer may cost. */
export const backInTime: Aims = { awayMs: 10_000 }
