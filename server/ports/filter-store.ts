// Sieve scripts on the user's mail server: ManageSieve (RFC 5804).

import type { MailCredential } from '#core/caller.ts'
import type { SieveServer } from './directory.ts'

export interface FilterScript {
  readonly name: string
  readonly isActive: boolean
}

export interface FilterStoreInfo {
  /** Sieve extensions, as in the SIEVE capability. */
  readonly extensions: readonly string[]
  readonly maxRedirects: number | null
}

/** One conversation with the server; close it. Errors: badInput (script invalid, detail.message), notFound, alreadyExists, overQuota, unavailable. */
export interface FilterSession {
  readonly info: FilterStoreInfo
  list(): Promise<readonly FilterScript[]>
  get(name: string): Promise<string>
  put(name: string, script: string): Promise<void>
  check(script: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Null turns filtering off. */
  activate(name: string | null): Promise<void>
  delete(name: string): Promise<void>
  close(): Promise<void>
}

export interface FilterStore {
  open(server: SieveServer, credential: MailCredential, signal: AbortSignal): Promise<FilterSession>
}
