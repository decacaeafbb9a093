// Email/set: RFC 8621 §4.6. Creates, then all updates in one batch, then all destructions in one: as few IMAP commands as
// the batch allows.

import type { Clock } from '#core/clock.ts'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { BlobSource, Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { invalidNames, readMessageObject } from './email-create-object.ts'
import { type PlaceContext, readPlace } from './email-place.ts'
import { planUpdates } from './email-update.ts'
import { SetFailure } from './errors.ts'
import { resolveReference } from './get.ts'
import type { Method, MethodCall } from './method.ts'
import { assertState, openSetOutcomes, readSet, type SetOutcomes } from './set.ts'

export interface EmailSetDeps {
  readonly mail: Mail
  readonly clock: Clock
  readonly log: Log
}

export function emailSet(deps: EmailSetDeps): Method {
  const { mail, log } = deps
  return {
    capability: capabilities.mail,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      args.finish()
      const { caller } = call
      const oldState = await mail.emailState(caller, plan.ifInState !== null)
      assertState(plan, oldState)
      const outcomes = openSetOutcomes(call, log)
      const context = plan.create.size + plan.update.size > 0 ? await placeContext(mail, call) : null
      if (context) {
        for (const [creationId, fields] of plan.create) {
          await attempt(outcomes, 'create', creationId, async () => {
            outcomes.created(creationId, { ...(await create(deps, call, context, fields)) })
          })
        }
      }
      const destroy = [...new Set(plan.destroy.map((id) => resolveReference(call.createdIds, id)))]
      if (context && plan.update.size > 0) await update(deps, call, context, plan.update, destroy, outcomes)
      const fates = destroy.length > 0 ? await mail.destroyEmails(caller, destroy) : new Map()
      for (const id of destroy) {
        const failure = fates.get(id)
        if (failure === null) outcomes.destroyed(id)
        else outcomes.failed('destroy', id, failure ?? new Failure('notFound', { id }))
      }
      return outcomes.response(caller.account, oldState, await mail.emailState(caller))
    },
  }
}

export async function placeContext(mail: Mail, call: MethodCall): Promise<PlaceContext> {
  return { createdIds: call.createdIds, rights: await mail.mailboxRights(call.caller), config: mail.config }
}

async function attempt(
  outcomes: SetOutcomes,
  kind: 'create' | 'update',
  id: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    outcomes.failed(kind, id, error)
  }
}

async function create(
  { mail, clock }: EmailSetDeps,
  call: MethodCall,
  context: PlaceContext,
  fields: Record<string, unknown>,
) {
  const wrong: string[] = []
  const place = readPlace(fields, context, wrong)
  const object = readMessageObject(fields, wrong)
  if (wrong.length > 0) throw invalidNames(wrong)
  const blobs = await findBlobs(mail, call, object.blobIds)
  const domain = call.caller.address.split('@')[1] ?? 'localhost'
  const message = object.build(blobs, { now: clock.now(), domain })
  return await mail.createEmail(call.caller, { ...place, message })
}

/** RFC 8621 §4.6: blobNotFound with all that are missing; maxSizeAttachmentsPerEmail is kept. */
async function findBlobs(
  mail: Mail,
  call: MethodCall,
  given: readonly string[],
): Promise<ReadonlyMap<string, BlobSource>> {
  const blobs = new Map<string, BlobSource>()
  const notFound: string[] = []
  let size = 0
  for (const id of given) {
    const blob = await mail.blobs.find(call.caller, resolveReference(call.createdIds, id))
    if (blob) blobs.set(id, blob)
    else notFound.push(id)
    size += blob?.size ?? 0
  }
  if (notFound.length > 0) throw new SetFailure('blobNotFound', { notFound })
  const maxSize = mail.config.maxSizeAttachmentsPerEmail
  if (size > maxSize) throw new SetFailure('tooLarge', { maxSize })
  return blobs
}

async function update(
  { mail }: EmailSetDeps,
  call: MethodCall,
  context: PlaceContext,
  patches: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  destroy: readonly string[],
  outcomes: SetOutcomes,
): Promise<void> {
  const plans = await planUpdates(mail, call, context, patches, destroy, (id, error) =>
    outcomes.failed('update', id, error),
  )
  const changes = plans.flatMap((plan) => (plan.change ? [plan.change] : []))
  const fates = changes.length > 0 ? await mail.changeEmails(call.caller, changes) : new Map()
  for (const { id, change, told } of plans) {
    const failure = change ? fates.get(id) : null
    if (failure === null) outcomes.updated(id, told)
    else outcomes.failed('update', id, failure ?? new Failure('notFound', { id }))
  }
}
