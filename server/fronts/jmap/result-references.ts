// Result references (RFC 8620 §3.7): an argument `#name` takes its value out of an earlier response by a JSON pointer (RFC 6901)
// in which `*` maps over an array. Everything that cannot be resolved is invalidResultReference.

import type { Invocation } from '#shared/jmap/core.ts'
import { invalid } from './arguments.ts'
import { MethodError } from './method.ts'

export function resolveResultReferences(
  args: Readonly<Record<string, unknown>>,
  responses: readonly Invocation[],
): Record<string, unknown> {
  const entries = Object.entries(args).map(([name, value]): [string, unknown] => {
    if (!name.startsWith('#')) return [name, value]
    const plain = name.slice(1)
    // «If the arguments object contains the same argument name in normal and referenced form …, the method MUST return an
    // "invalidArguments" error.»
    if (Object.hasOwn(args, plain)) throw invalid(`${plain} is given twice`, plain)
    return [plain, resolve(value, responses)]
  })
  return Object.fromEntries(entries)
}

function resolve(reference: unknown, responses: readonly Invocation[]): unknown {
  if (typeof reference !== 'object' || reference === null || Array.isArray(reference)) throw unresolved('not an object')
  const { resultOf, name, path } = reference as Record<string, unknown>
  if (typeof resultOf !== 'string' || typeof name !== 'string' || typeof path !== 'string') {
    throw unresolved('resultOf, name and path must be strings')
  }
  // «Find the first response where the third item … is equal to resultOf» and whose name then has to match.
  const response = responses.find(([, , callId]) => callId === resultOf)
  if (!response) throw unresolved(`no response ${resultOf.slice(0, 100)}`)
  if (response[0] !== name) throw unresolved(`response ${resultOf.slice(0, 100)} is ${response[0]}`)
  return evaluate(response[1], parsePath(path))
}

function parsePath(path: string): readonly string[] {
  if (path === '') return []
  if (!path.startsWith('/') || /~(?![01])/.test(path)) throw unresolved('path is not a JSON pointer')
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function evaluate(value: unknown, path: readonly string[]): unknown {
  const [part, ...rest] = path
  if (part === undefined) return value
  if (Array.isArray(value)) {
    if (part === '*') {
      // «If the result of applying the rest of the pointer tokens to each value is itself an array, the contents of this
      // array are added to the output rather than the array itself.»
      return value.flatMap((item) => evaluate(item, rest))
    }
    if (!/^(0|[1-9]\d*)$/.test(part) || Number(part) >= value.length)
      throw unresolved(`no element ${part.slice(0, 100)}`)
    return evaluate(value[Number(part)], rest)
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
    throw unresolved(`no member ${part.slice(0, 100)}`)
  }
  return evaluate((value as Record<string, unknown>)[part], rest)
}

function unresolved(description: string): MethodError {
  return new MethodError('invalidResultReference', { description })
}
