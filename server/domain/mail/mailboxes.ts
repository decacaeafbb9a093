// Mailboxes (RFC 8621 §2): the store's folders with our sort order. The state names both: what the store says, and how far the log
// of sort orders has come, so that a change of either is told by Mailbox/changes.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { type ChangeTables, changesSince, recordChanges, stateOf } from '#domain/changes/index.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { MailAccount, MailboxRow } from '#ports/mail-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { deleteSortOrder, readSortOrders, writeSortOrder } from './store.ts'
import type { MailTables } from './tables.ts'
import type { MailboxChangesResult, MailboxUpdate, NewMailbox } from './types.ts'

export interface MailboxDeps {
  readonly account: MailAccount
  readonly sql: Sql<MailTables & ChangeTables>
  readonly bus: Pick<ChangeBus, 'publish'>
}

const logKey = (caller: Caller) => ({ account: caller.account, type: 'MailboxPref' }) as const

/** RFC 8621 §2.2. */
const countProperties = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'] as const

const joinStates = (store: string, prefs: string) => `${store}.${prefs}`

function splitState(state: string): { readonly store: string; readonly prefs: string } {
  const dot = state.lastIndexOf('.')
  if (dot < 1) throw new Failure('cannotCalculateChanges', { state })
  return { store: state.slice(0, dot), prefs: state.slice(dot + 1) }
}

export async function listMailboxes(
  { account, sql }: MailboxDeps,
  caller: Caller,
  need: { readonly threads: boolean; readonly isConfirmed?: boolean },
): Promise<{ readonly state: string; readonly list: readonly Mailbox[] }> {
  const db = sql.read(caller)
  const prefs = await stateOf(db, logKey(caller))
  const orders = await readSortOrders(db, caller.account)
  const { state, list } = await account.mailboxes(need, caller.signal)
  return { state: joinStates(state, prefs), list: list.map((row) => toMailbox(row, orders.get(row.id) ?? 0)) }
}

function toMailbox(row: MailboxRow, sortOrder: number): Mailbox {
  return {
    id: row.id,
    name: row.name,
    parentId: row.parentId,
    role: row.role,
    sortOrder,
    totalEmails: row.totalEmails,
    unreadEmails: row.unreadEmails,
    totalThreads: row.totalThreads ?? 0,
    unreadThreads: row.unreadThreads ?? 0,
    myRights: row.rights,
    isSubscribed: row.isSubscribed,
  }
}

export async function mailboxChanges(
  { account, sql }: MailboxDeps,
  caller: Caller,
  sinceState: string,
  maxChanges: number | null,
): Promise<MailboxChangesResult> {
  const since = splitState(sinceState)
  const changes = await account.mailboxChanges(since.store, maxChanges, caller.signal)
  const { newState, created, updated, destroyed } = changes
  const told = new Set([...created, ...updated, ...destroyed])
  const room = maxChanges === null ? null : maxChanges - told.size
  // No room left: the sort orders wait for the next call.
  if (changes.hasMore || (room !== null && room <= 0)) {
    const hasPrefs = (await stateOf(sql.read(caller), logKey(caller))) !== since.prefs
    return {
      ...changes,
      newState: joinStates(newState, since.prefs),
      hasMore: changes.hasMore || hasPrefs,
      updatedProperties: changes.countsOnly ? countProperties : null,
    }
  }
  const prefs = await changesSince(sql.read(caller), logKey(caller), since.prefs, room)
  const live = new Set((await account.mailboxes({ threads: false }, caller.signal)).list.map((row) => row.id))
  const reordered = prefs.updated.concat(prefs.created).filter((id) => !told.has(id) && live.has(id))
  const alsoReordered = [...prefs.updated, ...prefs.created].some((id) => updated.includes(id))
  const isCountsOnly = changes.countsOnly && updated.length > 0 && reordered.length === 0 && !alsoReordered
  return {
    newState: joinStates(newState, prefs.newState),
    hasMore: prefs.hasMore,
    created,
    updated: [...updated, ...reordered],
    destroyed,
    updatedProperties: isCountsOnly ? countProperties : null,
  }
}

async function setSortOrder(deps: MailboxDeps, caller: Caller, id: MailboxId, sortOrder: number): Promise<void> {
  await deps.sql.write(caller, async (tx) => {
    await writeSortOrder(tx, caller.account, id, sortOrder)
    await recordChanges(tx, logKey(caller), [{ id, kind: 'updated' }])
  })
  await deps.bus.publish({ account: caller.account, changed: { Mailbox: null } })
}

function refuse(...properties: readonly string[]): Failure {
  return new Failure('badInput', { properties })
}

/** RFC 8621 §2 (name): Net-Unicode (RFC 5198), at least one character, no control characters, at most so many octets. */
export function normaliseName(name: string, maxBytes: number): string {
  const normal = name.normalize('NFC')
  // What looks like nothing or like something else in a folder list: controls, line and paragraph ends, directional overrides.
  const isClean = normal.trim() !== '' && !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(normal)
  if (!isClean || !normal.isWellFormed() || Buffer.byteLength(normal) > maxBytes) throw refuse('name')
  return normal
}

