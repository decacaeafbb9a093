// What other domains see of the change log.

import type { AccountId } from '#shared/ids.ts'

/** JMAP data types whose objects live in SQL. */
export type LoggedType =
  | 'Identity'
  | 'EmailSubmission'
  | 'Settings'
  | 'Template'
  | 'MailboxPref'
  | 'MailAlert'
  | 'Snooze'

export interface ObjectChange {
  readonly id: string
  readonly kind: 'created' | 'updated' | 'destroyed'
}

export interface ObjectChanges {
  readonly newState: string
  readonly hasMore: boolean
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly destroyed: readonly string[]
}

export interface LogKey {
  readonly account: AccountId
  readonly type: LoggedType
}
