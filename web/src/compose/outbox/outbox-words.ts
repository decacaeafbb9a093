// What is said of a message in the outbox, and what may be done about it. Every kind of problem is named here once, so that the
// compiler tells of a new one.

import type { SubmissionProblemKind } from '#shared/jmap/settings.ts'
import { visibleText } from '../../mail/sanitize/visible-text.ts'
import { currentLocale, type Text } from '../../shell/i18n.ts'
import type { OutboxItem, ProblemItem, Submission } from './outbox.ts'

export type Remedy = 'edit' | 'sendAgain' | 'signIn' | 'cancel' | 'dismiss'

interface Treatment {
  /** `bad` wants somebody to act; `wait` sees to itself. */
  readonly tone: 'bad' | 'unsure' | 'wait'
  readonly remedies: readonly Remedy[]
}

/** What is still being sent is never dismissed: its failure would be silent. */
const treatments: Readonly<Record<SubmissionProblemKind, Treatment>> = {
  failed: { tone: 'bad', remedies: ['edit', 'sendAgain', 'dismiss'] },
  partlyFailed: { tone: 'bad', remedies: ['edit', 'sendAgain', 'dismiss'] },
  uncertain: { tone: 'unsure', remedies: ['sendAgain', 'dismiss'] },
  signInNeeded: { tone: 'unsure', remedies: ['signIn', 'cancel'] },
  retrying: { tone: 'wait', remedies: ['edit', 'cancel'] },
  notFiled: { tone: 'wait', remedies: [] },
}

export const toneOf = ({ problem }: ProblemItem): Treatment['tone'] => treatments[problem.kind].tone

const urgencies = { wait: 0, unsure: 1, bad: 2 } as const
export const urgencyOf = (item: ProblemItem): number => urgencies[toneOf(item)]

export function remediesOf({ problem, submission, message }: ProblemItem): readonly Remedy[] {
  const isPending = submission.undoStatus === 'pending'
  return treatments[problem.kind].remedies.filter((remedy) => {
    if (remedy === 'edit') return message !== undefined && (isPending || problem.kind !== 'retrying')
    if (remedy === 'sendAgain') return message !== undefined && submission.envelope !== null
    // Part of the recipients have it: nothing is called back any more.
    return remedy !== 'cancel' || isPending
  })
}

export function titleOf(kind: SubmissionProblemKind, t: Text): string {
  switch (kind) {
    case 'failed':
      return t('title.failed')
    case 'partlyFailed':
      return t('title.partlyFailed')
    case 'uncertain':
      return t('title.uncertain')
    case 'signInNeeded':
      return t('title.signInNeeded')
    case 'retrying':
      return t('title.retrying')
    case 'notFiled':
      return t('title.notFiled')
  }
}

export function explanationOf({ problem, submission, message }: ProblemItem, t: Text): string {
  switch (problem.kind) {
    case 'failed':
      return message?.keywords.$draft ? t('text.failedDraft') : t('text.failed')
    case 'partlyFailed':
      return t('text.partlyFailed')
    case 'uncertain':
      return t('text.uncertain')
    case 'signInNeeded':
      return t('text.signInNeeded')
    case 'retrying':
      return submission.nextAttemptAt
        ? t('text.retrying', { time: shortTime(submission.nextAttemptAt) })
        : t('text.retryingSoon')
    case 'notFiled':
      return t('text.notFiled')
  }
}

/** The words of the mail server, by recipient where it said something of each; [] where all that is known is our own text. */
export function serverWords(item: ProblemItem): readonly { readonly to: string; readonly reply: string }[] {
  const { kind, description } = item.problem
  if (kind !== 'failed' && kind !== 'partlyFailed' && kind !== 'retrying') return []
  const replies = refusedRecipients(item.submission).filter(({ reply }) => reply !== '')
  const same = new Set(replies.map(({ reply }) => reply))
  // One refusal of all recipients is said once.
  if (same.size === 1 && item.submission.envelope?.rcptTo.length === replies.length) {
    return [{ to: '', reply: visibleText([...same].join()) }]
  }
  if (replies.length === 0) return [{ to: '', reply: visibleText(description) }]
  return replies.map(({ email, reply }) => ({ to: email, reply: visibleText(reply) }))
}

/** Everybody whom no server has said to have taken the message for (RFC 5321 §4.2.1: 2yz). */
export function refusedRecipients({ envelope, deliveryStatus }: Submission) {
  return (envelope?.rcptTo ?? [])
    .map(({ email }) => ({ email, reply: deliveryStatus?.[email]?.smtpReply ?? '' }))
    .filter(({ reply }) => !reply.startsWith('2'))
}

/** Somebody else's message, sent on as it is. */
export function isRedirected({ submission, message }: OutboxItem): boolean {
  const from = message?.from?.[0]?.email.toLowerCase()
  return from !== undefined && from !== submission.envelope?.mailFrom.email.toLowerCase()
}

export function shortTime(date: string): string {
  const at = new Date(date)
  const isToday = at.toDateString() === new Date().toDateString()
  return at.toLocaleString(currentLocale(), {
    hour: 'numeric',
    minute: '2-digit',
    ...(!isToday && { weekday: 'short', day: 'numeric', month: 'short' }),
  })
}
