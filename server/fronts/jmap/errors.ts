// How JMAP tells each Failure: the method level (RFC 8620 §3.6.2) and the fate of one item of a /set (§5.3). Of a failure's
// `detail` only the members named here leave the house.

import { type ErrorCode, errorCodes, type Failure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { SetError, SetErrorType } from '#shared/jmap/core.ts'
import { MethodError, type MethodErrorTable, type SetErrorTable } from './method.ts'

const methodErrors = {
  badInput: 'invalidArguments',
  unsupported: 'forbidden',
  // These two never come so far: the dispatcher ends the whole request with 401.
  badCredentials: 'serverUnavailable',
  unauthenticated: 'serverUnavailable',
  forbidden: 'forbidden',
  notFound: 'invalidArguments',
  conflict: 'stateMismatch',
  alreadyExists: 'invalidArguments',
  hasChildren: 'invalidArguments',
  hasContent: 'invalidArguments',
  cannotCalculateChanges: 'cannotCalculateChanges',
  anchorNotFound: 'anchorNotFound',
  unsupportedSort: 'unsupportedSort',
  unsupportedFilter: 'unsupportedFilter',
  tooLarge: 'requestTooLarge',
  overQuota: 'forbidden',
  rateLimited: 'serverUnavailable',
  tooManyConnections: 'serverUnavailable',
  unavailable: 'serverUnavailable',
  timeout: 'serverUnavailable',
  overloaded: 'serverUnavailable',
  // Somebody has to mend it: asking again does not help.
  untrustedServer: 'serverFail',
  blobMissing: 'serverFail',
  rejected: 'forbidden',
  canceled: 'serverUnavailable',
  internal: 'serverFail',
} as const satisfies MethodErrorTable & Record<ErrorCode, unknown>

const setErrors = {
  badInput: 'invalidProperties',
  unsupported: 'forbidden',
  badCredentials: 'serverFail',
  unauthenticated: 'serverFail',
  forbidden: 'forbidden',
  notFound: 'notFound',
  conflict: 'serverFail',
  alreadyExists: 'alreadyExists',
  hasChildren: 'mailboxHasChild',
  hasContent: 'mailboxHasEmail',
  cannotCalculateChanges: 'serverFail',
  anchorNotFound: 'notFound',
  unsupportedSort: 'invalidProperties',
  unsupportedFilter: 'invalidProperties',
  tooLarge: 'tooLarge',
  overQuota: 'overQuota',
  rateLimited: 'rateLimit',
  tooManyConnections: 'serverUnavailable',
  unavailable: 'serverUnavailable',
  timeout: 'serverUnavailable',
  overloaded: 'serverUnavailable',
  untrustedServer: 'serverFail',
  blobMissing: 'blobNotFound',
  rejected: 'forbiddenToSend',
  canceled: 'serverFail',
  internal: 'serverFail',
} as const satisfies SetErrorTable & Record<ErrorCode, unknown>

/** Thrown for one item of a /set by the front's own readers: a SetError by its name. */
export class SetFailure extends Error {
  readonly error: SetError

  constructor(type: SetErrorType, members: Omit<SetError, 'type'> = {}) {
    super(type)
    this.name = 'SetFailure'
    this.error = { type, ...members }
  }
}

export function invalidProperties(description: string, ...properties: readonly string[]): SetFailure {
  return new SetFailure('invalidProperties', { description, ...(properties.length > 0 && { properties }) })
}

/** What may be told of a failure: our own text for the code, or `detail.description` where a domain wrote one for the user. */
function describe(failure: Failure): string {
  const own = failure.detail.description
  return typeof own === 'string' ? own : errorCodes[failure.code].text
}

/** Ends the request with 401 rather than the call: the mailbox no longer opens for this caller. */
export function endsTheSession(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'badCredentials' || code === 'unauthenticated'
}

/** The arguments of an `error` response. Logs what is ours to know. */
export function toMethodError(error: unknown, log: Log): Record<string, unknown> {
  if (error instanceof MethodError) return { type: error.type, ...error.args }
  const failure = toFailure(error)
  const { code } = failure
  log[errorCodes[code].log]('jmap.method', { code, detail: failure.detail, cause: failure.cause, stack: failure.stack })
  const { retryAfterMs } = failure.detail
  return {
    type: methodErrors[code],
    description: describe(failure),
    ...(typeof retryAfterMs === 'number' && { retryAfter: Math.ceil(retryAfterMs / 1000) }),
  }
}

const told = ['properties', 'existingId', 'notFound', 'maxRecipients', 'maxSize', 'invalidRecipients'] as const

/** The SetError of one item. */
export function toSetError(error: unknown, log: Log): SetError {
  if (error instanceof SetFailure) return error.error
  if (error instanceof MethodError) {
    // An argument reader used on an item's object: its faults are the item's.
    const description = typeof error.args.description === 'string' ? error.args.description : error.type
    const names = Array.isArray(error.args.arguments) ? error.args.arguments.map(String) : undefined
    return { type: 'invalidProperties', description, ...(names && { properties: names }) }
  }
  const failure = toFailure(error)
  const { code, detail } = failure
  log[errorCodes[code].log]('jmap.set', { code, detail, cause: failure.cause, stack: failure.stack })
  const members = Object.fromEntries(told.flatMap((name) => (detail[name] === undefined ? [] : [[name, detail[name]]])))
  // The names of the properties say more than our text for the code, and clients compare the whole error.
  const isNamed = members.properties !== undefined && detail.description === undefined
  return { type: setErrors[code], ...(!isNamed && { description: describe(failure) }), ...members }
}
