// The mail-transport port over SMTP submission (RFC 6409). A client of our own, since the outbox needs what no library tells:
// the fate of each recipient, any ESMTP parameter, and whether the final dot was sent (docs/adr/2026-11-22-outbox.md). No pool: a
// person sends now and then, with his own credential; a connection kept for him would be idle for hours.

import { type ErrorCode, Failure, isFailure, toFailure } from '#core/errors.ts'
import type { MailTransport, Submission, SubmissionOutcome } from '#ports/mail-transport.ts'
import { openSmtpSession, type SmtpSession, type SmtpTimes } from './session.ts'
import { type Progress, submitMessage } from './submit.ts'

export type { SmtpTimes } from './session.ts'

export const defaultSmtpTimes: SmtpTimes = {
  connectTimeoutMs: 20_000,
  commandTimeoutMs: 120_000,
  blockTimeoutMs: 180_000,
  finalTimeoutMs: 600_000,
}

export function openSmtpTransport(times: SmtpTimes = defaultSmtpTimes): MailTransport {
  const open = new Set<AbortController>()

  /** A signal that also ends with the transport. */
  async function held<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const closing = new AbortController()
    open.add(closing)
    try {
      return await work(AbortSignal.any([signal, closing.signal]))
    } finally {
      open.delete(closing)
    }
  }

  return {
    submit: (server, credential, submission, given) =>
      held(given, async (signal) => {
        let session: SmtpSession
        try {
          session = await openSmtpSession(times, server, credential, signal)
        } catch (error) {
          return notOffered(submission, error)
        }
        const progress: Progress = { dotSent: false, recipients: [], sourceError: null }
        try {
          const outcome = await submitMessage(times, session, submission, progress)
          session.quit()
          return outcome
        } catch (error) {
          // Closing without QUIT in the middle of DATA: the server discards what it has (RFC 5321 §4.1.1.10).
          session.socket.close()
          return afterBreak(submission, progress, error)
        }
      }),
    capabilities: (server, credential, given) =>
      held(given, async (signal) => {
        const session = await openSmtpSession(times, server, credential, signal)
        session.quit()
        return session.offered
      }),
    async close() {
      for (const closing of open) closing.abort(new Failure('canceled', { reason: 'the transport closes' }))
    },
  }
}

const broken: readonly ErrorCode[] = ['unavailable', 'timeout', 'untrustedServer']

function notOffered(submission: Submission, error: unknown): SubmissionOutcome {
  const failure = toFailure(error)
  if (failure.code !== 'badCredentials' && !broken.includes(failure.code)) throw failure
  const { reply, server, reason } = failure.detail
  // RFC 3463: 4.4.1 no answer, 4.4.2 bad connection, 4.7.x security.
  const enhanced =
    { badCredentials: '4.7.8', untrustedServer: '4.7.5', timeout: '4.4.1' }[failure.code as string] ?? '4.4.1'
  const text = String(reply ?? `451 ${enhanced} ${reason ?? server ?? failure.code}`).slice(0, 500)
  const recipients = submission.to.map(({ email }) => ({ email, outcome: 'temporary', reply: text }) as const)
  return { outcome: 'temporary', reply: text, recipients, failure: failure.code }
}

function afterBreak(submission: Submission, progress: Progress, error: unknown): SubmissionOutcome {
  if (progress.dotSent) {
    // Whatever ended it, a stop of ours included: the server may have the message.
    const reply = '451 4.4.2 The connection ended before the server answered to the whole message'
    const waiting = submission.to.map(({ email }) => ({ email, outcome: 'temporary', reply }) as const)
    const recipients = progress.recipients.length > 0 ? progress.recipients : waiting
    return { outcome: 'unknown', reply, recipients, failure: null }
  }
  if (progress.sourceError !== null || !isFailure(error, 'unavailable', 'timeout')) throw error
  const reply = `451 4.4.2 ${error.code === 'timeout' ? 'The server took too long' : 'The connection was lost'}`
  const recipients = submission.to.map(({ email }) => {
    const known = progress.recipients.find((item) => item.email === email && item.outcome === 'permanent')
    return known ?? ({ email, outcome: 'temporary', reply } as const)
  })
  return { outcome: 'temporary', reply, recipients, failure: null }
}
