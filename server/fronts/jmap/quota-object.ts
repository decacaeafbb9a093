// The Quota object (RFC 9425 §4) out of what the mail server tells, and the state of all of them. The state holds the figures
// themselves, so that any node can say what changed since.

import { createHash } from 'node:crypto'
import type { Accounts } from '#domain/accounts/index.ts'
import type { Quota } from '#shared/jmap/submission.ts'
import { MethodError } from './method.ts'

export type QuotaRows = Awaited<ReturnType<Accounts['quota']>>

export const quotaProperties: readonly (keyof Quota)[] = [
  'id',
  'resourceType',
  'used',
  'hardLimit',
  'scope',
  'name',
  'types',
  'warnLimit',
  'softLimit',
  'description',
]

export function toQuotas(rows: QuotaRows): readonly Quota[] {
  return rows.map((row) => ({
    id: `q${createHash('sha256').update(`${row.resource}\0${row.root}`).digest('hex').slice(0, 12)}`,
    resourceType: row.resource,
    used: row.used,
    hardLimit: row.limit,
    warnLimit: null,
    softLimit: null,
    scope: 'account',
    // Dovecot's roots may have an empty name (RFC 9208 §3.2).
    name: row.root || 'Mail',
    types: ['Email'],
    description: null,
  }))
}

/** `id.used.limit`, in base 36, parted by `~`. */
export function quotaState(quotas: readonly Quota[]): string {
  const figures = quotas.map(({ id, used, hardLimit }) => `${id}.${used.toString(36)}.${hardLimit.toString(36)}`)
  return figures.sort().join('~') || 'none'
}

export interface QuotaFigures {
  readonly used: string
  readonly limit: string
}

/** cannotCalculateChanges for what is no state of ours. */
export function parseQuotaState(state: string): ReadonlyMap<string, QuotaFigures> {
  if (state === 'none') return new Map()
  return new Map(
    state.split('~').map((part) => {
      const match = /^(q[0-9a-f]{12})\.([0-9a-z]+)\.([0-9a-z]+)$/.exec(part)
      if (!match) throw new MethodError('cannotCalculateChanges')
      return [match[1]!, { used: match[2]!, limit: match[3]! }]
    }),
  )
}
