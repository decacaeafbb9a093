// Settings/set: docs/jmap-extensions.md. Every key exists, so that there is nothing to create.

import { isFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { SettingsDomain } from '#domain/settings/index.ts'
import { capabilities, type PatchObject } from '#shared/jmap/core.ts'
import type { Settings } from '#shared/jmap/settings.ts'
import { object, readArguments, unsignedInt } from './arguments.ts'
import { invalidProperties, SetFailure } from './errors.ts'
import type { Method } from './method.ts'
import { applyPatch, parsePointer } from './patch.ts'
import { readSet, runSet } from './set.ts'

type Value = Settings['value']

export interface SettingsSetDeps {
  readonly settings: SettingsDomain
  readonly log: Log
}

export function settingsSet({ settings, log }: SettingsSetDeps): Method {
  return {
    capability: capabilities.paquebot,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      args.finish()
      return runSet(
        call,
        plan,
        {
          state: () => settings.state(call.caller),
          async update(id, patch) {
            const { version, rest } = readPatch(patch)
            try {
              const saved = await settings.change(call.caller, id, version, (value) => patchValue(value, rest))
              return { version: saved.version }
            } catch (error) {
              if (!isFailure(error, 'conflict')) throw error
              throw new SetFailure('conflict', { description: 'The version is not the current one.' })
            }
          },
          destroy: (id) => settings.reset(call.caller, id),
        },
        log,
      )
    },
  }
}

function readPatch(patch: PatchObject): { readonly version: number | null; readonly rest: PatchObject } {
  const { version = null, id: _, ...rest } = patch
  if (version !== null && !unsignedInt.accepts(version)) {
    throw invalidProperties('version must be UnsignedInt', 'version')
  }
  const unknown = Object.keys(rest).filter((key) => parsePointer(key)[0] !== 'value')
  if (unknown.length > 0) throw invalidProperties('no such property', ...unknown)
  return { version, rest }
}

/** Patches reach below parents that are not there yet, unlike RFC 8620 §5.3: a value nobody has written is {}. */
function patchValue(value: Value, patch: PatchObject): Value {
  let whole: { value: Value } = { value }
  for (const key of Object.keys(patch)) {
    const path = parsePointer(key)
    for (let length = 2; length < path.length; length++) {
      const parent = path.slice(0, length)
      if (reach(whole, parent) === undefined) whole = applyPatch(whole, { [toPointer(parent)]: {} })
    }
  }
  const patched = applyPatch(whole, patch, { value: {} })
  if (!object.accepts(patched.value)) throw invalidProperties('value must be an Object', 'value')
  return patched.value
}

function reach(from: unknown, path: readonly string[]): unknown {
  let at = from
  for (const name of path) {
    if (!object.accepts(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  return at
}

const toPointer = (path: readonly string[]) =>
  path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/')