interface Tree {
  readonly rows: ReadonlyMap<MailboxId, MailboxRow>
  readonly maxName: number
  readonly maxDepth: number | null
}

async function readTree({ account }: MailboxDeps, caller: Caller): Promise<Tree> {
  const { list } = await account.mailboxes({ threads: false }, caller.signal)
  const { maxSizeMailboxName: maxName, maxMailboxDepth: maxDepth } = account.bounds
  return { rows: new Map(list.map((row) => [row.id, row])), maxName, maxDepth }
}

function ancestors(tree: Tree, parentId: MailboxId | null): readonly MailboxId[] {
  const chain: MailboxId[] = []
  for (let at = parentId; at !== null && !chain.includes(at); at = tree.rows.get(at)?.parentId ?? null) chain.push(at)
  return chain
}

/** Where a mailbox may stand: the parent exists and may have children, no sibling has the name, the depth is allowed. */
function assertPlace(tree: Tree, id: MailboxId | null, name: string, parentId: MailboxId | null): void {
  if (parentId !== null) {
    const parent = tree.rows.get(parentId)
    if (!parent) throw refuse('parentId')
    const chain = ancestors(tree, parentId)
    if (id !== null && chain.includes(id)) throw refuse('parentId')
    if (tree.maxDepth !== null && chain.length >= tree.maxDepth) throw refuse('parentId')
    const moves = id === null || tree.rows.get(id)?.parentId !== parentId
    if (moves && !parent.rights.mayCreateChild) throw new Failure('forbidden', { parentId })
  }
  for (const row of tree.rows.values()) {
    if (row.id !== id && row.parentId === parentId && row.name === name) throw refuse('name')
  }
}

/** RFC 8621 §2 (role): «no two Mailboxes may have the same role». */
function assertRole(tree: Tree, id: MailboxId | null, role: MailboxRow['role']): void {
  if (role === null) return
  for (const row of tree.rows.values()) if (row.id !== id && row.role === role) throw refuse('role')
}

export async function createMailbox(deps: MailboxDeps, caller: Caller, mailbox: NewMailbox): Promise<MailboxId> {
  const tree = await readTree(deps, caller)
  const name = normaliseName(mailbox.name, tree.maxName)
  assertPlace(tree, null, name, mailbox.parentId)
  assertRole(tree, null, mailbox.role)
  const { parentId, role, isSubscribed, sortOrder } = mailbox
  const id = await nameTaken(() => deps.account.createMailbox({ name, parentId, role, isSubscribed }, caller.signal))
  if (sortOrder !== 0) await setSortOrder(deps, caller, id, sortOrder)
  return id
}

/** Another client was quicker. */
async function nameTaken<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure && (error.code === 'alreadyExists' || error.code === 'badInput')) {
      throw new Failure('badInput', { ...error.detail, properties: ['name'] }, error)
    }
    throw error
  }
}

export async function updateMailbox(
  deps: MailboxDeps,
  caller: Caller,
  id: MailboxId,
  change: MailboxUpdate,
): Promise<void> {
  const tree = await readTree(deps, caller)
  const row = tree.rows.get(id)
  if (!row) throw new Failure('notFound', { id })
  const name = change.name === undefined ? row.name : normaliseName(change.name, tree.maxName)
  const parentId = change.parentId === undefined ? row.parentId : change.parentId
  const isMoved = name !== row.name || parentId !== row.parentId
  if (isMoved) {
    if (!row.rights.mayRename) throw new Failure('forbidden', { id })
    assertPlace(tree, id, name, parentId)
  }
  if (change.role !== undefined && change.role !== row.role) assertRole(tree, id, change.role)
  const changed = {
    ...(name !== row.name && { name }),
    ...(parentId !== row.parentId && { parentId }),
    ...(change.isSubscribed !== undefined && change.isSubscribed !== row.isSubscribed
      ? { isSubscribed: change.isSubscribed }
      : {}),
    ...(change.role !== undefined && change.role !== row.role ? { role: change.role } : {}),
  }
  if (Object.keys(changed).length > 0) await nameTaken(() => deps.account.updateMailbox(id, changed, caller.signal))
  if (change.sortOrder !== undefined) {
    const orders = await readSortOrders(deps.sql.read(caller), caller.account)
    if ((orders.get(id) ?? 0) !== change.sortOrder) await setSortOrder(deps, caller, id, change.sortOrder)
  }
}

export async function destroyMailbox(
  deps: MailboxDeps,
  caller: Caller,
  id: MailboxId,
  removeEmails: boolean,
): Promise<void> {
  const { rows } = await readTree(deps, caller)
  const row = rows.get(id)
  if (!row) throw new Failure('notFound', { id })
  // RFC 8621 §2.5: mailboxHasChild before all.
  for (const other of rows.values()) if (other.parentId === id) throw new Failure('hasChildren', { id })
  if (!row.rights.mayDelete) throw new Failure('forbidden', { id })
  await deps.account.destroyMailbox(id, removeEmails, caller.signal)
  await deps.sql.write(caller, (tx) => deleteSortOrder(tx, caller.account, id))
}
