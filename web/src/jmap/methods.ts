// The methods that the web client calls, with their arguments and results. A room that needs another one adds it by
// declaration merging: `declare module '…/jmap/methods.ts' { interface Methods { 'X/y': MethodShape<…> } }`.

import type {
  ChangesRequest,
  ChangesResponse,
  GetRequest,
  GetResponse,
  MethodErrorType,
  QueryChangesResponse,
  QueryRequest,
  QueryResponse,
  SetRequest,
  SetResponse,
} from '#shared/jmap/core.ts'
import type {
  Email,
  EmailFilterCondition,
  Mailbox,
  MailboxFilterCondition,
  SearchSnippet,
  Thread,
} from '#shared/jmap/mail.ts'
import type { MailAlert, Snooze, SubmissionExtension } from '#shared/jmap/settings.ts'
import type { EmailSubmission, Identity, Quota, SieveScript, VacationResponse } from '#shared/jmap/submission.ts'

export interface MethodShape<Args, Result> {
  readonly args: Args
  readonly result: Result
}

type Get<T> = MethodShape<GetRequest, GetResponse<T>>
type Changes = MethodShape<ChangesRequest, ChangesResponse>
type SetOf<T> = MethodShape<SetRequest<T>, SetResponse<T>>

/** RFC 8621 §4.2. */
export interface EmailGetRequest extends GetRequest {
  readonly bodyProperties?: readonly string[]
  readonly fetchTextBodyValues?: boolean
  readonly fetchHTMLBodyValues?: boolean
  readonly fetchAllBodyValues?: boolean
  readonly maxBodyValueBytes?: number
}

/** RFC 8621 §4.4. */
export interface EmailQueryRequest extends QueryRequest<EmailFilterCondition> {
  readonly collapseThreads?: boolean
}

/** RFC 8620 §5.6, RFC 8621 §4.5. */
export interface EmailQueryChangesRequest
  extends Pick<EmailQueryRequest, 'accountId' | 'filter' | 'sort' | 'collapseThreads' | 'calculateTotal'> {
  readonly sinceQueryState: string
  readonly maxChanges?: number | null
  readonly upToId?: string | null
}

/** RFC 8621 §7.5. */
export interface SubmissionSetRequest extends SetRequest<EmailSubmission> {
  readonly onSuccessUpdateEmail?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null
  readonly onSuccessDestroyEmail?: readonly string[] | null
}

export interface Methods {
  'Mailbox/get': Get<Mailbox>
  'Mailbox/changes': MethodShape<ChangesRequest, ChangesResponse & { updatedProperties: readonly string[] | null }>
  'Mailbox/query': MethodShape<QueryRequest<MailboxFilterCondition>, QueryResponse>
  'Mailbox/set': MethodShape<SetRequest<Mailbox> & { onDestroyRemoveEmails?: boolean }, SetResponse<Mailbox>>
  'Thread/get': Get<Thread>
  'Thread/changes': Changes
  'Email/get': MethodShape<EmailGetRequest, GetResponse<Partial<Email> & { id: string }>>
  'Email/changes': Changes
  'Email/query': MethodShape<EmailQueryRequest, QueryResponse>
  'Email/queryChanges': MethodShape<EmailQueryChangesRequest, QueryChangesResponse>
  'Email/set': SetOf<Email>
  'Email/import': MethodShape<
    { accountId: string; emails: Record<string, unknown> },
    Pick<SetResponse<Email>, 'accountId' | 'oldState' | 'newState' | 'created' | 'notCreated'>
  >
  'SearchSnippet/get': MethodShape<
    { accountId: string; filter?: unknown; emailIds: readonly string[] },
    { accountId: string; list: readonly SearchSnippet[]; notFound: readonly string[] | null }
  >
  'Identity/get': Get<Identity>
  'Identity/changes': Changes
  'Identity/set': SetOf<Identity>
  'EmailSubmission/get': Get<EmailSubmission & Pick<SubmissionExtension, 'problem' | 'nextAttemptAt'>>
  'EmailSubmission/changes': Changes
  'EmailSubmission/query': MethodShape<QueryRequest<Record<string, unknown>>, QueryResponse>
  'EmailSubmission/set': MethodShape<SubmissionSetRequest, SetResponse<EmailSubmission>>
  'VacationResponse/get': Get<VacationResponse>
  'VacationResponse/set': SetOf<VacationResponse>
  'MailAlert/get': Get<MailAlert>
  'MailAlert/set': SetOf<MailAlert>
  'Quota/get': Get<Quota>
  'Snooze/get': Get<Snooze>
  'Snooze/set': SetOf<Snooze>
  'SieveScript/get': Get<SieveScript>
  'SieveScript/set': MethodShape<
    SetRequest<SieveScript> & { onSuccessActivateScript?: string | null; onSuccessDeactivateScript?: boolean },
    SetResponse<SieveScript>
  >
}

export type MethodName = keyof Methods & string
export type Args<M extends MethodName> = Methods[M]['args']
export type Result<M extends MethodName> = Methods[M]['result']

/** RFC 8620 §3.7: any argument may be given as `#name` with a reference to an earlier call of the same request. */
export interface ResultReference {
  readonly resultOf: string
  readonly name: string
  readonly path: string
}
export type ArgsOrReferences<M extends MethodName> = {
  [K in keyof Args<M>]?: Args<M>[K]
} & { readonly [K in `#${string & keyof Args<M>}`]?: ResultReference }

/** A method-level error (RFC 8620 §3.6.2), or a request-level one (§3.6.1) under its short name. */
export class JmapError extends Error {
  readonly type: MethodErrorType | 'network' | 'signedOut' | 'notRequest' | 'limit' | 'unknownCapability' | 'notJSON'
  readonly description: string | undefined

  constructor(type: JmapError['type'], description?: string, cause?: unknown) {
    super(description ? `${type}: ${description}` : type, cause === undefined ? undefined : { cause })
    this.name = 'JmapError'
    this.type = type
    this.description = description
  }
}
