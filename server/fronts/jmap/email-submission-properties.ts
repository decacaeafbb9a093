// The properties of EmailSubmission: RFC 8621 §7, and ours (docs/jmap-extensions.md), which exist only for those who name the capability.

import type { NewSubmission } from '#domain/submission/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { Envelope, SubmissionAddress } from '#shared/jmap/submission.ts'
import { boolean, type Kind, listOf, nullable, object, readFields, reference, string, utcDate } from './arguments.ts'
import { invalidProperties } from './errors.ts'
import { resolveReference } from './get.ts'
import type { MethodCall } from './method.ts'

const standard = [
  'id',
  'identityId',
  'emailId',
  'threadId',
  'envelope',
  'sendAt',
  'undoStatus',
  'deliveryStatus',
  'dsnBlobIds',
  'mdnBlobIds',
]
const extended = ['problem', 'nextAttemptAt']

export function isSubmissionProperty(call: Pick<MethodCall, 'using'>): (name: string) => boolean {
  const names = new Set(call.using.has(capabilities.paquebot) ? [...standard, ...extended] : standard)
  return (name) => names.has(name)
}

/** What a client that does not name our capability is shown. */
export function visibleProperties(call: Pick<MethodCall, 'using'>): ReadonlySet<string> | null {
  return call.using.has(capabilities.paquebot) ? null : new Set(standard)
}

const address: Kind<SubmissionAddress> = {
  name: 'Address',
  accepts: (value): value is SubmissionAddress =>
    object.accepts(value) &&
    string.accepts(value.email) &&
    nullable(object).accepts(value.parameters ?? null) &&
    Object.values((value.parameters as object | null) ?? {}).every((item) => nullable(string).accepts(item)) &&
    Object.keys(value).every((name) => name === 'email' || name === 'parameters'),
}

function readEnvelope(given: Record<string, unknown>): Envelope {
  const fields = readFields(given, 'envelope/')
  const envelope = {
    mailFrom: fields.required('mailFrom', address),
    rcptTo: fields.required('rcptTo', listOf(address)),
  }
  fields.finish()
  const bare = ({ email, parameters }: SubmissionAddress) => ({ email, parameters: parameters ?? null })
  return { mailFrom: bare(envelope.mailFrom), rcptTo: envelope.rcptTo.map(bare) }
}

export function readNewSubmission(
  call: Pick<MethodCall, 'using' | 'createdIds'>,
  given: Record<string, unknown>,
  creationId: string,
): NewSubmission {
  const fields = readFields(given)
  const resolve = (id: string) => resolveReference(call.createdIds, id)
  const identityId = resolve(fields.required('identityId', reference))
  const emailId = resolve(fields.required('emailId', reference))
  const envelope = fields.optional('envelope', nullable(object), null)
  const plain: NewSubmission = {
    identityId,
    emailId,
    envelope: envelope && readEnvelope(envelope),
    creationId,
    sendAt: null,
    idempotencyKey: null,
    fileSent: false,
    answered: [],
    forwarded: [],
    redirect: false,
  }
  const wish = call.using.has(capabilities.paquebot) ? { ...plain, ...readExtension(fields, resolve) } : plain
  fields.finish()
  return wish
}

function readExtension(fields: ReturnType<typeof readFields>, resolve: (id: string) => string) {
  const sendAt = fields.optional('sendAt', nullable(utcDate), null)
  const idempotencyKey = fields.optional('idempotencyKey', nullable(string), null)
  if (idempotencyKey !== null && !/^.{1,255}$/su.test(idempotencyKey)) {
    throw invalidProperties('idempotencyKey has 1 to 255 characters', 'idempotencyKey')
  }
  const ids = (name: string) => (fields.optional(name, nullable(listOf(reference)), null) ?? []).map(resolve)
  return {
    sendAt: sendAt === null ? null : Date.parse(sendAt),
    idempotencyKey,
    fileSent: fields.optional('fileSent', boolean, false),
    answered: ids('answered'),
    forwarded: ids('forwarded'),
    redirect: fields.optional('redirect', boolean, false),
  }
}
