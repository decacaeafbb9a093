// Listing, counting and changing mailboxes (RFC 9051 §6.3, 5258, 5819, 6154, 2342).

import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, isFailure } from '#core/errors.ts'
import type { ListRow, Namespaces, StatusRow } from '#formats/imap/types.ts'
import { isDropped } from '../failures.ts'
import type { Command, Commands, Connection, MailboxInfo } from '../types.ts'
import { unselect } from './select.ts'

/** Mailboxes whose STATUS is asked at once where LIST-STATUS is missing: pipelined, so that 500 cost few round trips. */
const unlistable = ['\\noselect', '\\nonexistent']

export const listMailboxes: Commands['listMailboxes'] = async (connection, request) => {
  const pattern = request.pattern ?? '*'
  const wantsStatus = request.status ?? false
  return connection.features.listExtended
    ? listExtended(connection, pattern, wantsStatus)
    : listPlain(connection, pattern, wantsStatus)
}

function statusItems({ features }: Connection): string {
  const items = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN']
  if (features.condstore) items.push('HIGHESTMODSEQ')
  if (features.statusSize) items.push('SIZE')
  return `(${items.join(' ')})`
}

/** All in one round trip. */
async function listExtended(connection: Connection, pattern: string, wantsStatus: boolean): Promise<MailboxInfo[]> {
  const { features } = connection
  const options = ['SUBSCRIBED', 'CHILDREN']
  if (features.specialUse) options.push('SPECIAL-USE')
  if (wantsStatus && features.listStatus) options.push(`STATUS ${statusItems(connection)}`)
  const command: Command<{ rows: ListRow[]; statuses: StatusRow[] }> = {
    name: 'LIST',
    parts: ['LIST ""', { pattern }, `RETURN (${options.join(' ')})`],
    effect: 'read',
    yields: { kind: 'list' },
    start: () => {
      const rows: ListRow[] = []
      const statuses: StatusRow[] = []
      return {
        untagged(response) {
          if (response.kind === 'list') rows.push(response.row)
          else if (response.kind === 'status' && wantsStatus) statuses.push(response.row)
          else return false
          return true
        },
        done: () => ({ rows, statuses }),
      }
    },
  }
  const { rows, statuses } = await connection.run(command)
  const subscribed = new Set(rows.filter((row) => row.attributes.includes('\\subscribed')).map((row) => row.name))
  if (wantsStatus && !features.listStatus) statuses.push(...(await statusesOf(connection, rows)))
  return join(rows, subscribed, statuses)
}

async function listPlain(connection: Connection, pattern: string, wantsStatus: boolean): Promise<MailboxInfo[]> {
  const [rows, subscribed] = await Promise.all([
    connection.run(listCommand('LIST', pattern)),
    connection.run(listCommand('LSUB', pattern)),
  ])
  const statuses = wantsStatus ? await statusesOf(connection, rows) : []
  // RFC 3501 §6.3.9: with \Noselect LSUB only says that something below is subscribed.
  const names = subscribed.filter((row) => !row.attributes.includes('\\noselect')).map((row) => row.name)
  return join(rows, new Set(names), statuses)
}

function listCommand(name: 'LIST' | 'LSUB', pattern: string): Command<ListRow[]> {
  return {
    name,
    parts: [`${name} ""`, { pattern }],
    effect: 'read',
    yields: { kind: name === 'LIST' ? 'list' : 'lsub' },
    start: () => {
      const rows: ListRow[] = []
      return {
        untagged: (response) => {
          if (response.kind !== (name === 'LIST' ? 'list' : 'lsub')) return false
          rows.push(response.row)
          return true
        },
        done: () => rows,
      }
    },
  }
}

async function statusesOf(connection: Connection, rows: readonly ListRow[]): Promise<StatusRow[]> {
  const asked = rows.filter((row) => !row.attributes.some((attribute) => unlistable.includes(attribute)))
  const outcomes = await Promise.allSettled(asked.map((row) => statusOf(connection, row.name)))
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [outcome.value]
    // Deleted meanwhile, or not ours to look into: it has no status. A dropped connection is another matter.
    if (isDropped(outcome.reason)) throw outcome.reason
    return []
  })
}

function join(
  rows: readonly ListRow[],
  subscribed: ReadonlySet<string>,
  statuses: readonly StatusRow[],
): MailboxInfo[] {
  const byName = new Map(statuses.map((status) => [status.mailbox, status]))
  const infos = new Map<string, MailboxInfo>()
  for (const row of rows) {
    // quirk: the same mailbox twice (overlapping namespaces): the last one tells more
    infos.set(row.name, { ...row, isSubscribed: subscribed.has(row.name), status: byName.get(row.name) ?? null })
  }
  return [...infos.values()]
}

