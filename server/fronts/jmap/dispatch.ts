// Runs a JMAP request (RFC 8620 §3.3–3.7): checks its shape, resolves references, calls methods in order, collects responses. It
// knows methods by the table that boot passes, HTTP and WebSocket not at all.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { FairTurns } from '#core/fair-turns.ts'
import type { Log } from '#core/log.ts'
import { orLate } from '#core/or-late.ts'
import { isId } from '#shared/ids.ts'
import type { Invocation, JmapRequest, JmapResponse, RequestErrorType } from '#shared/jmap/core.ts'
import { object } from './arguments.ts'
import { endsTheSession, toMethodError } from './errors.ts'
import { type JmapLimits, type Method, type MethodCall, MethodError } from './method.ts'
import { resolveResultReferences } from './result-references.ts'

/** RFC 8620 §3.6.1: the whole request is refused. */
export class RequestError extends Error {
  readonly type: RequestErrorType
  readonly limit: keyof JmapLimits | null
  readonly status: number

  constructor(type: RequestErrorType, detail: string, limit: keyof JmapLimits | null = null, status = 400) {
    super(detail)
    this.type = type
    this.limit = limit
    this.status = status
  }
}

export interface DispatchDeps {
  readonly methods: Readonly<Record<string, Method>>
  readonly limits: JmapLimits
  /** Each call of a method takes one: between two calls of a long request others have theirs. */
  readonly turns: FairTurns
  /** A request that takes longer ends with `timeout`: nobody knows then what was done. */
  readonly replyTimeoutMs: number
  readonly log: Log
}

export interface Dispatch {
  /** Capabilities that the caller may name in `using`. */
  readonly capabilities: ReadonlySet<string>
  /** Whether the account has it (RFC 8620 §2: accountCapabilities). */
  hasCapability(urn: string): Promise<boolean>
  readonly sessionState: string
}

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** Throws RequestError; a failure that ends the session (errors.ts) goes through, and so does the `timeout` of the whole request. */
export async function dispatch(
  deps: DispatchDeps,
  opener: Caller,
  body: unknown,
  context: Dispatch,
): Promise<JmapResponse> {
  const request = readRequest(body)
  assertRequest(deps.limits, request, context)
  const deadline = new AbortController()
  const caller: Caller = { ...opener, signal: AbortSignal.any([opener.signal, deadline.signal]) }
  try {
    // A method that does not hear its signal must not keep the reply.
    return await orLate(runCalls(deps, caller, request, context), deps.replyTimeoutMs, () => {
      const failure = new Failure('timeout', {
        methods: request.methodCalls.map(([name]) => name),
        ms: deps.replyTimeoutMs,
      })
      deadline.abort(failure)
      throw failure
    })
  } finally {
    opener.position = caller.position
  }
}

async function runCalls(
  deps: DispatchDeps,
  caller: Caller,
  request: JmapRequest,
  context: Dispatch,
): Promise<JmapResponse> {
  const using = new Set(request.using)
  const createdIds = new Map(Object.entries(request.createdIds ?? {}))
  const responses: Invocation[] = []
  for (const [name, args, callId] of request.methodCalls) {
    const giveBack = await deps.turns.take(caller.account, caller.signal)
    try {
      const result = await run({ name, args })
      for (const [resultName, resultArgs] of result) responses.push([resultName, resultArgs, callId])
    } catch (error) {
      if (endsTheSession(error) || caller.signal.aborted) throw error
      responses.push([
        'error',
        toMethodError(error, deps.log.with({ requestId: caller.requestId, method: name })),
        callId,
      ])
    } finally {
      giveBack()
    }
  }
  return {
    methodResponses: responses,
    // RFC 8620 §3.4: «This MUST only be returned if a value was given in the request object.»
    ...(request.createdIds && { createdIds: Object.fromEntries(createdIds) }),
    sessionState: context.sessionState,
  }

  async function run(call: { name: string; args: Record<string, unknown> }) {
    const method = own(deps.methods, call.name)
    // RFC 8620 §3.3: a method of a capability that is not in `using` does not exist.
    if (!method || !using.has(method.capability)) throw new MethodError('unknownMethod')
    const args = resolveResultReferences(call.args, responses)
    if (args.accountId === caller.account && !(await context.hasCapability(method.capability))) {
      throw new MethodError('accountNotSupportedByMethod')
    }
    const methodCall: MethodCall = { caller, args, using, createdIds, limits: deps.limits }
    const result = await method.run(methodCall)
    return isSeveral(result) ? result : [[call.name, result] as const]
  }
}

type Result = Awaited<ReturnType<Method['run']>>
const isSeveral = (result: Result): result is Extract<Result, readonly unknown[]> => Array.isArray(result)

function readRequest(body: unknown): JmapRequest {
  if (!object.accepts(body)) throw new RequestError('notRequest', 'not an object')
  const { using, methodCalls, createdIds } = body
  if (!Array.isArray(using) || !using.every((urn) => typeof urn === 'string')) {
    throw new RequestError('notRequest', 'using must be String[]')
  }
  if (!Array.isArray(methodCalls) || !methodCalls.every(isInvocation)) {
    throw new RequestError('notRequest', 'methodCalls must be Invocation[]')
  }
  if (createdIds !== undefined && !isIdMap(createdIds))
    throw new RequestError('notRequest', 'createdIds must be Id[Id]')
  // Unknown members are ignored: RFC 8620 §1.8 lets a later capability add them.
  return { using, methodCalls, ...(createdIds !== undefined && { createdIds }) } as JmapRequest
}

function isInvocation(call: unknown): boolean {
  return (
    Array.isArray(call) &&
    call.length === 3 &&
    typeof call[0] === 'string' &&
    object.accepts(call[1]) &&
    typeof call[2] === 'string'
  )
}

function isIdMap(map: unknown): boolean {
  return object.accepts(map) && Object.entries(map).every(([key, value]) => isId(key) && isId(value))
}

function assertRequest(limits: JmapLimits, request: JmapRequest, context: Dispatch): void {
  const unknown = request.using.find((urn) => !context.capabilities.has(urn))
  if (unknown !== undefined) {
    throw new RequestError('unknownCapability', `not supported: ${unknown.slice(0, 200)}`)
  }
  if (request.methodCalls.length > limits.maxCallsInRequest) {
    throw new RequestError('limit', `at most ${limits.maxCallsInRequest} method calls`, 'maxCallsInRequest')
  }
}
