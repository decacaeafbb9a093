// Writes down what became of an attempt: who has the message, who waits, what is due in the mailbox, what the author is told.

import type { SubmissionOutcome } from '#ports/mail-transport.ts'
import type { SubmissionProblem } from '#shared/jmap/settings.ts'
import { type Held, waitMs } from './held.ts'
import { expire, hasFailed, isDelivered, isUncertain, isWaiting } from './recipients.ts'
import type { RecipientState, SendOptions, SubmissionDeps } from './types.ts'

/** What the answer means for the row: who has it, who waits, what is due in the mailbox, what the author is told. */
export async function recordAnswer(
  deps: SubmissionDeps,
  held: Held,
  answered: readonly RecipientState[],
  outcome: Pick<SubmissionOutcome, 'failure' | 'reply'> | null,
  /** The server that was not there. */
  waitsFor: string | null = null,
): Promise<void> {
  const now = deps.clock.now()
  const attempts = held.row.attempts + 1
  const states = now >= held.row.expires_at ? expire(answered) : answered
  const options = JSON.parse(held.row.options) as SendOptions
  const waits = isWaiting(states)
  const isRefused = outcome?.failure === 'badCredentials'
  const delivered = isDelivered(states)
  const before = JSON.parse(held.row.recipients) as readonly RecipientState[]
  const wasDelivered = isDelivered(before)
  const isFirst = delivered && !wasDelivered
  const hasFiling = options.fileSent || options.answered.length > 0 || options.forwarded.length > 0
  const filing = isFirst && hasFiling ? 'due' : !waits && !delivered && options.wasDraft ? 'restore' : held.row.filing
  await held.save(
    {
      recipients: JSON.stringify(states),
      phase: waits ? 'waiting' : 'settled',
      committed_at: null,
      attempts,
      waits_for: waits ? waitsFor : null,
      // A password that is refused is not offered every minute: servers lock accounts for that.
      next_at: waits ? now + (isRefused ? deps.config.backoff.maxMs : waitMs(deps, attempts)) : now,
      filing,
      undo_status: delivered || !waits ? 'final' : 'pending',
      ...((delivered || !waits) && { pending_key: null }),
      // Nobody has it: the author may send the very same draft again.
      ...(!waits && !delivered && { idempotency_key: null }),
      problem: toJson(problemOf(states, outcome)),
    },
    true,
  )
  tellPlugins(deps, held, before, states, outcome)
}

/** Those for whom it is settled now, and was not before. */
function tellPlugins(
  { hooks }: SubmissionDeps,
  { row, caller }: Held,
  before: readonly RecipientState[],
  states: readonly RecipientState[],
  outcome: Pick<SubmissionOutcome, 'reply'> | null,
): void {
  if (!hooks) return
  const of = (state: RecipientState['state']) =>
    states.filter((item, at) => item.state === state && before[at]?.state !== state)
  const about = { submissionId: row.id, emailId: row.email_id }
  const [sent, failed] = [of('accepted'), of('failed')]
  if (sent.length > 0) hooks.tell('message.sent', { ...about, recipients: sent.map(({ email }) => email) }, caller)
  if (failed.length > 0) {
    const reply = failed.find((item) => item.reply)?.reply ?? outcome?.reply ?? ''
    hooks.tell('message.sendFailed', { ...about, recipients: failed.map(({ email }) => email), reply }, caller)
  }
}

const toJson = (problem: SubmissionProblem | null) => (problem === null ? null : JSON.stringify(problem))

function problemOf(
  states: readonly RecipientState[],
  outcome: Pick<SubmissionOutcome, 'failure' | 'reply'> | null,
): SubmissionProblem | null {
  const firstReply = (state: RecipientState['state']) =>
    states.find((item) => item.state === state && item.reply)?.reply ?? ''
  if (isUncertain(states)) return { kind: 'uncertain', description: uncertainText }
  if (isWaiting(states)) {
    if (outcome?.failure === 'badCredentials') {
      return {
        kind: 'signInNeeded',
        description: 'The mail server no longer takes the password. Sign in again to send.',
      }
    }
    return { kind: 'retrying', description: firstReply('waiting') || outcome?.reply || 'Not sent yet.' }
  }
  if (!hasFailed(states)) return null
  return { kind: isDelivered(states) ? 'partlyFailed' : 'failed', description: firstReply('failed') }
}

const uncertainText =
  'The connection ended before the server confirmed the message. It was probably sent; it is not sent again by itself.'
