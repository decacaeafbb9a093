// What one configuration key is: its text, type, default and unit. A section is a file of keys (`imap.ts`), named in
// camelCase here, in snake_case in the TOML file and as PAQUEBOT_<SECTION>_<KEY> in the environment.
// docs/config.md is generated from these, so a key without a text does not compile.

/** Reads a TOML value or an environment string; returns the typed value, or throws BadValue with what it expected. */
export interface KeyType<T> {
  readonly name: string
  readonly read: (raw: unknown) => T
  /** How a default is written in the documents and the sample file. */
  readonly show: (value: T) => string
}

export class BadValue extends Error {}

export interface Key<T> {
  readonly type: KeyType<T>
  readonly default: T
  /** One or two sentences for docs/config.md. */
  readonly text: string
  /** Read again while running, or only at start. */
  readonly reload: 'live' | 'restart'
  readonly since: string
  /** Never printed. */
  readonly secret?: boolean
}

// biome-ignore lint/suspicious/noExplicitAny: a section holds keys of all types; each is checked where it is defined.
type AnyKey = Key<any>

export interface Section<Keys extends Readonly<Record<string, AnyKey>> = Readonly<Record<string, AnyKey>>> {
  readonly name: string
  readonly text: string
  /** True for `[[name]]`: any number of tables, each with these keys. */
  readonly many: boolean
  readonly keys: Keys
  /** What no key can tell by itself. Gets the tables as they were read. */
  // biome-ignore lint/suspicious/noExplicitAny: each section's own tables, checked where it is defined.
  readonly check?: (tables: readonly any[]) => readonly SectionFault[]
}

/** `key` (camelCase) of the table `index` is at fault. */
export interface SectionFault {
  readonly index: number
  readonly key: string
  readonly what: string
}

export type SectionValue<S extends Section> = {
  readonly [Name in keyof S['keys']]: S['keys'][Name] extends Key<infer T> ? T : never
}

export function section<Keys extends Readonly<Record<string, AnyKey>>>(
  name: string,
  text: string,
  keys: Keys,
): Section<Keys> & { readonly many: false } {
  return { name, text, many: false, keys }
}

export function sections<Keys extends Readonly<Record<string, AnyKey>>>(
  name: string,
  text: string,
  keys: Keys,
  check?: (tables: readonly NoInfer<SectionValue<Section<Keys>>>[]) => readonly SectionFault[],
): Section<Keys> & { readonly many: true } {
  return { name, text, many: true, keys, ...(check && { check }) }
}

type KeyOptions = { readonly reload?: 'live' | 'restart'; readonly since?: string; readonly secret?: boolean }

export function key<T>(type: KeyType<T>, defaultValue: NoInfer<T>, text: string, options: KeyOptions = {}): Key<T> {
  return {
    type,
    default: defaultValue,
    text,
    reload: options.reload ?? 'restart',
    since: options.since ?? '0.1',
    ...(options.secret && { secret: true }),
  }
}

function scale(raw: unknown, units: Readonly<Record<string, number>>, what: string): number {
  if (typeof raw === 'number' && Number.isInteger(raw) && raw >= 0) return raw
  const match = typeof raw === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(raw) : null
  const factor = match ? units[(match[2] as string).toLowerCase()] : undefined
  if (!match || factor === undefined) throw new BadValue(what)
  return Math.round(Number(match[1]) * factor)
}

function showScaled(value: number, units: readonly (readonly [name: string, factor: number])[]): string {
  for (const [name, factor] of units) if (value >= factor && value % factor === 0) return `"${value / factor} ${name}"`
  return String(value)
}

const byteUnits = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tb: 1e12,
  tib: 1024 ** 4,
}
const timeUnits = { '': 1, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds: a number, or "10 s", "5 min", "12 h", "30 d". */
const duration = {
  name: 'duration',
  read: (raw: unknown) => scale(raw, timeUnits, 'a duration such as 500, "10 s", "5 min", "12 h" or "30 d"'),
  show: (value: number) =>
    showScaled(value, [
      ['d', 86_400_000],
      ['h', 3_600_000],
      ['min', 60_000],
      ['s', 1000],
      ['ms', 1],
    ]),
} satisfies KeyType<number>

export const types = {
  text: { name: 'text', read: readText, show: (value: string) => JSON.stringify(value) } satisfies KeyType<string>,
  /** Empty text means none. */
  optionalText: {
    name: 'text, or empty for none',
    read: (raw: unknown) => readText(raw) || null,
    show: (value: string | null) => JSON.stringify(value ?? ''),
  } satisfies KeyType<string | null>,
  flag: { name: 'true or false', read: readFlag, show: String } satisfies KeyType<boolean>,
  /** Octets: a number, or "25 MB" (10^6), "25 MiB" (2^20). */
  bytes: {
    name: 'size',
    read: (raw: unknown) => scale(raw, byteUnits, 'a size such as 25000000, "25 MB" or "25 MiB"'),
    show: (value: number) =>
      showScaled(value, [
        ['GiB', 1024 ** 3],
        ['GB', 1e9],
        ['MiB', 1024 ** 2],
        ['MB', 1e6],
        ['KiB', 1024],
        ['kB', 1e3],
      ]),
  } satisfies KeyType<number>,
  duration,
  /** Empty text means that we decide; the key's text says how. */
  optionalDuration: {
    name: 'duration, or empty',
    read: (raw: unknown): number | null => (raw === '' ? null : duration.read(raw)),
    show: (value: number | null) => (value === null ? '""' : duration.show(value)),
  } satisfies KeyType<number | null>,
  list: {
    name: 'list of text',
    read(raw: unknown): readonly string[] {
      if (typeof raw === 'string')
        return raw
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean)
      if (Array.isArray(raw) && raw.every((item) => typeof item === 'string')) return raw as string[]
      throw new BadValue('a list of texts')
    },
    show: (value: readonly string[]) => JSON.stringify(value),
  } satisfies KeyType<readonly string[]>,
  json: {
    name: 'JSON object',
    read(raw: unknown): Readonly<Record<string, unknown>> {
      const value = typeof raw === 'string' ? parseJson(raw) : raw
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new BadValue('a JSON object, or a table')
      return value as Record<string, unknown>
    },
    show: (value: Readonly<Record<string, unknown>>) => JSON.stringify(JSON.stringify(value)),
  } satisfies KeyType<Readonly<Record<string, unknown>>>,
  integer(min: number, max: number): KeyType<number> {
    return {
      name: `${min} to ${max}`,
      read(raw) {
        const value = typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : raw
        if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
          throw new BadValue(`a whole number from ${min} to ${max}`)
        return value
      },
      show: String,
    }
  },
  choice<const T extends string>(...values: readonly T[]): KeyType<T> {
    const name = values.map((value) => `"${value}"`).join(' or ')
    return {
      name,
      read(raw) {
        if (!values.includes(raw as T)) throw new BadValue(name)
        return raw as T
      },
      show: (value) => JSON.stringify(value),
    }
  },
} as const

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadValue('a JSON object, or a table')
  }
}

function readText(raw: unknown): string {
  if (typeof raw !== 'string') throw new BadValue('a text')
  return raw
}

function readFlag(raw: unknown): boolean {
  if (raw === true || raw === 'true' || raw === '1' || raw === 'yes') return true
  if (raw === false || raw === 'false' || raw === '0' || raw === 'no') return false
  throw new BadValue('true or false')
}
