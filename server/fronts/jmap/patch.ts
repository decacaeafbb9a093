// PatchObject (RFC 8620 §5.3): keys are JSON pointers (RFC 6901) without the leading slash. Gives a new object; throws
// `invalidPatch` for each of the RFC's three faults.

import type { PatchObject } from '#shared/jmap/core.ts'
import { SetFailure } from './errors.ts'

type Fields = Record<string, unknown>

/** `defaults`: what null restores a top-level property to; one without a default is removed. */
export function applyPatch<T extends object>(current: T, patch: PatchObject, defaults: Partial<T> = {}): T {
  const pointers = Object.entries(patch).map(([key, value]) => ({ key, path: parsePointer(key), value }))
  assertNoPrefix(pointers.map((pointer) => pointer.path))
  const result = { ...current } as Fields
  const copied = new Set<unknown>([result])
  for (const { key, path, value } of pointers) {
    let parent = result
    for (const name of path.slice(0, -1)) {
      // «All parts prior to the last (i.e., the value after the final slash) MUST already exist on the object being patched.»
      const child = Object.hasOwn(parent, name) ? parent[name] : undefined
      // «The pointer MUST NOT reference inside an array».
      if (typeof child !== 'object' || child === null || Array.isArray(child)) throw invalidPatch(key)
      const copy = copied.has(child) ? (child as Fields) : { ...child }
      copied.add(copy)
      parent = parent[name] = copy
    }
    const last = path.at(-1)!
    if (value !== null) setOwn(parent, last, value)
    else if (path.length === 1 && Object.hasOwn(defaults, last)) setOwn(parent, last, (defaults as Fields)[last])
    else delete parent[last]
  }
  return result as T
}

/** The top-level properties that a patch touches. */
export function patchedProperties(patch: PatchObject): ReadonlySet<string> {
  return new Set(Object.keys(patch).map((key) => parsePointer(key)[0]!))
}

export function parsePointer(key: string): readonly string[] {
  return key.split('/').map((part) => {
    if (/~(?![01])/.test(part)) throw invalidPatch(key)
    return part.replaceAll('~1', '/').replaceAll('~0', '~')
  })
}

/** «There MUST NOT be two patches in the PatchObject where the pointer of one is the prefix of the pointer of the other». */
function assertNoPrefix(paths: readonly (readonly string[])[]): void {
  const whole = new Set(paths.map((path) => JSON.stringify(path)))
  for (const path of paths) {
    for (let length = 1; length < path.length; length++) {
      if (whole.has(JSON.stringify(path.slice(0, length)))) throw invalidPatch(path.join('/'))
    }
  }
}

/** A property named `__proto__` is data like any other. */
function setOwn(target: Fields, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

function invalidPatch(key: string): SetFailure {
  return new SetFailure('invalidPatch', { description: `cannot patch ${key.slice(0, 200)}` })
}
