// EmailSubmission/set: RFC 8621 §7.5, with the implicit Email/set of onSuccessUpdateEmail and onSuccessDestroyEmail.

import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Submissions } from '#domain/submission/index.ts'
import { capabilities, type PatchObject } from '#shared/jmap/core.ts'
import { type Arguments, listOf, mapOf, nullable, object, readArguments, reference } from './arguments.ts'
import { readNewSubmission, visibleProperties } from './email-submission-properties.ts'
import { invalidProperties, SetFailure } from './errors.ts'
import { pickProperties, resolveReference } from './get.ts'
import type { Method, MethodCall, MethodResult } from './method.ts'
import { readSet, runSet } from './set.ts'

export interface EmailSubmissionSetDeps {
  readonly submissions: Submissions
  /** Email/set, which the implicit call goes to. */
  readonly emailSet: Pick<Method, 'run'>
  readonly log: Log
}

export function emailSubmissionSet({ submissions, emailSet, log }: EmailSubmissionSetDeps): Method {
  return {
    capability: capabilities.submission,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      const onSuccess = readOnSuccess(args)
      args.finish()
      /** Submission id → its message, for what succeeded. */
      const succeeded = new Map<string, string>()
      const { caller } = call
      const emailOf = async (id: string) => (await submissions.list(caller, [id])).list[0]?.emailId
      const response = await runSet(
        call,
        plan,
        {
          state: () => submissions.state(caller),
          async create(fields, creationId) {
            const created = await translated(submissions.create(caller, readNewSubmission(call, fields, creationId)))
            succeeded.set(created.id, created.emailId)
            const shown = pickProperties(created, visibleProperties(call))
            const serverSet = Object.entries(shown).filter(
              ([name]) => fields[name] === undefined || fields[name] === null,
            )
            return { ...Object.fromEntries(serverSet), id: created.id }
          },
          async update(id, patch) {
            const emailId = await emailOf(id)
            await change(submissions, call, id, patch)
            if (emailId !== undefined) succeeded.set(id, emailId)
            return null
          },
          async destroy(id) {
            const emailId = await emailOf(id)
            await submissions.destroy(caller, id)
            if (emailId !== undefined) succeeded.set(id, emailId)
          },
        },
        log,
      )
      const implicit = implicitEmailSet(call, onSuccess, succeeded)
      if (!implicit) return response
      const answer = await emailSet.run({ ...call, args: implicit })
      return [['EmailSubmission/set', response], ...invocations('Email/set', answer)]
    },
  }
}

/** Only `undoStatus` may be changed, and only to `canceled`: RFC 8621 §7.5. */
async function change(submissions: Submissions, { caller }: MethodCall, id: string, patch: PatchObject): Promise<void> {
  const [current] = (await submissions.list(caller, [id])).list
  if (!current) throw new SetFailure('notFound')
  for (const [name, value] of Object.entries(patch)) {
    const isSame = JSON.stringify(value) === JSON.stringify((current as unknown as Record<string, unknown>)[name])
    if (name === 'undoStatus' && value === 'canceled') continue
    if (!isSame) throw invalidProperties('only undoStatus may change, to canceled', name)
  }
  if (patch.undoStatus === 'canceled') await translated(submissions.cancel(caller, id))
}

const refusals = {
  from: 'forbiddenFrom',
  mailFrom: 'forbiddenMailFrom',
  noRecipients: 'noRecipients',
  invalidRecipients: 'invalidRecipients',
  tooManyRecipients: 'tooManyRecipients',
  badMessage: 'invalidEmail',
  tooLate: 'cannotUnsend',
} as const

/** The outbox's refusals by the names of RFC 8621 §7.5. */
export async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isFailure(error)) throw error
    const { refusal, description, properties, invalidRecipients, maxRecipients } = error.detail
    if (refusal === 'badHold') throw invalidProperties('HOLDFOR and HOLDUNTIL as RFC 4865 has them', 'envelope')
    const type = refusals[refusal as keyof typeof refusals]
    if (!type) throw error
    throw new SetFailure(type, {
      ...(typeof description === 'string' && { description }),
      ...(Array.isArray(properties) && { properties }),
      ...(Array.isArray(invalidRecipients) && { invalidRecipients }),
      ...(typeof maxRecipients === 'number' && { maxRecipients }),
    })
  }
}

interface OnSuccess {
  readonly update: Readonly<Record<string, PatchObject>>
  readonly destroy: readonly string[]
}

export function readOnSuccess(args: Arguments): OnSuccess {
  return {
    update: args.optional('onSuccessUpdateEmail', nullable(mapOf(object)), null) ?? {},
    destroy: args.optional('onSuccessDestroyEmail', nullable(listOf(reference)), null) ?? [],
  }
}

/** «A single implicit Email/set call MUST be made», for those submissions that succeeded; null when there are none. */
export function implicitEmailSet(
  call: Pick<MethodCall, 'caller' | 'createdIds'>,
  onSuccess: OnSuccess,
  succeeded: ReadonlyMap<string, string>,
): Record<string, unknown> | null {
  const emailOf = (key: string) => succeeded.get(resolveReference(call.createdIds, key))
  const update: Record<string, PatchObject> = {}
  for (const [key, patch] of Object.entries(onSuccess.update)) {
    const emailId = emailOf(key)
    if (emailId !== undefined) update[emailId] = { ...update[emailId], ...patch }
  }
  const destroy = onSuccess.destroy.flatMap((key) => emailOf(key) ?? [])
  if (Object.keys(update).length === 0 && destroy.length === 0) return null
  return { accountId: call.caller.account, update, destroy }
}

export function invocations(
  name: string,
  result: MethodResult,
): readonly (readonly [string, Record<string, unknown>])[] {
  return Array.isArray(result) ? result : [[name, result as Record<string, unknown>]]
}
