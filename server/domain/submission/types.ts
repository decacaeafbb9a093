// The words of the outbox.

import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { KeyRing } from '#core/seal.ts'
import type { SettingsDomain } from '#domain/settings/index.ts'
import type { Edit } from '#formats/mime/replace-text.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import type { Directory } from '#ports/directory.ts'
import type { Hooks } from '#ports/hooks.ts'
import type { OpenMail } from '#ports/mail-store.ts'
import type { MailTransport } from '#ports/mail-transport.ts'
import type { Sql } from '#ports/sql.ts'
import type { SubmissionProblem } from '#shared/jmap/settings.ts'
import type { EmailSubmission, Envelope, SubmissionAddress } from '#shared/jmap/submission.ts'
import type { SubmissionTables } from './tables.ts'

export interface SubmissionConfig {
  /** Between the create and the first attempt, unless the person chose another. */
  readonly undoWindowMs: number
  /** RFC 8621 §1.3.2: maxDelayedSend. */
  readonly maxDelayMs: number
  /** How long temporary refusals are retried, from the first attempt on. */
  readonly expiryMs: number
  readonly backoff: { readonly baseMs: number; readonly maxMs: number }
  readonly leaseMs: number
  /** How long a witness is looked for before an uncertain send is told as such. */
  readonly witnessMs: number
  readonly maxRecipients: number
  readonly maxMessageBytes: number
  /** Which addresses may be made identities: any (the SMTP server has the last word), or the one signed in with. */
  readonly identities: 'any' | 'own'
  /** Settled submissions are forgotten after this. */
  readonly keepMs: number
}

/** The places where a process may die in a send, in their order. */
export type Step = 'claimed' | 'beforeCommit' | 'committed' | 'answered' | 'recorded' | 'filing' | 'filed'

export interface SubmissionDeps {
  readonly sql: Sql<SubmissionTables>
  readonly openMail: OpenMail
  readonly directory: Directory
  readonly transport: MailTransport
  readonly ring: KeyRing
  readonly bus: ChangeBus
  readonly settings: Pick<SettingsDomain, 'list'>
  readonly clock: Clock
  readonly log: Log
  readonly config: SubmissionConfig
  /** Told when a row is due earlier than known: wakes this node's worker. */
  readonly wake?: (at: number) => void
  /** Plugins that want to be asked and told. */
  readonly hooks?: Hooks
  /** For the test that kills a process at each step. */
  readonly onStep?: (step: Step, submissionId: string) => Promise<void> | void
}

export interface RecipientState {
  readonly email: string
  /** What goes with RCPT. */
  readonly parameters: SubmissionAddress['parameters']
  /** `inFlight`: RCPT was accepted and the dot was about to go. */
  readonly state: 'waiting' | 'inFlight' | 'accepted' | 'failed' | 'uncertain'
  readonly reply: string | null
}

/** What was seen when the submission was made; what is sent must be that. */
export interface MessageManifest {
  readonly size: number
  readonly sha256: string
  readonly has8BitBody: boolean
  readonly hasUtf8Header: boolean
  /** Header fields put in front: Message-ID and Date where they were missing, Resent-*. CRLF ends each. */
  readonly prefix: string
  /** What plugins changed: of the proven octets, before the prefix is put above them. Absent: nothing. */
  readonly edits?: readonly Edit[]
  /** The octets with those edits: once it is filed, what lies in Sent, and what a later attempt finds. */
  readonly shaped?: { readonly size: number; readonly sha256: string }
  /** Octets of a message that stands in no mailbox (an MDN), base64; null: it is read from the mailbox. */
  readonly inline: string | null
}

export interface SendOptions {
  readonly fileSent: boolean
  readonly answered: readonly string[]
  readonly forwarded: readonly string[]
  /** It was a draft: when nobody gets it, it is one again. */
  readonly wasDraft: boolean
}

/** What a notification that came back says of one recipient. */
export interface ReportOutcome {
  readonly email: string
  /** Null: nothing. */
  readonly delivered: 'queued' | 'yes' | 'no' | 'unknown' | null
  readonly isDisplayed: boolean
  readonly reply: string | null
}

export interface NewSubmission {
  readonly identityId: string
  readonly emailId: string
  readonly envelope: Envelope | null
  readonly sendAt: number | null
  readonly idempotencyKey: string | null
  readonly creationId: string
  readonly fileSent: boolean
  readonly answered: readonly string[]
  readonly forwarded: readonly string[]
  readonly redirect: boolean
}

export interface Submitted extends EmailSubmission {
  readonly problem: SubmissionProblem | null
  readonly nextAttemptAt: string | null
}