export const statusOf: Commands['statusOf'] = (connection, mailbox) => {
  return connection.run({
    name: 'STATUS',
    // quirk(cyrus 3): MAILBOXID comes as octets of free memory here and in LIST: it is taken from SELECT.
    parts: ['STATUS', { mailbox }, statusItems(connection)],
    effect: 'read',
    yields: { kind: `status ${mailbox}` },
    start: () => {
      let row: StatusRow | null = null
      return {
        untagged(response) {
          if (response.kind !== 'status' || response.row.mailbox !== mailbox) return false
          row = response.row
          return true
        },
        done() {
          // quirk: OK without a STATUS line for what is not there
          if (row === null) throw new Failure('notFound', { command: 'STATUS' })
          return row
        },
      }
    },
  })
}

export const namespaces: Commands['namespaces'] = async (connection) => {
  if (connection.features.namespace) {
    return connection.run({
      name: 'NAMESPACE',
      parts: ['NAMESPACE'],
      effect: 'read',
      yields: { kind: 'namespace' },
      start: () => {
        let found: Namespaces = { personal: [], others: [], shared: [] }
        return {
          untagged(response) {
            if (response.kind !== 'namespace') return false
            found = response.namespaces
            return true
          },
          done: () => found,
        }
      },
    })
  }
  // RFC 9051 §6.3.9: an empty pattern asks for the delimiter.
  const rows = await connection.run({ ...listCommand('LIST', '*'), parts: ['LIST "" ""'] })
  return { personal: [{ prefix: '', delimiter: rows[0]?.delimiter ?? null }], others: [], shared: [] }
}

export const createMailbox: Commands['createMailbox'] = async (connection, name, specialUse) => {
  // RFC 6154 §3.
  const use = specialUse && connection.features.createSpecialUse ? [specialUsePart(specialUse)] : []
  const command: Command<{ mailboxId: string | null }> = {
    name: 'CREATE',
    parts: ['CREATE', { mailbox: name }, ...use],
    effect: 'change',
    start: () => ({
      done: ({ code }) => ({ mailboxId: code?.name === 'MAILBOXID' ? code.text.replace(/[()]/g, '') : null }),
    }),
  }
  try {
    return await connection.run(command)
  } catch (error) {
    // quirk(courier): "Cannot create this folder", whatever the reason
    if (!isFailure(error, 'forbidden') || !(await isThere(connection, name))) throw error
    throw new Failure('alreadyExists', error.detail, error)
  }
}

async function isThere(connection: Connection, name: string): Promise<boolean> {
  if (/[*%]/.test(name)) return false // wild in a pattern
  const rows = await connection.run(listCommand('LIST', name))
  return rows.some((row) => row.name === name && !row.attributes.includes('\\nonexistent'))
}

function specialUsePart(use: string): string {
  if (!/^\\[A-Za-z]{1,30}$/.test(use)) throw new Failure('badInput', { reason: 'special use' })
  return `(USE (${use}))`
}

const change = (name: string, parts: Command<void>['parts']): Command<void> => ({
  name,
  parts,
  effect: 'change',
  start: () => ({ done() {} }),
})

const CYRUS_DELETE_MS = 1_100

export const deleteMailbox: Commands['deleteMailbox'] = async (connection, name) => {
  // quirk(dovecot): "Selected mailbox was deleted, have to disconnect", maybe before the OK.
  if (connection.selected?.name === name) await unselect(connection)
  const once = () => connection.run(change('DELETE', ['DELETE', { mailbox: name }]))
  await once().catch(async (error: unknown) => {
    // quirk(cyrus): keeps what is deleted under its name and the second; a second one of the same name has to wait for the next.
    if (!isFailure(error, 'alreadyExists')) throw error
    await sleep(CYRUS_DELETE_MS)
    await once()
  })
}

export const renameMailbox: Commands['renameMailbox'] = (connection, from, to) =>
  connection.run(change('RENAME', ['RENAME', { mailbox: from }, { mailbox: to }]))

export const setSubscribed: Commands['setSubscribed'] = (connection, name, isSubscribed) => {
  const verb = isSubscribed ? 'SUBSCRIBE' : 'UNSUBSCRIBE'
  return connection.run(change(verb, [verb, { mailbox: name }]))
}
