// One error class and one table of codes, by meaning, never by protocol. Each front holds a table
// `satisfies Record<ErrorCode, …>`, so a new code does not compile until every protocol has said
// how it tells it. `detail` goes to the log alone; what a client reads is the front's own text.

interface ErrorTraits {
  /** Whether the same call may succeed later with nothing else changed. */
  readonly retry: boolean
  /** The level at which the edge logs it. */
  readonly log: 'debug' | 'info' | 'warn' | 'error'
  /** What it means, for docs/errors.md. */
  readonly text: string
}

export const errorCodes = {
  badInput: { retry: false, log: 'debug', text: 'The request is malformed, or a value in it is not allowed.' },
  unsupported: {
    retry: false,
    log: 'debug',
    text: 'Understood, but this server or the mail server behind it cannot do it.',
  },
  badCredentials: { retry: false, log: 'info', text: 'The mail server refused the address or the password.' },
  unauthenticated: { retry: false, log: 'debug', text: 'No session or token, or it has ended.' },
  forbidden: { retry: false, log: 'info', text: 'Signed in, but not allowed.' },
  notFound: { retry: false, log: 'debug', text: 'There is no such object, or not any more.' },
  conflict: { retry: false, log: 'debug', text: 'The object changed since the caller read it.' },
  alreadyExists: { retry: false, log: 'debug', text: 'An object of that name or id exists.' },
  hasChildren: { retry: false, log: 'debug', text: 'The mailbox still has child mailboxes.' },
  hasContent: { retry: false, log: 'debug', text: 'The mailbox still has messages.' },
  cannotCalculateChanges: {
    retry: false,
    log: 'debug',
    text: 'The state is too old or unknown: the client reads anew.',
  },
  anchorNotFound: { retry: false, log: 'debug', text: 'The anchor is not among the results of the query.' },
  unsupportedSort: { retry: false, log: 'debug', text: 'The sort names a property that cannot be sorted by.' },
  unsupportedFilter: { retry: false, log: 'debug', text: 'The filter names a condition that cannot be searched.' },
  tooLarge: { retry: false, log: 'info', text: 'Over a size limit that is announced.' },
  overQuota: { retry: false, log: 'info', text: 'The account has no room left.' },
  rateLimited: { retry: true, log: 'info', text: 'Too many attempts: wait, then try again.' },
  tooManyConnections: { retry: true, log: 'warn', text: 'The mail server takes no further connection of this user.' },
  unavailable: {
    retry: true,
    log: 'error',
    text: 'A server or store that we need does not answer, or says it cannot now.',
  },
  timeout: { retry: true, log: 'warn', text: 'A server or store took longer than its time limit.' },
  overloaded: {
    retry: true,
    log: 'warn',
    text: 'This node has as much to do as it can: nothing was done, try again soon.',
  },
  untrustedServer: { retry: false, log: 'error', text: "The server's certificate is not trusted, or its TLS failed." },
  blobMissing: { retry: false, log: 'error', text: 'Bytes that something refers to cannot be read whole.' },
  rejected: { retry: false, log: 'info', text: 'The SMTP server refused the message or a recipient for good.' },
  canceled: { retry: false, log: 'debug', text: 'The caller went away, or the node is stopping.' },
  internal: { retry: false, log: 'error', text: 'A fault of ours. The log has it under the request id.' },
} as const satisfies Record<string, ErrorTraits>

export type ErrorCode = keyof typeof errorCodes

export type FailureDetail = Readonly<Record<string, unknown>>

/** A refused call. The message is the code; `detail` is for the log and for the front's table, never sent as it is. */
export class Failure extends Error {
  readonly code: ErrorCode
  readonly detail: FailureDetail

  constructor(code: ErrorCode, detail: FailureDetail = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.code = code
    this.detail = detail
  }
}

/** Any thrown value as a Failure: one of ours as it is, anything else as `internal` (or `canceled` for an abort). */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof Error && error.name === 'AbortError') return new Failure('canceled', {}, error)
  return new Failure('internal', {}, error)
}

export function isFailure(error: unknown, ...codes: readonly ErrorCode[]): error is Failure {
  return error instanceof Failure && (codes.length === 0 || codes.includes(error.code))
}
