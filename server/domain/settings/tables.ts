// The tables of domain/settings; with the change log's, which is written in the same transactions.

import type { ChangeTables } from '#domain/changes/index.ts'

export interface SettingsTables extends ChangeTables {
  setting: {
    account: string
    name: string
    /** A JSON object. */
    value: string
    version: number
  }
  template: {
    account: string
    id: string
    name: string
    /** JSON of the rest. */
    content: string
    version: number
  }
}
