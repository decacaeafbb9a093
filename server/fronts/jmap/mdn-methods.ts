// MDN/send and MDN/parse: RFC 9007.

import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Submissions } from '#domain/submission/index.ts'
import { parseMdn } from '#formats/mdn/mdn.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { Mdn } from '#shared/jmap/submission.ts'
import {
  boolean,
  type Kind,
  listOf,
  mapOf,
  nullable,
  object,
  oneOf,
  readArguments,
  readFields,
  reference,
  string,
} from './arguments.ts'
import type { Blobs } from './blobs.ts'
import { implicitEmailSet, invocations, readOnSuccess, translated } from './email-submission-set.ts'
import { endsTheSession, toSetError } from './errors.ts'
import { resolveReference } from './get.ts'
import { type Method, type MethodCall, MethodError } from './method.ts'

export interface MdnSendDeps {
  readonly submissions: Pick<Submissions, 'sendMdn'>
  readonly emailSet: Pick<Method, 'run'>
  readonly log: Log
}

export function mdnSend({ submissions, emailSet, log }: MdnSendDeps): Method {
  return {
    capability: capabilities.mdn,
    async run(call) {
      const args = readArguments(call)
      const identityId = resolveReference(call.createdIds, args.required('identityId', reference))
      const send = args.required('send', mapOf(object))
      const onSuccess = readOnSuccess(args)
      args.finish()
      if (Object.keys(send).length > call.limits.maxObjectsInSet) throw new MethodError('requestTooLarge')
      const sent = new Map<string, Partial<Mdn>>()
      const notSent = new Map<string, unknown>()
      /** Creation id → the message it is about: RFC 9007 §2.1 has onSuccessUpdateEmail keyed by it. */
      const succeeded = new Map<string, string>()
      for (const [creationId, fields] of Object.entries(send)) {
        try {
          const mdn = readMdn(call, fields)
          sent.set(creationId, await translated(submissions.sendMdn(call.caller, identityId, mdn)))
          succeeded.set(`#${creationId}`, mdn.forEmailId!)
        } catch (error) {
          if (endsTheSession(error)) throw error
          const isRepeated = isFailure(error, 'conflict') && error.detail.refusal === 'mdnAlreadySent'
          notSent.set(creationId, isRepeated ? { type: 'mdnAlreadySent' } : toSetError(error, log))
        }
      }
      const orNull = (map: ReadonlyMap<string, unknown>) => (map.size > 0 ? Object.fromEntries(map) : null)
      const response = { accountId: call.caller.account, sent: orNull(sent), notSent: orNull(notSent) }
      const implicit = implicitEmailSet(call, onSuccess, succeeded)
      if (!implicit) return response
      return [['MDN/send', response], ...invocations('Email/set', await emailSet.run({ ...call, args: implicit }))]
    },
  }
}

const disposition: Kind<Mdn['disposition']> = {
  name: 'Disposition',
  accepts: (value): value is Mdn['disposition'] =>
    object.accepts(value) &&
    oneOf('manual-action', 'automatic-action').accepts(String(value.actionMode).toLowerCase()) &&
    oneOf('mdn-sent-manually', 'mdn-sent-automatically').accepts(String(value.sendingMode).toLowerCase()) &&
    oneOf('deleted', 'dispatched', 'displayed', 'processed').accepts(String(value.type).toLowerCase()),
}

function readMdn(call: MethodCall, given: Record<string, unknown>): Mdn {
  const fields = readFields(given)
  const text = (name: string) => fields.optional(name, nullable(string), null)
  const { actionMode, sendingMode, type } = fields.required('disposition', disposition)
  const mdn = {
    forEmailId: resolveReference(call.createdIds, fields.required('forEmailId', reference)),
    subject: text('subject'),
    textBody: text('textBody'),
    includeOriginalMessage: fields.optional('includeOriginalMessage', boolean, false),
    reportingUA: text('reportingUA'),
    disposition: {
      actionMode: actionMode.toLowerCase() as typeof actionMode,
      sendingMode: sendingMode.toLowerCase() as typeof sendingMode,
      type: type.toLowerCase() as typeof type,
    },
    mdnGateway: text('mdnGateway'),
    finalRecipient: text('finalRecipient'),
    error: fields.optional('error', nullable(listOf(string)), null),
    extensionFields: fields.optional('extensionFields', nullable(mapOf(string)), null),
  }
  // Server-set: what a client gives there is not taken.
  text('originalRecipient')
  text('originalMessageId')
  fields.finish()
  return mdn
}

/** An MDN is small; a message with a large original in it is still read, this far. */
const maxMdnBytes = 10 * 1024 * 1024

export function mdnParse({ blobs }: { readonly blobs: Pick<Blobs, 'open'> }): Method {
  return {
    capability: capabilities.mdn,
    async run(call) {
      const args = readArguments(call)
      const blobIds = args.required('blobIds', listOf(reference)).map((id) => resolveReference(call.createdIds, id))
      args.finish()
      if (blobIds.length > call.limits.maxObjectsInGet) throw new MethodError('requestTooLarge')
      const parsed: Record<string, Mdn> = {}
      const notParsable: string[] = []
      const notFound: string[] = []
      for (const blobId of new Set(blobIds)) {
        try {
          const chunks: Uint8Array[] = []
          let size = 0
          for await (const chunk of await blobs.open(call.caller, blobId)) {
            if ((size += chunk.length) > maxMdnBytes) break
            chunks.push(chunk)
          }
          const mdn = size > maxMdnBytes ? null : parseMdn(Buffer.concat(chunks))
          if (mdn) parsed[blobId] = mdn
          else notParsable.push(blobId)
        } catch (error) {
          if (!isFailure(error, 'notFound')) throw error
          notFound.push(blobId)
        }
      }
      const orNull = <T>(value: T, count: number) => (count > 0 ? value : null)
      return {
        accountId: call.caller.account,
        parsed: orNull(parsed, Object.keys(parsed).length),
        notParsable: orNull(notParsable, notParsable.length),
        notFound: orNull(notFound, notFound.length),
      }
    },
  }
}
