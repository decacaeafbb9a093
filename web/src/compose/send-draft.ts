// Sending: the draft that is on the server goes into the server's outbox (RFC 8621 §7.5 and docs/jmap-extensions.md). The key
// makes a repeated request the same submission, so that a lost answer is asked for again in peace.

import { capabilities } from '#shared/jmap/core.ts'
import type { SubmissionExtension } from '#shared/jmap/settings.ts'
import type { EmailSubmission, Envelope, Identity } from '#shared/jmap/submission.ts'
import type { JmapClient } from '../jmap/client.ts'
import { JmapError } from '../jmap/methods.ts'
import type { Draft } from './draft.ts'

export interface SentMessage {
  readonly submissionId: string
  /** Takes it back; false when it has gone. */
  readonly undo: () => Promise<boolean>
}

type NewSubmission = Partial<EmailSubmission & SubmissionExtension>

export async function sendDraft(
  client: JmapClient,
  draft: Draft,
  emailId: string,
  identity: Identity,
  sendAt: Date | null,
): Promise<SentMessage> {
  return await submit(client, {
    identityId: identity.id,
    emailId,
    // The id of the draft is new with each saving: the same text is sent once, a changed one again.
    idempotencyKey: `${draft.messageId} ${emailId}`.slice(0, 255),
    fileSent: true,
    answered: draft.answered,
    forwarded: draft.forwarded,
    ...(sendAt && { sendAt: sendAt.toISOString().replace(/\.\d+Z$/, 'Z') }),
    ...(draft.wantsDeliveryStatus && { envelope: envelopeWithStatus(draft, identity) }),
  })
}

export async function redirectMessage(
  client: JmapClient,
  emailId: string,
  to: readonly string[],
  identity: Identity,
  key: string,
): Promise<SentMessage> {
  return await submit(client, {
    identityId: identity.id,
    emailId,
    idempotencyKey: key,
    redirect: true,
    envelope: {
      mailFrom: { email: identity.email, parameters: null },
      rcptTo: to.map((email) => ({ email, parameters: null })),
    },
  })
}

/** RFC 8621 §1.3.2: whether the mail server takes DSN parameters; a message with them is refused by one that does not. */
export function offersDeliveryStatus({ session, accountId }: JmapClient): boolean {
  const capability = session.accounts[accountId]?.accountCapabilities[capabilities.submission] as
    | { readonly submissionExtensions?: Readonly<Record<string, unknown>> }
    | undefined
  return capability?.submissionExtensions?.DSN !== undefined
}

/** RFC 3461 §4: told of delivery, failure and delay, with the headers alone. */
function envelopeWithStatus(draft: Draft, identity: Identity): Envelope {
  const recipients = new Map([...draft.to, ...draft.cc, ...draft.bcc].map(({ email }) => [email.toLowerCase(), email]))
  return {
    mailFrom: { email: identity.email, parameters: { RET: 'HDRS' } },
    rcptTo: [...recipients.values()].map((email) => ({ email, parameters: { NOTIFY: 'SUCCESS,FAILURE,DELAY' } })),
  }
}

export async function submit(client: JmapClient, submission: NewSubmission): Promise<SentMessage> {
  const { accountId } = client
  const { created, notCreated } = await client.call(
    'EmailSubmission/set',
    { accountId, create: { send: submission } },
    { mayRepeat: true },
  )
  const submissionId = created?.send?.id
  if (!submissionId) {
    const error = notCreated?.send
    throw new SendError(error?.type ?? 'serverFail', error?.description, error?.invalidRecipients ?? [])
  }
  return {
    submissionId,
    async undo() {
      const { notUpdated } = await client.call('EmailSubmission/set', {
        accountId,
        update: { [submissionId]: { undoStatus: 'canceled' } },
      })
      return notUpdated?.[submissionId] === undefined
    },
  }
}

/** A file that was on its way when «send» was pressed did not arrive: nothing is sent without it. */
export class UploadsFailed extends Error {}

/** Why a message was not taken, by the type of the SetError (RFC 8621 §7.5). */
export class SendError extends Error {
  readonly type: string
  readonly invalidRecipients: readonly string[]

  constructor(type: string, description: string | undefined, invalidRecipients: readonly string[]) {
    super(description ?? type)
    this.name = 'SendError'
    this.type = type
    this.invalidRecipients = invalidRecipients
  }
}

export function sendProblem(error: unknown): { readonly type: string; readonly text: string } {
  if (error instanceof SendError) {
    const text = error.invalidRecipients.length > 0 ? error.invalidRecipients.join(', ') : error.message
    return { type: error.type, text }
  }
  if (error instanceof UploadsFailed) return { type: 'uploadFailed', text: '' }
  if (error instanceof JmapError) return { type: error.type, text: error.description ?? '' }
  return { type: 'serverFail', text: '' }
}
