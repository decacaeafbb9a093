// How much lies in a mailbox: from the index where it is there, else what STATUS told.

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
  const { tables, keywords } = ctx.index
  // RFC 8621 §2: unread is what has neither $seen nor $draft.
  const seen = keywords.having('$seen')
  const draft = keywords.having('$draft')
  const isUnread = (message: number) => {
    for (let at = tables.firstPlace[message] as number; at !== NONE; at = tables.nextPlace[at] as number) {
      const set = tables.keywordsAt[at] as number
      if (seen[set] === 1 || draft[set] === 1) return false
    }
    return true
  }
  const counted = new Uint8Array(tables.messageCount)
  const threads = new Uint8Array(needThreads ? tables.threadCount : 0)
  const counts = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }
  for (let at = 0; at < indexed.count; at++) {
    const message = tables.messageAt[indexed.places[at] as number] as number
    if (counted[message] === 1) continue
    counted[message] = 1
    counts.totalEmails++
    if (isUnread(message)) counts.unreadEmails++
    const thread = tables.threadOf[message] as number
    if (!needThreads || threads[thread] === 1) continue
    threads[thread] = 1
    counts.totalThreads++
    // RFC 8621 §2 (unreadThreads): with an unread email anywhere in it, not in this mailbox alone.
    for (let one = tables.firstInThread[thread] as number; one !== NONE; one = tables.nextInThread[one] as number) {
      if (tables.firstPlace[one] === NONE || !isUnread(one)) continue
      counts.unreadThreads++
      break
    }
  }
  return needThreads ? counts : { ...counts, totalThreads: null, unreadThreads: null }
}
