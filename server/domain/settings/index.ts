// The door of settings: what a person's clients keep with us, one row a subject, and templates. Never one blob per user: two
// writers of different subjects do not meet, two of one subject are merged by compare-and-set (docs/jmap-extensions.md).

import { openSettingsVerbs, type SettingsDeps } from './settings.ts'
import { openTemplateVerbs, type TemplatesDeps } from './templates.ts'
import type { SettingsDomain, TemplatesDomain } from './types.ts'

export type { SettingsTables } from './tables.ts'
export type { Listing, SettingsDomain, SettingsLimits, TemplateContent, TemplatesDomain } from './types.ts'

export interface SettingsDoor {
  readonly settings: SettingsDomain
  readonly templates: TemplatesDomain
}

export function openSettings(deps: SettingsDeps & TemplatesDeps): SettingsDoor {
  return { settings: openSettingsVerbs(deps), templates: openTemplateVerbs(deps) }
}
