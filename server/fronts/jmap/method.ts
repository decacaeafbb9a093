// What a JMAP method is to the dispatcher: RFC 8620 §3. One file per object and verb (`email-get.ts`) exports a function
// that takes the domains it needs and returns a Method; `methods.ts` lists them by name.

import type { Caller } from '#core/caller.ts'
import type { Failure } from '#core/errors.ts'
import type { Invocation, MethodErrorType, SetErrorType } from '#shared/jmap/core.ts'

export interface MethodCall {
  readonly caller: Caller
  /** Back-references are resolved before (RFC 8620 §3.7). */
  readonly args: Record<string, unknown>
  /** `using` of the request: properties and methods of other capabilities are unknown to it. */
  readonly using: ReadonlySet<string>
  /** Creation id → id, over all calls of the request (RFC 8620 §3.3); set methods add to it. */
  readonly createdIds: Map<string, string>
  readonly limits: JmapLimits
}

/** The response's arguments; or several invocations where a method answers with more than one (onSuccessUpdateEmail, RFC 8621 §7.5). */
export type MethodResult = Record<string, unknown> | readonly (readonly [name: string, args: Record<string, unknown>])[]

export interface Method {
  /** Capability URN that must be in `using`. */
  readonly capability: string
  readonly run: (call: MethodCall) => Promise<MethodResult>
}

/** Announced in the session object (RFC 8620 §2) and enforced. */
export interface JmapLimits {
  readonly maxSizeUpload: number
  readonly maxConcurrentUpload: number
  readonly maxSizeRequest: number
  readonly maxConcurrentRequests: number
  readonly maxCallsInRequest: number
  readonly maxObjectsInGet: number
  readonly maxObjectsInSet: number
}

/** Thrown by argument readers: a method-level error with its text (RFC 8620 §3.6.2). */
export class MethodError extends Error {
  readonly type: MethodErrorType
  readonly args: Readonly<Record<string, unknown>>

  constructor(type: MethodErrorType, args: Readonly<Record<string, unknown>> = {}) {
    super(type)
    this.name = 'MethodError'
    this.type = type
    this.args = args
  }
}

export type MethodErrorTable = Record<Failure['code'], MethodErrorType>
export type SetErrorTable = Record<Failure['code'], SetErrorType>
export type { Invocation }
