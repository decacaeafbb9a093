// A replicated database as the lab's scenarios need it: which servers there are, who writes now, and whether all of them have the same.

import type { Host } from '../net/host.ts'
import type { HostName } from '../topologies/plan.ts'
import type { Service } from './service.ts'

export interface Database {
  readonly hosts: readonly HostName[]
  /** Name of the daemon to kill or hang. */
  readonly daemon: string
  servicesOf(host: HostName): readonly Service[]
  /** `[sql]` of the nodes. */
  readonly write: readonly string[]
  readonly read: readonly string[]
  /** In the order in which they may start for the first time: at once, or one after the other. */
  readonly startsTogether: boolean
  /** Throws while there is none, or more than one. */
  writer(hosts: readonly Host[]): Promise<Host>
  /** Makes a replica apply everything so much later; 0 ends it. */
  delay(host: Host, seconds: number): Promise<void>
  query(host: Host, sql: string): Promise<string>
  /** After a power cut of all: what is to be done first, and in which order they start. */
  beforeRestart?(hosts: readonly Host[]): Promise<readonly Host[]>
  /** What an operator does once a server that was lost is back. */
  mend?(hosts: readonly Host[]): Promise<void>
  /** What differs or does not replicate, a line each; none when all servers hold the same. */
  faults(hosts: readonly Host[]): Promise<readonly string[]>
}
