// JMAP Core (RFC 8620): the shapes on the wire, for both ends.

export const capabilities = {
  core: 'urn:ietf:params:jmap:core',
  mail: 'urn:ietf:params:jmap:mail',
  submission: 'urn:ietf:params:jmap:submission',
  vacation: 'urn:ietf:params:jmap:vacationresponse',
  sieve: 'urn:ietf:params:jmap:sieve',
  quota: 'urn:ietf:params:jmap:quota',
  mdn: 'urn:ietf:params:jmap:mdn',
  blob: 'urn:ietf:params:jmap:blob',
  websocket: 'urn:ietf:params:jmap:websocket',
  /** Our own: settings of the web client, templates, allowed senders, undo of sends. Versioned by its name. */
  paquebot: 'urn:paquebot:params:jmap:settings:1',
} as const

/** RFC 8620 §3.2: one call or response: name, arguments, call id. */
export type Invocation = readonly [name: string, args: Record<string, unknown>, callId: string]

/** RFC 8620 §3.3. */
export interface JmapRequest {
  readonly using: readonly string[]
  readonly methodCalls: readonly Invocation[]
  readonly createdIds?: Readonly<Record<string, string>>
}

/** RFC 8620 §3.4. */
export interface JmapResponse {
  readonly methodResponses: readonly Invocation[]
  readonly createdIds?: Readonly<Record<string, string>>
  readonly sessionState: string
}

/** RFC 8620 §3.6.1: urn:ietf:params:jmap:error:<name>. */
export type RequestErrorType = 'unknownCapability' | 'notJSON' | 'notRequest' | 'limit'

/** RFC 8620 §3.6.2 and the standard methods of §5; plus those of RFC 8621, 9007, 9404, 9661. */
export type MethodErrorType =
  | 'serverUnavailable'
  | 'serverFail'
  | 'serverPartialFail'
  | 'unknownMethod'
  | 'invalidArguments'
  | 'invalidResultReference'
  | 'forbidden'
  | 'accountNotFound'
  | 'accountNotSupportedByMethod'
  | 'accountReadOnly'
  | 'requestTooLarge'
  | 'cannotCalculateChanges'
  | 'stateMismatch'
  | 'anchorNotFound'
  | 'unsupportedSort'
  | 'unsupportedFilter'
  | 'tooManyChanges'
  | 'fromAccountNotFound'
  | 'fromAccountNotSupportedByMethod'
  | 'unknownDataType'

/** RFC 8620 §5.3, RFC 8621 §2.5, 4.6–4.8, 6.3, 7.5, RFC 9404 §4.1, RFC 9661 §2.2, RFC 9007 §2.1. */
export type SetErrorType =
  | 'forbidden'
  | 'overQuota'
  | 'tooLarge'
  | 'rateLimit'
  | 'notFound'
  | 'invalidPatch'
  | 'willDestroy'
  | 'invalidProperties'
  | 'singleton'
  | 'alreadyExists'
  | 'mailboxHasChild'
  | 'mailboxHasEmail'
  | 'blobNotFound'
  | 'tooManyKeywords'
  | 'tooManyMailboxes'
  | 'invalidEmail'
  | 'forbiddenFrom'
  | 'invalidRecipients'
  | 'noRecipients'
  | 'tooManyRecipients'
  | 'forbiddenMailFrom'
  | 'forbiddenToSend'
  | 'cannotUnsend'
  | 'mdnAlreadySent'
  | 'invalidSieve'
  | 'sieveIsActive'
  | 'serverFail'
  /** Ours: the method-level error (RFC 8620 §3.6.2) of one item (docs/jmap-extensions.md). */
  | 'serverUnavailable'
  /** Ours: a version given as a condition is not the current one (docs/jmap-extensions.md). */
  | 'conflict'

