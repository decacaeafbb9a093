// What the settings domain gives and takes.

import type { Caller } from '#core/caller.ts'
import type { ObjectChanges } from '#domain/changes/index.ts'
import type { Settings, Template } from '#shared/jmap/settings.ts'

export interface SettingsLimits {
  readonly maxValueBytes: number
  readonly maxKeys: number
  readonly maxTemplates: number
  readonly maxTemplateBytes: number
}

export interface Listing<T> {
  readonly state: string
  readonly list: readonly T[]
}

export interface SettingsDomain {
  readonly limits: SettingsLimits
  /** Null: all that were written. A valid key that was not has the value {} and version 0; an invalid one is left out. */
  list(caller: Caller, keys: readonly string[] | null): Promise<Listing<Settings>>
  changes(caller: Caller, sinceState: string, maxChanges: number | null): Promise<ObjectChanges>
  state(caller: Caller): Promise<string>
  /**
   * Reads, changes and writes one value by compare-and-set: `change` runs again when somebody else was first.
   * notFound (no such key can be), conflict (`version` is not the current one), tooLarge, overQuota.
   */
  change(
    caller: Caller,
    key: string,
    version: number | null,
    change: (value: Settings['value']) => Settings['value'],
  ): Promise<Settings>
  /** Back to {}. notFound when it was never written. */
  reset(caller: Caller, key: string): Promise<void>
}

export type TemplateContent = Omit<Template, 'id'>

export interface TemplatesDomain {
  list(caller: Caller, ids: readonly string[] | null): Promise<Listing<Template>>
  changes(caller: Caller, sinceState: string, maxChanges: number | null): Promise<ObjectChanges>
  state(caller: Caller): Promise<string>
  /** blobMissing and notFound (an attachment's blob: detail.notFound), tooLarge, overQuota. */
  create(caller: Caller, content: TemplateContent): Promise<Template>
  /** By compare-and-set, as `change` of the settings. */
  change(caller: Caller, id: string, change: (content: TemplateContent) => TemplateContent): Promise<Template>
  destroy(caller: Caller, id: string): Promise<void>
}
