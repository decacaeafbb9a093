// Email/import: RFC 8621 §4.8.

import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { nullable, object, readArguments, string } from './arguments.ts'
import { invalidNames } from './email-create-object.ts'
import { type PlaceContext, readPlace } from './email-place.ts'
import { placeContext } from './email-set.ts'
import { SetFailure } from './errors.ts'
import { resolveReference } from './get.ts'
import { type Method, type MethodCall, MethodError } from './method.ts'
import { assertState, openSetOutcomes } from './set.ts'

type Fields = Record<string, unknown>

export interface EmailImportDeps {
  readonly mail: Mail
  readonly log: Log
}

export function emailImport({ mail, log }: EmailImportDeps): Method {
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const ifInState = args.optional('ifInState', nullable(string), null)
      const emails = readEmails(call.args.emails)
      args.optional('emails', object, {})
      args.finish()
      if (emails.length > call.limits.maxObjectsInSet) throw new MethodError('requestTooLarge')
      const { caller } = call
      const oldState = await mail.emailState(caller, ifInState !== null)
      assertState({ ifInState }, oldState)
      const outcomes = openSetOutcomes(call, log)
      const context = await placeContext(mail, call)
      for (const [creationId, fields] of emails) {
        try {
          outcomes.created(creationId, { ...(await importOne(mail, call, context, fields)) })
        } catch (error) {
          outcomes.failed('create', creationId, error)
        }
      }
      const response = outcomes.response(caller.account, oldState, await mail.emailState(caller))
      const { accountId, newState, created, notCreated } = response
      return { accountId, oldState, newState, created, notCreated }
    },
  }
}

function readEmails(emails: unknown): readonly (readonly [string, Fields])[] {
  const isFine = object.accepts(emails) && Object.values(emails).every((email) => object.accepts(email))
  if (!isFine) throw new MethodError('invalidArguments', { arguments: ['emails'] })
  return Object.entries(emails) as [string, Fields][]
}

async function importOne(mail: Mail, call: MethodCall, context: PlaceContext, fields: Fields) {
  // RFC 8621 §4.8: what is missing, of a wrong type, or names nothing is invalidProperties.
  const wrong: string[] = []
  const { blobId } = fields
  if (typeof blobId !== 'string') wrong.push('blobId')
  const place = readPlace(fields, context, wrong)
  const known = ['blobId', 'mailboxIds', 'keywords', 'receivedAt']
  wrong.push(...Object.keys(fields).filter((name) => !known.includes(name)))
  if (wrong.length > 0) throw invalidNames(wrong)
  try {
    return await mail.importEmail(call.caller, resolveReference(call.createdIds, blobId as string), place)
  } catch (error) {
    if (isFailure(error, 'notFound')) throw invalidNames([error.detail.blobId === undefined ? 'mailboxIds' : 'blobId'])
    // «If the blob referenced is not a valid message, … invalidEmail».
    if (isFailure(error, 'badInput')) throw new SetFailure('invalidEmail')
    throw error
  }
}
