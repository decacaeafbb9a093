// Reads a method's arguments by type (RFC 8620 §1.1–1.4, §3.6.2): each read names its argument as known, `finish` refuses the
// rest. A fault is `invalidArguments` with the argument's name. No rule of any data type stands here.
//
//   const args = readArguments(call)                       // checks accountId
//   const sinceState = args.required('sinceState', string)
//   const limit = args.optional('limit', nullable(unsignedInt), null)
//   args.finish()                                          // unknown arguments are refused

import { isId } from '#shared/ids.ts'
import { type MethodCall, MethodError } from './method.ts'

/** A JSON type: its name for the error text, and what belongs to it. */
export interface Kind<T> {
  readonly name: string
  accepts(value: unknown): value is T
}

const kind = <T>(name: string, accepts: (value: unknown) => boolean): Kind<T> => ({
  name,
  accepts: (value): value is T => accepts(value),
})

export const string = kind<string>('String', (value) => typeof value === 'string')
export const boolean = kind<boolean>('Boolean', (value) => typeof value === 'boolean')
/** RFC 8620 §1.3: −2^53+1 … 2^53−1. */
export const int = kind<number>('Int', (value) => Number.isSafeInteger(value))
export const unsignedInt = kind<number>('UnsignedInt', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
/** RFC 8620 §1.2. */
export const id = kind<string>('Id', isId)
/** A string where an Id, or `#` and a creation id (RFC 8620 §5.3), is expected; what is neither will not be found. */
export const reference = kind<string>('Id', (value) => typeof value === 'string')
/** RFC 8620 §1.4: RFC 3339 date-time, upper case T and Z, no fraction that is zero. */
export const date = kind<string>('Date', (value) => typeof value === 'string' && isDate(value, false))
export const utcDate = kind<string>('UTCDate', (value) => typeof value === 'string' && isDate(value, true))
export const object = kind<Record<string, unknown>>(
  'Object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

export const nullable = <T>(inner: Kind<T>): Kind<T | null> =>
  kind(`${inner.name}|null`, (value) => value === null || inner.accepts(value))
export const listOf = <T>(inner: Kind<T>): Kind<readonly T[]> =>
  kind(`${inner.name}[]`, (value) => Array.isArray(value) && value.every((item) => inner.accepts(item)))
export const mapOf = <T>(inner: Kind<T>): Kind<Readonly<Record<string, T>>> =>
  kind(`String[${inner.name}]`, (value) => object.accepts(value) && Object.values(value).every((v) => inner.accepts(v)))
export const oneOf = <const T extends string>(...values: readonly T[]): Kind<T> =>
  kind(values.join('|'), (value) => (values as readonly unknown[]).includes(value))

const datePattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d*[1-9])?(Z|[+-]\d\d:\d\d)$/

function isDate(text: string, utc: boolean): boolean {
  const match = datePattern.exec(text)
  if (!match || (utc && match[3] !== 'Z')) return false
  // The 31st of February parses as the 3rd of March: the round trip tells.
  const seconds = Date.parse(`${match[1]}Z`)
  return (
    !Number.isNaN(Date.parse(text)) && !Number.isNaN(seconds) && new Date(seconds).toISOString().startsWith(match[1]!)
  )
}

export interface Arguments {
  /** invalidArguments when absent or of another type. */
  required<T>(name: string, kind: Kind<T>): T
  optional<T>(name: string, kind: Kind<T>, absent: T): T
  has(name: string): boolean
  /** RFC 8620 §3.6.2: an argument that the method does not know makes the call invalid. */
  finish(): void
}

/** Arguments of a method on an account: `accountId` is read and compared at once (RFC 8620 §3.6.2: accountNotFound). */
export function readArguments(call: Pick<MethodCall, 'args' | 'caller'>): Arguments {
  const args = readFields(call.args)
  // Not «Id» alone: an id that could not exist is no such account.
  if (args.required('accountId', string) !== call.caller.account) throw new MethodError('accountNotFound')
  return args
}

/** The same for a method without an account (PushSubscription/*), or an object inside the arguments. */
export function readFields(fields: Readonly<Record<string, unknown>>, path = ''): Arguments {
  const known = new Set<string>()
  return {
    required(name, type) {
      known.add(name)
      const value = own(fields, name)
      if (value === undefined) throw invalid(`${path}${name} is required`, path + name)
      if (!type.accepts(value)) throw invalid(`${path}${name} must be ${type.name}`, path + name)
      return value
    },
    optional(name, type, absent) {
      known.add(name)
      const value = own(fields, name)
      if (value === undefined) return absent
      if (!type.accepts(value)) throw invalid(`${path}${name} must be ${type.name}`, path + name)
      return value
    },
    has: (name) => own(fields, name) !== undefined,
    finish() {
      const unknown = Object.keys(fields).filter((name) => !known.has(name))
      if (unknown.length > 0) throw invalid(`unknown: ${unknown.slice(0, 10).join(', ')}`, ...unknown.slice(0, 10))
    },
  }
}

const own = (fields: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined

/** invalidArguments with its text; `names` are told as `arguments`. */
export function invalid(description: string, ...names: readonly string[]): MethodError {
  return new MethodError('invalidArguments', { description, ...(names.length > 0 && { arguments: names }) })
}
