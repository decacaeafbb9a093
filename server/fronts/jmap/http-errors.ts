// JMAP's own refusals over HTTP (RFC 8620 §3.6.1): problem documents whose type is a URN. Everything else is http/problem.ts'.

import type { FastifyReply } from 'fastify'
import { sendProblemDocument } from '#http/problem.ts'
import { RequestError } from './dispatch.ts'
import { NotJson } from './i-json.ts'

/** The RequestError that an error amounts to, or null when it is no matter of JMAP. */
export function toRequestError(error: unknown): RequestError | null {
  if (error instanceof RequestError) return error
  if (error instanceof NotJson) return new RequestError('notJSON', error.message)
  return null
}

export function requestProblem(error: RequestError) {
  return {
    type: `urn:ietf:params:jmap:error:${error.type}`,
    status: error.status,
    title: titles[error.type],
    detail: error.message,
    ...(error.limit && { limit: error.limit }),
  }
}

const titles = {
  unknownCapability: 'The request uses a capability that this server does not have.',
  notJSON: 'The request is not application/json, or not I-JSON.',
  notRequest: 'The JSON is not a JMAP request object.',
  limit: 'The request is over a limit of the session object.',
} as const

export function sendRequestError(error: RequestError, reply: FastifyReply): FastifyReply {
  return sendProblemDocument(reply, requestProblem(error))
}
