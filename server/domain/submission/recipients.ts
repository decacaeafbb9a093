// What becomes of each recipient: pure transitions. Whoever has it never gets it again; who was refused for good is not asked
// again; the rest waits.

import type { RecipientOutcome, SubmissionOutcome } from '#ports/mail-transport.ts'
import type { DeliveryStatus } from '#shared/jmap/submission.ts'
import type { RecipientState, ReportOutcome } from './types.ts'

type States = readonly RecipientState[]

const waits = ({ state }: RecipientState) => state === 'waiting' || state === 'inFlight'

export const toTry = (states: States): States => states.filter(waits)
export const isWaiting = (states: States): boolean => states.some(waits)
export const isDelivered = (states: States): boolean =>
  states.some(({ state }) => state === 'accepted' || state === 'uncertain')
export const hasFailed = (states: States): boolean => states.some(({ state }) => state === 'failed')
export const isUncertain = (states: States): boolean => states.some(({ state }) => state === 'uncertain')

function merge(states: States, outcomes: readonly RecipientOutcome[], accepted: RecipientState['state']): States {
  const byEmail = new Map(outcomes.map((outcome) => [outcome.email, outcome]))
  return states.map((item) => {
    const told = waits(item) ? byEmail.get(item.email) : undefined
    if (!told) return item
    const state = { accepted, temporary: 'waiting', permanent: 'failed' } as const
    return { ...item, state: state[told.outcome], reply: told.reply }
  })
}

/** The dot is about to go: what RCPT said holds from here on, whatever dies. */
export const beforeDot = (states: States, rcpt: readonly RecipientOutcome[]): States => merge(states, rcpt, 'inFlight')

export function afterAnswer(states: States, outcome: SubmissionOutcome): States {
  return merge(states, outcome.recipients, outcome.outcome === 'accepted' ? 'accepted' : 'waiting')
}

/** Those under way when the connection or the process ended, by what was found out. */
export function afterLoss(states: States, state: 'accepted' | 'uncertain', reply: string): States {
  return states.map((item) => (item.state === 'inFlight' ? { ...item, state, reply } : item))
}

export function expire(states: States): States {
  return states.map((item) =>
    waits(item)
      ? { ...item, state: 'failed', reply: `554 5.4.7 Not accepted in time; last: ${item.reply ?? 'no answer'}` }
      : item,
  )
}

export function failAll(states: States, reply: string): States {
  return states.map((item) => (waits(item) ? { ...item, state: 'failed', reply } : item))
}

/** RFC 8621 §7: deliveryStatus; null until somebody has been tried. */
export function deliveryStatus(
  states: States,
  reported: readonly ReportOutcome[] = [],
): Readonly<Record<string, DeliveryStatus>> | null {
  if (states.every(({ reply }) => reply === null)) return null
  const delivered = {
    waiting: 'queued',
    inFlight: 'queued',
    // «The message has been relayed … and no further information is available».
    accepted: 'unknown',
    uncertain: 'unknown',
    failed: 'no',
  } as const
  return Object.fromEntries(
    states.map(({ email, state, reply }) => {
      const own: DeliveryStatus = {
        smtpReply: reply ?? '451 4.0.0 Not tried yet',
        delivered: delivered[state],
        displayed: 'unknown',
      }
      // Nobody who has not got it can have been told of: a claim to the contrary is forged.
      const isOut = state === 'accepted' || state === 'uncertain'
      const claims = isOut ? reported.filter((claim) => claim.email === email) : []
      return [email, claims.reduce(withClaim, own)]
    }),
  )
}

/** The later one holds; but that it is still under way says nothing once its end is known. */
function withClaim(status: DeliveryStatus, { delivered, isDisplayed, reply }: ReportOutcome): DeliveryStatus {
  const isEnded = status.delivered === 'yes' || status.delivered === 'no'
  const isNews = delivered === 'yes' || delivered === 'no' || (delivered === 'queued' && !isEnded)
  return {
    smtpReply: isNews && reply ? reply : status.smtpReply,
    delivered: isNews ? delivered : status.delivered,
    displayed: isDisplayed ? 'yes' : status.displayed,
  }
}