export interface SetError {
  readonly type: SetErrorType
  readonly description?: string
  readonly properties?: readonly string[]
  readonly existingId?: string
  readonly notFound?: readonly string[]
  readonly maxRecipients?: number
  readonly maxSize?: number
  readonly invalidRecipients?: readonly string[]
}

/** RFC 8620 §5.1. `ids: null` means all. */
export interface GetRequest {
  readonly accountId: string
  readonly ids?: readonly string[] | null
  readonly properties?: readonly string[] | null
}
export interface GetResponse<T> {
  readonly accountId: string
  readonly state: string
  readonly list: readonly T[]
  readonly notFound: readonly string[]
}

/** RFC 8620 §5.2. */
export interface ChangesRequest {
  readonly accountId: string
  readonly sinceState: string
  readonly maxChanges?: number | null
}
export interface ChangesResponse {
  readonly accountId: string
  readonly oldState: string
  readonly newState: string
  readonly hasMoreChanges: boolean
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly destroyed: readonly string[]
}

/** RFC 8620 §5.3: keys of a patch are JSON pointers without the leading slash. */
export type PatchObject = Readonly<Record<string, unknown>>
export interface SetRequest<T> {
  readonly accountId: string
  readonly ifInState?: string | null
  readonly create?: Readonly<Record<string, Partial<T>>> | null
  readonly update?: Readonly<Record<string, PatchObject>> | null
  readonly destroy?: readonly string[] | null
}
export interface SetResponse<T> {
  readonly accountId: string
  readonly oldState: string | null
  readonly newState: string
  readonly created: Readonly<Record<string, Partial<T>>> | null
  readonly updated: Readonly<Record<string, Partial<T> | null>> | null
  readonly destroyed: readonly string[] | null
  readonly notCreated: Readonly<Record<string, SetError>> | null
  readonly notUpdated: Readonly<Record<string, SetError>> | null
  readonly notDestroyed: Readonly<Record<string, SetError>> | null
}

/** RFC 8620 §5.5. */
export interface FilterOperator<C> {
  readonly operator: 'AND' | 'OR' | 'NOT'
  readonly conditions: readonly Filter<C>[]
}
export type Filter<C> = FilterOperator<C> | C
export interface Comparator {
  readonly property: string
  readonly isAscending?: boolean
  readonly collation?: string
  /** hasKeyword, allInThreadHaveKeyword, someInThreadHaveKeyword: RFC 8621 §4.4.2. */
  readonly keyword?: string
}
export interface QueryRequest<C> {
  readonly accountId: string
  readonly filter?: Filter<C> | null
  readonly sort?: readonly Comparator[] | null
  readonly position?: number
  readonly anchor?: string | null
  readonly anchorOffset?: number
  readonly limit?: number | null
  readonly calculateTotal?: boolean
}
export interface QueryResponse {
  readonly accountId: string
  readonly queryState: string
  readonly canCalculateChanges: boolean
  readonly position: number
  readonly ids: readonly string[]
  readonly total?: number
  readonly limit?: number
}

/** RFC 8620 §5.6. */
export interface QueryChangesResponse {
  readonly accountId: string
  readonly oldQueryState: string
  readonly newQueryState: string
  readonly total?: number
  readonly removed: readonly string[]
  readonly added: readonly { readonly id: string; readonly index: number }[]
}

/** RFC 8620 §7.1. */
export interface StateChange {
  readonly '@type': 'StateChange'
  readonly changed: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly pushState?: string
}

/** RFC 8620 §2. */
export interface SessionResource {
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly accounts: Readonly<Record<string, SessionAccount>>
  readonly primaryAccounts: Readonly<Record<string, string>>
  readonly username: string
  readonly apiUrl: string
  readonly downloadUrl: string
  readonly uploadUrl: string
  readonly eventSourceUrl: string
  readonly state: string
}
export interface SessionAccount {
  readonly name: string
  readonly isPersonal: boolean
  readonly isReadOnly: boolean
  readonly accountCapabilities: Readonly<Record<string, unknown>>
}
