// What the filters domain gives and takes.

import type { Caller } from '#core/caller.ts'
import type { FilterStoreInfo } from '#ports/filter-store.ts'
import type { FilterRules } from '#shared/jmap/filters.ts'
import type { SieveScript, VacationResponse } from '#shared/jmap/submission.ts'

export type VacationContent = Omit<VacationResponse, 'id'>

export interface Vacations {
  get(caller: Caller): Promise<{ readonly state: string; readonly vacation: VacationContent }>
  /** badInput, overQuota, tooLarge, unsupported (the server's Sieve lacks an extension), conflict, unavailable. */
  change(caller: Caller, change: (before: VacationContent) => VacationContent): Promise<VacationContent>
}

export type RulesContent = Omit<FilterRules, 'id'>

export interface Rules {
  get(caller: Caller): Promise<{ readonly state: string; readonly content: RulesContent }>
  /**
   * What `change` gives is checked here, whatever form it has. Makes our script the active one where there is anything for it to do.
   * badInput (detail.properties), unsupported (the server's Sieve lacks an extension), alreadyExists (our script was edited elsewhere),
   * overQuota, unavailable.
   */
  change(
    caller: Caller,
    change: (before: RulesContent) => Readonly<Record<'rules' | 'forwarding' | 'blocked', unknown>>,
  ): Promise<void>
}

export interface Scripts {
  list(caller: Caller): Promise<{ readonly state: string; readonly list: readonly SieveScript[] }>
  /** Name null: one is chosen. badInput with detail.message (the script), alreadyExists, tooLarge, overQuota, notFound (the blob). */
  create(caller: Caller, script: { readonly name: string | null; readonly blobId: string }): Promise<SieveScript>
  /** Also forbidden, for our own script. */
  change(caller: Caller, id: string, change: { readonly name?: string; readonly blobId?: string }): Promise<SieveScript>
  /** notFound; conflict with detail.isActive; forbidden. */
  destroy(caller: Caller, id: string): Promise<void>
  /** Null turns filtering off. Returns what changed. notFound. */
  activate(caller: Caller, id: string | null): Promise<ReadonlyMap<string, boolean>>
  /** The fault, or null. notFound (the blob). */
  validate(caller: Caller, blobId: string): Promise<string | null>
}

export interface Filters {
  readonly vacations: Vacations
  readonly rules: Rules
  readonly scripts: Scripts
  /** Whether a ManageSieve server stands behind this address; no question is asked of it. */
  isOffered(caller: Caller): Promise<boolean>
  /** What the server's Sieve can; kept for ten minutes. Null when it does not answer. */
  info(caller: Caller): Promise<FilterStoreInfo | null>
}

export const scriptLimits = { maxNameBytes: 512, maxScriptBytes: 1024 * 1024 } as const
