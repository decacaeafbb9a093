// What left the composer and is not well, or has not left yet: the submissions with a problem and those that wait. Read anew on
// each push, since they are few; the server keeps the truth, nothing is guessed here.

import { useSyncExternalStore } from 'react'
import type { Email } from '#shared/jmap/mail.ts'
import type { SubmissionExtension, SubmissionProblem } from '#shared/jmap/settings.ts'
import type { EmailSubmission } from '#shared/jmap/submission.ts'
import { type MailStore, useStore } from '../../store/index.ts'
import { urgencyOf } from './outbox-words.ts'

export type Submission = EmailSubmission & Pick<SubmissionExtension, 'problem' | 'nextAttemptAt'>
type Message = Pick<Email, 'id' | 'subject' | 'from' | 'keywords' | 'inReplyTo'>

export interface OutboxItem {
  readonly submission: Submission
  /** Undefined when it is no longer in the mailbox. */
  readonly message: Message | undefined
}
export interface ProblemItem extends OutboxItem {
  readonly problem: SubmissionProblem
}

export interface Outbox {
  /** What wants somebody to act first, then the newest. */
  readonly problems: readonly ProblemItem[]
  /** Will be sent at a time that somebody chose. */
  readonly scheduled: readonly OutboxItem[]
}

/** The longest time to undo (docs/jmap-extensions.md): what is sent within it was not scheduled. */
const longestUndoMs = 60_000
const maxShown = 100
const nothing: Outbox = { problems: [], scheduled: [] }

interface Held {
  readonly outbox: () => Outbox
  readonly reload: () => Promise<void>
  readonly subscribe: (listener: () => void) => () => void
}

const held = new WeakMap<MailStore, Held>()

function outboxOf(store: MailStore): Held {
  let entry = held.get(store)
  if (!entry) {
    entry = openOutbox(store)
    held.set(store, entry)
  }
  return entry
}

export function useOutbox(): Outbox {
  const { outbox, subscribe } = outboxOf(useStore())
  return useSyncExternalStore(subscribe, outbox)
}

/** After a change of our own, without waiting for its push. */
export function reloadOutbox(store: MailStore): Promise<void> {
  return outboxOf(store).reload()
}

function openOutbox(store: MailStore): Held {
  const listeners = new Set<() => void>()
  let outbox = nothing
  let running: Promise<void> | undefined
  let isWantedAgain = false

  async function read(): Promise<void> {
    do {
      isWantedAgain = false
      try {
        outbox = await readOutbox(store)
        for (const listener of listeners) listener()
      } catch {
        store.undo.push({ text: 'outbox:cannotRead', kind: 'error' })
      }
    } while (isWantedAgain)
  }

  function reload(): Promise<void> {
    if (running) isWantedAgain = true
    running ??= read().finally(() => {
      running = undefined
    })
    return running
  }

  store.subscribePushed((states) => {
    if (states === null || 'EmailSubmission' in states) void reload()
  })
  void reload()
  return {
    outbox: () => outbox,
    reload,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

async function readOutbox({ client, accountId }: MailStore): Promise<Outbox> {
  const calls = client.batch((batch) => {
    const found = batch.call('EmailSubmission/query', {
      accountId,
      filter: { operator: 'OR', conditions: [{ hasProblem: true }, { undoStatus: 'pending' }] },
      sort: [{ property: 'sendAt', isAscending: false }],
      limit: maxShown,
    })
    const submissions = batch.call('EmailSubmission/get', { accountId, '#ids': found.ref('/ids') })
    const messages = batch.call('Email/get', {
      accountId,
      '#ids': submissions.ref('/list/*/emailId'),
      properties: ['id', 'subject', 'from', 'keywords', 'inReplyTo'],
    })
    return { found, submissions, messages }
  })
  const [, { list: submissions }, { list: emails }] = await Promise.all([
    calls.found,
    calls.submissions,
    calls.messages,
  ])
  const messages = new Map(emails.map((email) => [email.id, email as Message]))
  const items = submissions
    .filter(({ undoStatus }) => undoStatus !== 'canceled')
    .map((submission) => ({ submission, message: messages.get(submission.emailId) }))
  const isLater = ({ submission }: OutboxItem) => Date.parse(submission.sendAt) > Date.now() + longestUndoMs
  return {
    problems: items
      .flatMap((item) => {
        const { problem } = item.submission
        return problem ? [{ ...item, problem }] : []
      })
      .sort((a, b) => urgencyOf(b) - urgencyOf(a)),
    scheduled: items
      .filter((item) => item.submission.problem === null && item.submission.undoStatus === 'pending' && isLater(item))
      .toReversed(),
  }
}
