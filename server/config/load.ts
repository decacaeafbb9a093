// Reads one TOML file and the environment over it, checks everything, and reports all faults at once with file and line.
// process.env and configuration files are read nowhere else.

import { readFileSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import { configSections } from './all.ts'
import { BadValue, type Key, type Section, type SectionValue } from './keys.ts'

export interface Fault {
  /** `paquebot.toml:12`, `environment`, or the option. */
  readonly where: string
  readonly what: string
}

/** All that is wrong with a configuration; the message is the list, one fault a line. */
export class BadConfig extends Error {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ where, what }) => `${where}: ${what}`).join('\n'))
    this.name = 'BadConfig'
    this.faults = faults
  }
}

/** Sections by the name that code uses. */
export type Sections = Readonly<Record<string, Section>>
export type SectionValues<All extends Sections> = {
  readonly [Name in keyof All]: All[Name] extends Section & { readonly many: true }
    ? readonly SectionValue<All[Name]>[]
    : SectionValue<All[Name]>
}
export type Config = SectionValues<typeof configSections>

export interface ConfigSources {
  /** Path of the TOML file; null when there is none. */
  readonly file: string | null
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Values from the command line, over both: section → key (camelCase) → raw value. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export function environmentName(section: Section, name: string): string {
  return `PAQUEBOT_${section.name}_${snake(name)}`.toUpperCase()
}

/** Throws BadConfig with every fault there is. */
export function loadConfig(sources: ConfigSources): Config {
  return loadSections(configSections, sources)
}

const places = new WeakMap<object, Source['place']>()

/** Where the configuration says it, for faults that only show later: `paquebot.toml:12`. */
export function placeOf(config: Config, sectionName: string, name?: string): string {
  return places.get(config)?.(sectionName, name) ?? 'configuration'
}

/** The same for another set of sections. Throws BadConfig with every fault there is. */
export function loadSections<All extends Sections>(sections: All, sources: ConfigSources): SectionValues<All> {
  const faults: Fault[] = []
  const source = readSource(sources.file, faults)
  const known = new Map<string, Section>(Object.values(sections).map((section) => [section.name, section]))
  for (const name of Object.keys(source.values)) {
    if (!known.has(name))
      faults.push({
        where: source.place(name),
        what: `there is no section [${name}]${closest(name, [...known.keys()])}`,
      })
  }
  const knownVariables = new Set<string>()
  const config: Record<string, unknown> = {}
  for (const [property, section] of Object.entries(sections)) {
    const raw = source.values[section.name]
    const options = sources.options?.[property] ?? {}
    if (section.many) {
      const fromFile = raw === undefined ? [] : Array.isArray(raw) ? raw : [raw]
      const tables = fromFile.map((table, index) =>
        readTable(section, table, {}, (name) => source.place(section.name, name, index), faults),
      )
      for (const name of Object.keys(section.keys)) knownVariables.add(environmentName(section, name))
      const overrides = { ...fromEnvironment(section, sources.environment), ...options }
      if (Object.keys(overrides).length > 0)
        tables.unshift(readTable(section, {}, overrides, () => 'environment or option', faults))
      const ofFile = tables.length - fromFile.length
      for (const { index, key, what } of section.check?.(tables) ?? [])
        faults.push({
          where: index < ofFile ? 'environment or option' : source.place(section.name, snake(key), index - ofFile),
          what: `${section.name}.${snake(key)}: ${what}`,
        })
      config[property] = tables
    } else {
      for (const name of Object.keys(section.keys)) knownVariables.add(environmentName(section, name))
      config[property] = readTable(
        section,
        raw ?? {},
        { ...fromEnvironment(section, sources.environment), ...options },
        (name) => source.place(section.name, name),
        faults,
      )
    }
  }
  for (const name of Object.keys(sources.environment)) {
    if (name.startsWith('PAQUEBOT_') && !knownVariables.has(name))
      faults.push({ where: 'environment', what: `${name} names no key${closest(name, [...knownVariables])}` })
  }
  if (faults.length > 0) throw new BadConfig(faults)
  places.set(config, source.place)
  return config as SectionValues<All>
}

function fromEnvironment(section: Section, environment: ConfigSources['environment']): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of Object.keys(section.keys)) {
    const value = environment[environmentName(section, name)]
    if (value !== undefined) found[name] = value
  }
  return found
}

