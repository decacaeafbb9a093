// How much lies in a mailbox: from the index where it is there, else what STATUS told.

import type { IndexedMailbox } from './account-index.ts'
import type { AccountContext } from './context.ts'
import type { TreeMailbox } from './mailbox-tree.ts'
import { NONE } from './tables.ts'

export interface MailboxCounts {
  readonly totalEmails: number
  readonly unreadEmails: number
  readonly totalThreads: number | null
  readonly unreadThreads: number | null
}

export function mailboxCounts(ctx: AccountContext, mailbox: TreeMailbox, needThreads: boolean): MailboxCounts {
  const indexed = ctx.index.mailbox(mailbox.id)
  if (!mailbox.isSelectable || !indexed?.isComplete) {
    const none = mailbox.isSelectable ? null : 0
    return {
      totalEmails: mailbox.status?.messages ?? 0,
      unreadEmails: mailbox.status?.unseen ?? 0,
      totalThreads: none,
      unreadThreads: none,
    }
  }
  const { emails, unread } = indexed.tally
  const threads = needThreads ? threadCounts(ctx, indexed) : null
  return {
    totalEmails: emails,
    unreadEmails: unread,
    totalThreads: threads?.total ?? null,
    unreadThreads: threads?.unread ?? null,
  }
}

interface ThreadCounts {
  readonly generation: number
  readonly total: number
  readonly unread: number
}

const counted = new WeakMap<IndexedMailbox, ThreadCounts>()

/** Walks the mailbox, once for each change of the index: what becomes of a thread may hang on a message anywhere. */
function threadCounts(ctx: AccountContext, indexed: IndexedMailbox): ThreadCounts {
  const { tables, keywords, generation } = ctx.index
  const known = counted.get(indexed)
  if (known?.generation === generation) return known
  const seen = keywords.having('$seen')
  const draft = keywords.having('$draft')
  const isUnread = (message: number) => {
    for (let at = tables.firstPlace[message] as number; at !== NONE; at = tables.nextPlace[at] as number) {
      const set = tables.keywordsAt[at] as number
      if (seen[set] === 1 || draft[set] === 1) return false
    }
    return true
  }
  const threads = new Uint8Array(tables.threadCount)
  let total = 0
  let unread = 0
  for (let at = 0; at < indexed.count; at++) {
    const thread = tables.threadOf[tables.messageAt[indexed.places[at] as number] as number] as number
    if (threads[thread] === 1) continue
    threads[thread] = 1
    total++
    // RFC 8621 §2 (unreadThreads): with an unread email anywhere in it, not in this mailbox alone.
    for (let one = tables.firstInThread[thread] as number; one !== NONE; one = tables.nextInThread[one] as number) {
      if (tables.firstPlace[one] === NONE || !isUnread(one)) continue
      unread++
      break
    }
  }
  const counts = { generation, total, unread }
  counted.set(indexed, counts)
  return counts
}
