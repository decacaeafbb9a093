// Quota, rights and annotations (RFC 9208, 4314, 5464).

import { Failure } from '#core/errors.ts'
import type { MetadataRow, QuotaRow } from '#formats/imap/types.ts'
import type { Commands } from '../types.ts'

export const quotaOf: Commands['quotaOf'] = async (connection, mailbox) => {
  if (!connection.features.quota) throw new Failure('unsupported', { command: 'GETQUOTAROOT' })
  return connection.run({
    name: 'GETQUOTAROOT',
    parts: ['GETQUOTAROOT', { mailbox }],
    effect: 'read',
    yields: { kind: 'quota' },
    start: () => {
      const rows: QuotaRow[] = []
      return {
        untagged(response) {
          if (response.kind === 'quota') rows.push(response.row)
          return response.kind === 'quota' || response.kind === 'quotaRoot'
        },
        done: () => rows,
      }
    },
  })
}

export const myRights: Commands['myRights'] = async (connection, mailbox) => {
  if (!connection.features.acl) return null
  return connection.run({
    name: 'MYRIGHTS',
    parts: ['MYRIGHTS', { mailbox }],
    effect: 'read',
    yields: { kind: 'myRights' },
    start: () => {
      let rights = ''
      return {
        untagged(response) {
          if (response.kind !== 'myRights' || response.mailbox !== mailbox) return false
          rights = response.rights
          return true
        },
        done: () => rights,
      }
    },
  })
}

export const aclOf: Commands['aclOf'] = async (connection, mailbox) => {
  if (!connection.features.acl) throw new Failure('unsupported', { command: 'GETACL' })
  return connection.run({
    name: 'GETACL',
    parts: ['GETACL', { mailbox }],
    effect: 'read',
    yields: { kind: 'acl' },
    start: () => {
      let rights: ReadonlyMap<string, string> = new Map()
      return {
        untagged(response) {
          if (response.kind !== 'acl' || response.mailbox !== mailbox) return false
          rights = response.rights
          return true
        },
        done: () => rights,
      }
    },
  })
}

export const metadataOf: Commands['metadataOf'] = async (connection, mailbox, entries) => {
  if (!connection.features.metadata) throw new Failure('unsupported', { command: 'GETMETADATA' })
  return connection.run({
    name: 'GETMETADATA',
    // RFC 5464 §4.2: the empty name is the server's own annotations, and no mailbox.
    parts: [
      'GETMETADATA',
      mailbox === '' ? { string: '' } : { mailbox },
      { list: entries.map((entry) => ({ string: entry })) },
    ],
    effect: 'read',
    yields: { kind: 'metadata' },
    start: () => {
      const found = new Map<string, string | null>()
      return {
        untagged(response) {
          if (response.kind !== 'metadata') return false
          for (const [name, value] of response.row.entries) found.set(name, value)
          return true
        },
        done: (): MetadataRow => ({ mailbox, entries: found }),
      }
    },
  })
}
