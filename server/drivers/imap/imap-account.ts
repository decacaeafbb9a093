// One account's mail over IMAP: the parts put together behind the port. Nothing is decided here but who is asked.

import { randomInt } from 'node:crypto'
import { Failure, isFailure, toFailure } from '#core/errors.ts'
import { toSet } from '#formats/imap/number-set.ts'
import type { MailAccount, MailAccountInfo, MailboxRow, QuotaRow } from '#ports/mail-store.ts'
import type { AccountId } from '#shared/ids.ts'
import { createAccountIndex } from './account-index.ts'
import { appendEmail } from './append-email.ts'
import { changeEmails, destroyEmails } from './change-emails.ts'
import { type AccountContext, type ImapMailStoreDeps, type ImapMailStoreLimits, withMailbox } from './context.ts'
import { decodedSizes } from './decoded-sizes.ts'
import { emailChanges, emailStateOf, threadChanges } from './email-changes.ts'
import { queryChanges, queryEmails } from './email-query.ts'
import { findMessages, type RowCache, rows } from './email-rows.ts'
import { quotaOf } from './engine/commands/rights.ts'
import { searchMessages } from './engine/commands/search.ts'
import type { PoolAccount } from './engine/pool-types.ts'
import { openFreshness } from './freshness.ts'
import { mailboxChanges, mailboxStateOf } from './mailbox-changes.ts'
import { mailboxCounts } from './mailbox-counts.ts'
import { emptyTree } from './mailbox-tree.ts'
import { readRows } from './read-rows.ts'
import { createResultLists } from './result-lists.ts'
import { createLru } from './row-cache.ts'
import { pinTier } from './row-source.ts'
import { createMailbox, destroyMailbox, MAX_NAME_OCTETS, updateMailbox } from './set-mailboxes.ts'
import { NONE, parseThreadId } from './tables.ts'
import { openWarmStart } from './warm-start.ts'
import { isNews, openWatching } from './watch.ts'

export interface OpenAccount {
  readonly account: MailAccount
  readonly ctx: AccountContext
  /** Nobody calls, nobody listens. */
  isIdle(): boolean
  lastUsedAt: number
  /** Leaves the memory: who still holds the account may go on using it. */
  release(): Promise<void>
  /** Ends what is under way; with `isKept` the index is kept for the next node. */
  close(isKept: boolean): Promise<void>
}

