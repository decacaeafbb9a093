// One attempt to hand the message to the submission server, for those recipients who wait.
//
//   … octets → proven whole → record «the final dot is about to go» (fenced) → dot → answer → record the answer
//
// The record comes after the last octet and before the dot, and the driver writes the dot in the same turn of the event loop.

import { Failure, isFailure, toFailure } from '#core/errors.ts'
import { editedSize } from '#formats/mime/replace-text.ts'
import type { Route } from '#ports/directory.ts'
import type { MailAccount } from '#ports/mail-store.ts'
import type { RecipientOutcome, SubmissionOutcome } from '#ports/mail-transport.ts'
import type { Envelope } from '#shared/jmap/submission.ts'
import { withoutHold } from './envelope.ts'
import type { Held } from './held.ts'
import { locate } from './locate.ts'
import { inlineMessage, outgoing, type StoredMessage } from './message.ts'
import { afterAnswer, beforeDot, failAll, toTry } from './recipients.ts'
import { recordAnswer } from './record-answer.ts'
import type { SubmissionRow } from './tables.ts'
import type { MessageManifest, RecipientState, SubmissionDeps } from './types.ts'
import { imapKey, isAway, smtpKey, type WaitingServers } from './waiting-servers.ts'
import { resolveUncertain } from './witness.ts'

export interface WorkerDeps extends SubmissionDeps {
  readonly waitingServers: WaitingServers
}

export async function attemptSend(deps: WorkerDeps, held: Held): Promise<void> {
  const { row, caller } = held
  const manifest = JSON.parse(row.message) as MessageManifest
  const states = JSON.parse(row.recipients) as readonly RecipientState[]
  const envelope = JSON.parse(row.envelope) as Envelope
  const { mailFrom } = envelope
  const from = withoutHold(mailFrom)
  let outcome: SubmissionOutcome
  let route: Route | null = null
  try {
    route = await deps.directory.route(row.address, caller.signal)
    outcome = await deps.transport.submit(
      route.smtp,
      caller.credential,
      {
        from: { email: from.email, parameters: from.parameters ?? {} },
        envelopeId: row.id,
        to: toTry(states).map(({ email, parameters }) => ({ email, parameters: parameters ?? {} })),
        size: editedSize(manifest.size, manifest.edits ?? []) + manifest.prefix.length,
        has8BitBody: manifest.has8BitBody,
        hasUtf8Header: manifest.hasUtf8Header,
        message: async (rcpt) => message(deps, held, manifest, states, rcpt),
      },
      caller.signal,
    )
  } catch (error) {
    return noAttempt(deps, held, states, error, route)
  }
  await deps.onStep?.('answered', row.id)
  if (outcome.outcome === 'unknown') return resolveUncertain(deps, held)
  const isServerAway = isAway(outcome.failure)
  await recordAnswer(deps, held, afterAnswer(states, outcome), outcome, isServerAway ? smtpKey(route) : null)
  await deps.onStep?.('recorded', row.id)
  if (outcome.failure === null) await deps.waitingServers.answered(smtpKey(route))
}

async function* message(
  deps: SubmissionDeps,
  held: Held,
  manifest: MessageManifest,
  states: readonly RecipientState[],
  rcpt: readonly RecipientOutcome[],
): AsyncGenerator<Uint8Array> {
  const { row, caller } = held
  const source =
    manifest.inline === null
      ? await openMessage(await deps.openMail(caller), row, caller.signal)
      : inlineMessage(manifest.inline)
  yield* outgoing(source, manifest)
  await deps.onStep?.('beforeCommit', row.id)
  const recipients = JSON.stringify(beforeDot(states, rcpt))
  // A cancel that came first has advanced the fence: this throws, and the server discards what it has.
  await held.save({ phase: 'committing', committed_at: deps.clock.now(), recipients, next_at: deps.clock.now() }, false)
  if (deps.onStep) await deps.onStep('committed', row.id)
}

/** Where the message is now: by its id, or, on servers where a move changes that, by its Message-ID. */
async function openMessage(account: MailAccount, row: SubmissionRow, signal: AbortSignal): Promise<StoredMessage> {
  const id = await locate(account, row, signal)
  if (id === null) throw new Failure('notFound', { emailId: row.email_id })
  return { hasId: id === row.email_id, ...(await account.raw(id, {}, signal)) }
}

/** The message could not be read, or the server could not be asked: nobody has it. */
async function noAttempt(
  deps: SubmissionDeps,
  held: Held,
  states: readonly RecipientState[],
  error: unknown,
  route: Route | null,
): Promise<void> {
  if (isFailure(error, 'conflict', 'canceled')) throw error
  const failure = toFailure(error)
  deps.log.warn('outbox.no-attempt', {
    id: held.row.id,
    code: failure.code,
    detail: failure.detail,
    cause: failure.cause,
  })
  const told = failure.detail.description
  // RFC 3463: 5.6.x is about the message, 4.3.x about the system that has it.
  const lasting: Partial<Record<string, string>> = {
    notFound: '554 5.6.0 The message is no longer in the mailbox',
    blobMissing: '554 5.6.0 The message cannot be read whole',
    badInput: `554 5.6.0 ${typeof told === 'string' ? told : 'The message cannot be sent as it is'}`,
  }
  const reply = lasting[failure.code]
  if (reply) return recordAnswer(deps, held, failAll(states, reply), null)
  const waiting = states.map((item) =>
    item.state === 'waiting' ? { ...item, reply: '451 4.3.0 The mailbox cannot be read at the moment' } : item,
  )
  const isAuth = failure.code === 'badCredentials' || failure.code === 'unauthenticated'
  // Whatever the submission server says is an outcome: what is not there is the mailbox.
  const waitsFor = route && isAway(failure.code) ? imapKey(route) : null
  await recordAnswer(deps, held, waiting, { failure: isAuth ? 'badCredentials' : failure.code, reply: '' }, waitsFor)
}
