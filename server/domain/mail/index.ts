// The door of mail: mailboxes, threads, messages, their bytes (RFC 8621 §2–5) over whatever store the account has.
//
// The mail server is the truth; kept here are the sort order of mailboxes (SQL) and, for a while, messages lately read (this node's
// memory, bounded). Rules of JMAP that need the mail stand here; the reading of JSON is the front's.

import type { Caller } from '#core/caller.ts'
import type { ChangeTables } from '#domain/changes/index.ts'
import type { Uploads } from '#domain/uploads/types.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { EmailChange, MailAccount, OpenMail } from '#ports/mail-store.ts'
import type { Sql } from '#ports/sql.ts'
import { createEmail, importEmail } from './create-email.ts'
import { getEmails } from './get-emails.ts'
import { openMailBlobs } from './mail-blobs.ts'
import { createMailbox, destroyMailbox, listMailboxes, mailboxChanges, updateMailbox } from './mailboxes.ts'
import { openMessageCache } from './message-cache.ts'
import { parseEmails } from './parse-emails.ts'
import { queryMailboxes } from './query-mailboxes.ts'
import { searchSnippets } from './search-snippets.ts'
import type { MailTables } from './tables.ts'
import { type Mail, type MailConfig, mailDefaults } from './types.ts'

export { findMailboxForRole, mailboxForRole } from './mailbox-for-role.ts'
export { mailboxSortProperties } from './query-mailboxes.ts'
export type { MailTables } from './tables.ts'
export * from './types.ts'

export interface MailDeps {
  readonly open: OpenMail
  /** Names by which the caller's mail server signs `Authentication-Results`, lower case. Left out: none. */
  readonly authservIds?: (caller: Caller) => Promise<readonly string[]>
  readonly uploads: Uploads
  readonly sql: Sql<MailTables & ChangeTables>
  readonly bus: Pick<ChangeBus, 'publish'>
  readonly config?: Partial<MailConfig>
}

/** RFC 8621 §4.4.2: those that must be, and the thread's. */
export const emailSortProperties = [
  'receivedAt',
  'size',
  'from',
  'to',
  'subject',
  'sentAt',
  'hasKeyword',
  'allInThreadHaveKeyword',
  'someInThreadHaveKeyword',
] as const

export function openMail(deps: MailDeps): Mail {
  const config: MailConfig = { ...mailDefaults, ...deps.config }
  const cache = openMessageCache(config.cacheMaxBytes)
  const read = async (caller: Caller) => ({ account: await deps.open(caller), cache, config })
  const boxes = async (caller: Caller) => ({ account: await deps.open(caller), sql: deps.sql, bus: deps.bus })
  const blobs = openMailBlobs({ uploads: deps.uploads, config, read })
  const authservIdsOf = (caller: Caller) => async () => (await deps.authservIds?.(caller)) ?? []
  const on = async <Result>(caller: Caller, work: (account: MailAccount) => Promise<Result>) =>
    work(await deps.open(caller))

  return {
    config,
    blobs,
    async capability(caller) {
      // Asks no server: a page is opened, or opened again, while the mail server is down.
      const { bounds } = await deps.open(caller)
      return {
        maxMailboxesPerEmail: config.maxMailboxesPerEmail,
        maxMailboxDepth: bounds.maxMailboxDepth,
        maxSizeMailboxName: bounds.maxSizeMailboxName,
        maxSizeAttachmentsPerEmail: config.maxSizeAttachmentsPerEmail,
        emailQuerySortOptions: emailSortProperties,
        mayCreateTopLevelMailbox: true,
      }
    },

    mailboxes: async (caller, need) => listMailboxes(await boxes(caller), caller, need),
    mailboxState: async (caller, isConfirmed = false) =>
      (await listMailboxes(await boxes(caller), caller, { threads: false, isConfirmed })).state,
    mailboxRights: (caller) =>
      on(caller, async (account) => {
        const { list } = await account.mailboxes({ threads: false }, caller.signal)
        return new Map(list.map(({ id, rights }) => [id, rights]))
      }),
    mailboxPaths: (caller) =>
      on(caller, async (account) => {
        const { list } = await account.mailboxes({ threads: false }, caller.signal)
        return new Map(list.map(({ id, path }) => [id, path]))
      }),
    mailboxChanges: async (caller, since, max) => mailboxChanges(await boxes(caller), caller, since, max),
    createMailbox: async (caller, mailbox) => createMailbox(await boxes(caller), caller, mailbox),
    updateMailbox: async (caller, id, change) => updateMailbox(await boxes(caller), caller, id, change),
    destroyMailbox: async (caller, id, remove) => destroyMailbox(await boxes(caller), caller, id, remove),
    async queryMailboxes(caller, query) {
      const { state, list } = await listMailboxes(await boxes(caller), caller, { threads: false })
      return { state, ids: queryMailboxes(list, query) }
    },

    emailState: (caller, isConfirmed) => on(caller, (account) => account.emailState(caller.signal, isConfirmed)),
    emailChanges: (caller, since, max) => on(caller, (account) => account.emailChanges(since, max, caller.signal)),
    threadChanges: (caller, since, max) => on(caller, (account) => account.threadChanges(since, max, caller.signal)),
    threads: (caller, ids) =>
      on(caller, async (account) => {
        const state = await account.emailState(caller.signal)
        return { state, threads: await account.threads(ids, caller.signal) }
      }),

    emails: async (caller, ids, view) =>
      getEmails({ ...(await read(caller)), authservIds: authservIdsOf(caller) }, caller, ids, view),
    parseEmails: (caller, blobIds, view) => parseEmails({ blobs, config }, caller, blobIds, view),
    queryEmails: (caller, query) => on(caller, (account) => account.query(query, caller.signal)),
    queryEmailChanges: (caller, query, since, options) =>
      on(caller, (account) => account.queryChanges(query, since, options, caller.signal)),
    snippets: async (caller, filter, ids) => searchSnippets(await read(caller), caller, filter, ids),

    places: (caller, ids) =>
      on(caller, async (account) => {
        const rows = ids.length > 0 ? await account.rows(ids, {}, caller.signal) : []
        return new Map(rows.map(({ id, mailboxIds, keywords }) => [id, { mailboxIds, keywords }]))
      }),
    changeEmails: (caller, changes: readonly EmailChange[]) =>
      on(caller, (account) => account.change(changes, caller.signal)),
    destroyEmails: (caller, ids) => on(caller, (account) => account.destroy(ids, caller.signal)),
    createEmail: (caller, draft) => on(caller, (account) => createEmail(account, caller, draft)),
    importEmail: (caller, blobId, place) =>
      on(caller, (account) => importEmail({ account, blobs }, caller, blobId, place)),
  }
}