function readTable(
  section: Section,
  raw: unknown,
  overrides: Readonly<Record<string, unknown>>,
  place: (name?: string) => string,
  faults: Fault[],
): Record<string, unknown> {
  const table: Record<string, unknown> = {}
  const values =
    typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Record<string, unknown>) : null
  if (!values) faults.push({ where: place(), what: `[${section.name}] must be a table` })
  const byTomlName = new Map(Object.keys(section.keys).map((name) => [snake(name), name]))
  for (const name of Object.keys(values ?? {})) {
    if (!byTomlName.has(name))
      faults.push({
        where: place(name),
        what: `[${section.name}] has no key ${name}${closest(name, [...byTomlName.keys()])}`,
      })
  }
  for (const [name, key] of Object.entries(section.keys) as [string, Key<unknown>][]) {
    const overridden = name in overrides
    const given = overridden ? overrides[name] : values?.[snake(name)]
    table[name] = key.default
    if (given === undefined) continue
    try {
      table[name] = key.type.read(given)
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      const shown = key.secret ? 'the value' : JSON.stringify(given)
      faults.push({
        where: overridden ? environmentName(section, name) : place(snake(name)),
        what: `${section.name}.${snake(name)} must be ${error.message}, not ${shown}`,
      })
    }
  }
  return table
}

interface Source {
  readonly values: Readonly<Record<string, unknown>>
  readonly place: (section: string, key?: string, index?: number) => string
}

function readSource(file: string | null, faults: Fault[]): Source {
  if (file === null) return { values: {}, place: () => 'command line' }
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    faults.push({ where: file, what: `cannot be read: ${(error as Error).message}` })
    return { values: {}, place: () => file }
  }
  const place = (section: string, key?: string, index = 0) => `${file}:${lineOf(text, section, key, index)}`
  try {
    return { values: parse(text), place }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    faults.push({ where: `${file}:${error.line}`, what: error.message.split('\n')[0] as string })
    return { values: {}, place }
  }
}

/** The parser keeps no positions, so a fault's line is found again in the text: the header, then the key below it. */
function lineOf(text: string, section: string, key: string | undefined, index: number): number {
  const lines = text.split('\n')
  const header = new RegExp(`^\\s*\\[{1,2}\\s*"?${RegExp.escape(section)}"?\\s*\\]{1,2}`)
  let seen = -1
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string
    if (!header.test(line)) {
      if (new RegExp(`^\\s*"?${RegExp.escape(section)}"?\\s*[.=]`).test(line) && seen < 0) return at + 1
      continue
    }
    if (++seen !== index) continue
    if (key === undefined) return at + 1
    for (let below = at + 1; below < lines.length && !/^\s*\[/.test(lines[below] as string); below++) {
      if (new RegExp(`^\\s*"?${RegExp.escape(key)}"?\\s*=`).test(lines[below] as string)) return below + 1
    }
    return at + 1
  }
  return 1
}

/** «, did you mean …?» for a name at most two edits away. */
function closest(name: string, names: readonly string[]): string {
  const near = names
    .map((candidate) => [candidate, distance(name, candidate)] as const)
    .filter(([, edits]) => edits <= 2)
    .sort((a, b) => a[1] - b[1])[0]
  return near ? `; did you mean ${near[0]}?` : ''
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        (next[j - 1] as number) + 1,
        (row[j] as number) + 1,
        (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
      )
    }
    row = next
  }
  return row[b.length] as number
}