export function openImapAccount(
  deps: ImapMailStoreDeps,
  limits: ImapMailStoreLimits,
  id: AccountId,
  login: PoolAccount,
): OpenAccount {
  const controller = new AbortController()
  const watching = openWatching(
    () => ctx,
    () => freshness,
  )
  const ctx: AccountContext = {
    deps,
    limits,
    account: id,
    signal: controller.signal,
    login,
    index: createAccountIndex(),
    tree: emptyTree,
    tier: null,
    epoch: randomInt(1, 2 ** 32),
    keptStates: new Set(),
    changed: watching.changed,
  }
  const warmStart = openWarmStart(ctx)
  const freshness = openFreshness(ctx, warmStart)
  const cache: RowCache = createLru(limits.maxRowCacheBytes)
  const lists = createResultLists(limits.maxQueryCacheBytes)
  const parts = { ctx, freshness, cache, lists }
  const unlisten = deps.pool.listen(login, (event) => {
    if (isNews(ctx, event)) freshness.expire()
  })
  let active = 0

  /** Counts who is inside, so that the account is not dropped under him; what is thrown is a Failure. */
  const inside = async <T>(work: () => Promise<T>): Promise<T> => {
    active++
    opened.lastUsedAt = deps.clock.now()
    try {
      return await work()
    } catch (error) {
      throw toFailure(error)
    } finally {
      active--
      opened.lastUsedAt = deps.clock.now()
    }
  }

  const open = async (
    emailId: string,
    section: string,
    range: { readonly start: number; readonly end: number } | undefined,
    signal: AbortSignal,
  ) => {
    for (let attempt = 1; ; attempt++) {
      const message = (await findMessages(parts, [emailId], signal)).get(emailId)
      if (message === undefined) throw new Failure('notFound', { email: emailId })
      const { tables, mailboxes } = ctx.index
      const place = tables.firstPlace[message] as number
      const mailbox = ctx.tree.byId.get(mailboxes[tables.mailboxAt[place] as number]?.id ?? '')
      if (!mailbox) throw new Failure('notFound', { email: emailId })
      try {
        const uid = tables.uidAt[place] as number
        const need = { mailbox: mailbox.path, mayBeStale: true, signal }
        const { size, body } = await deps.pool.body(ctx.login, need, { uid, section, range })
        return { size, body }
      } catch (error) {
        // Moved under us: look where it lies now.
        if (!isFailure(error, 'notFound') || attempt > 1) throw error
        await freshness.check(signal, true)
      }
    }
  }

  const account: MailAccount = {
    bounds: { maxMailboxDepth: null, maxSizeMailboxName: MAX_NAME_OCTETS },
    info: (signal) =>
      inside(async () => {
        const canKeep = await withMailbox(ctx, 'INBOX', signal, async (connection) => {
          await pinTier(ctx, connection)
          return connection.selected?.permanentFlags
        })
        const features = deps.pool.features(id)
        if (features === null) throw new Failure('unavailable', { account: id })
        return {
          features: {
            stableIds: ctx.tier !== 'uid',
            serverSort: features.sort,
            condstore: features.condstore,
            qresync: features.qresync,
            push: features.notify ? 'notify' : features.idle ? 'idle' : 'poll',
            quota: features.quota,
            acl: features.acl,
            customKeywords: !canKeep || canKeep.length === 0 || canKeep.includes('\\*'),
          },
          maxMessageSize: features.appendLimit,
        } satisfies MailAccountInfo
      }),

    mailboxes: (need, signal) =>
      inside(async () => {
        await (need.isConfirmed ? freshness.confirm(signal) : freshness.check(signal))
        if (need.threads) await freshness.complete(null, signal)
        freshness.build()
        const list = [...ctx.tree.byId.values()].map((mailbox): MailboxRow => {
          const { id: mailboxId, name, path, parentId, role, isSubscribed, rights } = mailbox
          const counts = mailboxCounts(ctx, mailbox, need.threads)
          return { id: mailboxId, name, path, parentId, role, isSubscribed, rights, ...counts }
        })
        return { state: await mailboxStateOf(ctx), list }
      }),
    mailboxChanges: (since, maxChanges, signal) =>
      inside(async () => {
        await freshness.check(signal)
        // Not ours: it may be newer than what we hold, which the state does not tell.
        if (since !== (await mailboxStateOf(ctx))) await freshness.confirm(signal)
        return await mailboxChanges(ctx, since, maxChanges)
      }),
    createMailbox: (mailbox, signal) => inside(() => createMailbox(parts, mailbox, signal)),
    updateMailbox: (mailboxId, change, signal) => inside(() => updateMailbox(parts, mailboxId, change, signal)),
    destroyMailbox: (mailboxId, removeEmails, signal) =>
      inside(() => destroyMailbox(parts, mailboxId, removeEmails, signal)),

    emailState: (signal, isConfirmed) =>
      inside(async () => {
        await (isConfirmed ? freshness.confirm(signal) : freshness.check(signal))
        // Without MODSEQ only the index can say what changes from here on; a large mailbox nobody waits for.
        const uncounted = [...ctx.tree.byId.values()].filter(
          ({ status }) => status?.highestModseq === null && (status.messages ?? 0) < limits.firstScreenFrom,
        )
        await freshness.complete(
          uncounted.map((mailbox) => mailbox.id),
          signal,
        )
        freshness.build()
        return await emailStateOf(ctx)
      }),
    emailChanges: (since, maxChanges, signal) => inside(() => emailChanges(parts, since, maxChanges, signal)),
    threadChanges: (since, maxChanges, signal) => inside(() => threadChanges(parts, since, maxChanges, signal)),
    threads: (ids, signal) =>
      inside(async () => {
        await freshness.check(signal)
        await freshness.complete(null, signal)
        const { tables } = ctx.index
        const found = new Map<string, readonly string[]>()
        for (const threadId of ids) {
          const key = parseThreadId(threadId)
          const thread = key === null ? -1 : tables.findThread(key)
          const members: number[] = []
          for (let at = thread < 0 ? NONE : (tables.firstInThread[thread] as number); at !== NONE; ) {
            if (tables.firstPlace[at] !== NONE) members.push(at)
            at = tables.nextInThread[at] as number
          }
          // RFC 8621 §3: by receivedAt, oldest first.
          members.sort((a, b) => (tables.dateOf[a] as number) - (tables.dateOf[b] as number) || a - b)
          if (members.length > 0) found.set(threadId, members.map(tables.idOf))
        }
        return found
      }),

    query: (query, signal) => inside(() => queryEmails(parts, query, signal)),
    queryChanges: (query, since, options, signal) => inside(() => queryChanges(parts, query, since, options, signal)),
    rows: (ids, need, signal) => inside(() => rows(parts, ids, need, signal)),
    raw: (emailId, { range }, signal) => inside(() => open(emailId, '', range, signal)),
    section: (emailId, section, what, signal) =>
      inside(() => open(emailId, sectionOf(section, what), undefined, signal)),
    decodedSizes: (emailId, sections, signal) => inside(() => decodedSizes(parts, emailId, sections, signal)),
    findByMessageId: (messageId, mailboxId, signal) =>
      inside(async () => {
        await freshness.check(signal)
        const mailboxes = [...ctx.tree.byId.values()].filter(
          (mailbox) => mailbox.isSelectable && (mailboxId === null || mailbox.id === mailboxId),
        )
        const found = await Promise.all(
          mailboxes.map(async (mailbox) => {
            const indexed = ctx.index.mailbox(mailbox.id) ?? ctx.index.addMailbox(mailbox.id)
            return await deps.pool.use(ctx.login, { mailbox: mailbox.path, signal }, async (connection) => {
              const criteria = { header: 'Message-ID', text: messageId.replace(/[\0\r\n]/g, '') }
              const { uids } = await searchMessages(connection, { criteria }, signal)
              await readRows(ctx, connection, indexed, toSet(uids), signal)
              return [...uids].flatMap((uid) => {
                const place = ctx.index.find(indexed, uid)
                return place === NONE ? [] : [ctx.index.tables.messageAt[place] as number]
              })
            })
          }),
        )
        const { dateOf, idOf } = ctx.index.tables
        const messages = [...new Set(found.flat())]
        return messages.sort((a, b) => (dateOf[b] as number) - (dateOf[a] as number) || b - a).map(idOf)
      }),

    change: (changes, signal) => inside(() => changeEmails(parts, changes, signal)),
    destroy: (ids, signal) => inside(() => destroyEmails(parts, ids, signal)),
    append: (email, signal) => inside(() => appendEmail(parts, email, signal)),

    quota: (signal) =>
      inside(async () => {
        const roots = await withMailbox(ctx, null, signal, async (connection) =>
          connection.features.quota ? await quotaOf(connection, 'INBOX') : [],
        )
        // RFC 9208 §5.1: STORAGE counts units of 1024 octets.
        return roots.flatMap(({ root, resources }) =>
          resources.flatMap(({ name, used, limit }): readonly QuotaRow[] => {
            if (name === 'STORAGE') return [{ root, resource: 'octets', used: used * 1024, limit: limit * 1024 }]
            return name === 'MESSAGE' ? [{ root, resource: 'count', used, limit }] : []
          }),
        )
      }),
    watch: watching.watch,
  }

  const opened: OpenAccount = {
    account,
    ctx,
    lastUsedAt: deps.clock.now(),
    isIdle: () => active === 0 && !watching.isWatched(),
    async release() {
      unlisten()
      await warmStart.save(ctx.signal)
    },
    async close(isKept) {
      unlisten()
      if (isKept) await warmStart.save(ctx.signal)
      controller.abort()
    },
  }
  return opened
}

function sectionOf(section: string, what: 'body' | 'mime' | 'header'): string {
  if (what === 'body') return section === '' ? 'TEXT' : section
  const name = what === 'mime' && section !== '' ? 'MIME' : 'HEADER'
  return section === '' ? name : `${section}.${name}`
}
