// What the filters domain gives and takes.

import type { Caller } from '#core/caller.ts'
import type { FilterStoreInfo } from '#ports/filter-store.ts'
import type { SieveScript, VacationResponse } from '#shared/jmap/submission.ts'

export type VacationContent = Omit<VacationResponse, 'id'>

export interface Vacations {
  get(caller: Caller): Promise<{ readonly state: string; readonly vacation: VacationContent }>
  /** badInput, overQuota, tooLarge, unsupported (the server's Sieve lacks an extension), conflict, unavailable. */
  change(caller: Caller, change: (before: VacationContent) => VacationContent): Promise<VacationContent>
}

export interface Scripts {
  list(caller: Caller): Promise<{ readonly state: string; readonly list: readonly SieveScript[] }>
  /** Name null: one is chosen. badInput with detail.message (the script), alreadyExists, tooLarge, overQuota, notFound (the blob). */
  create(caller: Caller, script: { readonly name: string | null; readonly blobId: string }): Promise<SieveScript>
  /** Also forbidden, for the script of the absence. */
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
  readonly scripts: Scripts
  /** Whether a ManageSieve server stands behind this address; no question is asked of it. */
  isOffered(caller: Caller): Promise<boolean>
  /** What the server's Sieve can; kept for ten minutes. Null when it does not answer. */
  info(caller: Caller): Promise<FilterStoreInfo | null>
}

export const scriptLimits = { maxNameBytes: 512, maxScriptBytes: 1024 * 1024 } as const
