// SieveScript/set: RFC 9661 §2.2, with activation after all else has succeeded.

import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Scripts } from '#domain/filters/index.ts'
import { capabilities, type PatchObject } from '#shared/jmap/core.ts'
import { boolean, nullable, readArguments, readFields, reference, string } from './arguments.ts'
import { invalidProperties, SetFailure } from './errors.ts'
import { resolveReference } from './get.ts'
import type { Method, MethodCall } from './method.ts'
import { readSet, runSet } from './set.ts'

export interface SieveScriptSetDeps {
  readonly scripts: Scripts
  readonly log: Log
}

export function sieveScriptSet({ scripts, log }: SieveScriptSetDeps): Method {
  return {
    capability: capabilities.sieve,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      const activate = args.optional('onSuccessActivateScript', nullable(reference), null)
      const deactivate = args.optional('onSuccessDeactivateScript', nullable(boolean), null) ?? false
      args.finish()
      const { caller } = call
      const response = await runSet(
        call,
        plan,
        {
          state: async () => (await scripts.list(caller)).state,
          async create(given) {
            const fields = readFields(given)
            const name = fields.optional('name', nullable(string), null)
            const blobId = resolveReference(call.createdIds, fields.required('blobId', reference))
            fields.finish()
            const made = await translated(scripts.create(caller, { name, blobId }), 'blobId')
            return { id: made.id, isActive: false, ...(name === null && { name: made.name }) }
          },
          async update(id, patch) {
            await translated(scripts.change(caller, id, readChange(call, patch)), 'blobId')
            return null
          },
          destroy: (id) => translated(scripts.destroy(caller, id), 'id'),
        },
        log,
      )
      return withActivation(call, response, scripts, activate, deactivate)
    },
  }
}

function readChange(call: MethodCall, patch: PatchObject) {
  const { id: _, ...rest } = patch
  const fields = readFields(rest)
  const name = fields.has('name') ? fields.required('name', string) : undefined
  const blobId = fields.has('blobId')
    ? resolveReference(call.createdIds, fields.required('blobId', reference))
    : undefined
  if (fields.has('isActive')) throw invalidProperties('set by onSuccessActivateScript', 'isActive')
  fields.finish()
  return { ...(name !== undefined && { name }), ...(blobId !== undefined && { blobId }) }
}

async function translated<T>(work: Promise<T>, blobProperty: string): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (isFailure(error, 'conflict') && error.detail.isActive === true) throw new SetFailure('sieveIsActive')
    if (isFailure(error, 'badInput') && typeof error.detail.message === 'string') {
      throw new SetFailure('invalidSieve', { description: error.detail.message })
    }
    // The upload, not the script: only an upload is looked up by a blob id.
    if (isFailure(error, 'notFound') && blobProperty === 'blobId' && error.detail.id === undefined) {
      throw new SetFailure('blobNotFound')
    }
    throw error
  }
}

/** RFC 9661 §2.2: only if all creates, updates and destroys succeeded; deactivation first; an unknown id is ignored. */
async function withActivation(
  call: MethodCall,
  response: Record<string, unknown>,
  scripts: Scripts,
  activate: string | null,
  deactivate: boolean,
): Promise<Record<string, unknown>> {
  const hasFailed = ['notCreated', 'notUpdated', 'notDestroyed'].some((name) => response[name] !== null)
  if (hasFailed || (!deactivate && activate === null)) return response
  const changed = new Map<string, boolean>()
  const apply = async (id: string | null) => {
    for (const [script, isActive] of await scripts.activate(call.caller, id)) changed.set(script, isActive)
  }
  if (deactivate) await apply(null)
  try {
    if (activate !== null) await apply(resolveReference(call.createdIds, activate))
  } catch (error) {
    if (!isFailure(error, 'notFound')) throw error
  }
  const created = { ...(response.created as Record<string, { id: string; isActive: boolean }> | null) }
  const updated = { ...(response.updated as Record<string, unknown> | null) }
  for (const [id, isActive] of changed) {
    const creationId = Object.keys(created).find((key) => created[key]!.id === id)
    if (creationId !== undefined) created[creationId] = { ...created[creationId]!, isActive }
    else updated[id] = { ...(updated[id] as object | null), isActive }
  }
  const orNull = (map: Record<string, unknown>) => (Object.keys(map).length > 0 ? map : null)
  const { state } = await scripts.list(call.caller)
  return { ...response, created: orNull(created), updated: orNull(updated), newState: state }
}
