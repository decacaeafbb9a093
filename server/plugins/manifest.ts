// Reads plugin.json and holds it against plugin-api's version; checks what the configuration says for the plugin against the manifest's
// rules. All faults are gathered, none thrown: whoever configures a node hears of them at once.

import type { HookName } from '#plugin-api/hooks.ts'
import type { Manifest, ManifestAccess, Provided, SettingRule, SettingValue } from '#plugin-api/plugin.ts'
import { hookKinds } from './hook-kinds.ts'
import { type Fields, isObject, isTexts, type Report } from './manifest-kinds.ts'
import { checkWeb } from './web-manifest.ts'

/** What is wrong, and where: of the plugin as a whole, or of one of its settings. */
export interface PluginFault {
  readonly plugin: string
  readonly setting?: string
  readonly what: string
}

export interface CheckedManifest extends Manifest {
  readonly hooks: Readonly<Partial<Record<HookName, { readonly order?: number }>>>
  readonly access: ManifestAccess
  readonly provides: readonly (keyof Provided)[]
  readonly calls: readonly string[]
  readonly settings: Readonly<Record<string, SettingRule>>
}

const providable: readonly (keyof Provided)[] = ['blobStore', 'sessionStore', 'directory', 'authenticator']
const known = [
  'name',
  'version',
  'apiVersion',
  'description',
  'access',
  'hooks',
  'provides',
  'calls',
  'settings',
  'web',
  '$schema',
]
const knownAccess = ['mail', 'preferences', 'values', 'fetch', 'commands', 'files']
const callPattern = /^[a-zA-Z][a-zA-Z0-9-]{0,62}$/
const namePattern = /^[a-z][a-z0-9-]{0,62}$/

/** `^1.2.0`: our version is that or later with the same first number that is not 0 (semver.org; the caret of npm). */
export function satisfies(ours: string, range: string): boolean {
  const parse = (text: string) => /^(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number)
  const [have, want] = [parse(ours), range.startsWith('^') ? parse(range.slice(1)) : undefined]
  if (!have || !want) return false
  const [major, minor, patch] = [0, 1, 2].map((at) => have[at]! - want[at]!) as [number, number, number]
  if (major !== 0) return false
  if (want[0] === 0) return minor === 0 && patch >= 0
  return minor > 0 || (minor === 0 && patch >= 0)
}

/** Null when it is beyond use; what was reported then says why. */
export function readManifest(
  text: string,
  folderName: string,
  apiVersion: string,
  report: Report,
): CheckedManifest | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    report(`plugin.json is no JSON: ${(error as Error).message}`)
    return null
  }
  if (!isObject(json)) {
    report('plugin.json must be an object')
    return null
  }
  for (const key of Object.keys(json)) if (!known.includes(key)) report(`plugin.json: there is no member ${key}`)
  const { name, version, apiVersion: range, description } = json
  if (typeof name !== 'string' || !namePattern.test(name))
    report('plugin.json: name must be lower case letters, digits and hyphens')
  else if (name !== folderName) report(`plugin.json: the name ${name} is not that of its folder`)
  if (typeof version !== 'string') report('plugin.json: version must be a text')
  if (typeof description !== 'string') report('plugin.json: description must be a text')
  if (typeof range !== 'string' || !satisfies(apiVersion, range))
    report(`plugin.json: apiVersion ${JSON.stringify(range)} does not take the API of this server, ${apiVersion}`)
  const access = readAccess(json.access ?? {}, report)
  const hooks = readHooks(json.hooks ?? {}, report)
  const settings = readRules(json.settings ?? {}, report)
  const provides = json.provides ?? []
  if (!isTexts(provides) || !provides.every((one) => (providable as readonly string[]).includes(one)))
    report(`plugin.json: provides is a list of ${providable.join(', ')}`)
  const calls = json.calls ?? []
  if (!isTexts(calls) || !calls.every((one) => callPattern.test(one)))
    report('plugin.json: calls is a list of names: letters, digits and hyphens')
  checkWeb(json.web, { access, settings }, report)
  return {
    ...(json as unknown as Manifest),
    access,
    hooks,
    settings,
    provides: provides as (keyof Provided)[],
    calls: calls as readonly string[],
  }
}

function readAccess(value: unknown, report: Report): ManifestAccess {
  if (!isObject(value)) {
    report('plugin.json: access must be an object')
    return {}
  }
  for (const key of Object.keys(value)) if (!knownAccess.includes(key)) report(`plugin.json: there is no access ${key}`)
  if (value.mail !== undefined && value.mail !== 'read' && value.mail !== 'write')
    report('plugin.json: access.mail is "read" or "write"')
  for (const flag of ['preferences', 'values'])
    if (value[flag] !== undefined && typeof value[flag] !== 'boolean')
      report(`plugin.json: access.${flag} is true or false`)
  for (const list of ['fetch', 'commands', 'files'])
    if (value[list] !== undefined && !isTexts(value[list])) report(`plugin.json: access.${list} is a list of texts`)
  return value as ManifestAccess
}

function readHooks(value: unknown, report: Report): CheckedManifest['hooks'] {
  if (!isObject(value)) {
    report('plugin.json: hooks must be an object')
    return {}
  }
  for (const [name, how] of Object.entries(value)) {
    if (!Object.hasOwn(hookKinds, name)) report(`plugin.json: there is no hook ${name}`)
    const order = isObject(how) ? how.order : null
    if (order !== undefined && typeof order !== 'number')
      report(`plugin.json: hooks.${name} is {} or { "order": NUMBER }`)
  }
  return value as CheckedManifest['hooks']
}

function readRules(value: unknown, report: Report): Readonly<Record<string, SettingRule>> {
  if (!isObject(value)) {
    report('plugin.json: settings must be an object')
    return {}
  }
  const sound: Record<string, SettingRule> = {}
  for (const [name, rule] of Object.entries(value)) {
    const type = isObject(rule) ? rule.type : null
    if (!isObject(rule) || typeof type !== 'string' || !Object.hasOwn(types, type) || typeof rule.text !== 'string')
      report(`plugin.json: settings.${name} needs a type (${Object.keys(types).join(', ')}) and a text`)
    else if (rule.default !== undefined && !types[type as SettingRule['type']](rule.default))
      report(`plugin.json: the default of settings.${name} is no ${type}`)
    else sound[name] = rule as unknown as SettingRule
  }
  return sound
}

const types: Record<SettingRule['type'], (value: unknown) => value is SettingValue> = {
  text: (value): value is string => typeof value === 'string',
  flag: (value): value is boolean => typeof value === 'boolean',
  number: (value): value is number => typeof value === 'number' && Number.isFinite(value),
  list: isTexts,
}

/** The settings as the plugin gets them: what was given, and the defaults. */
export function readSettings(
  manifest: CheckedManifest,
  given: Fields,
  report: (setting: string | undefined, what: string) => void,
): Readonly<Record<string, SettingValue>> {
  const settings: Record<string, SettingValue> = {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(manifest.settings, name))
      report(
        name,
        `${manifest.name} has no setting ${name}; there are ${Object.keys(manifest.settings).join(', ') || 'none'}`,
      )
  }
  for (const [name, rule] of Object.entries(manifest.settings)) {
    const value = given[name] ?? rule.default
    if (value === undefined) report(undefined, `${manifest.name} needs the setting ${name}: ${rule.text}`)
    else if (types[rule.type](value)) settings[name] = value
    else report(name, `${name} must be a ${rule.type}${rule.secret ? '' : `, not ${JSON.stringify(value)}`}`)
  }
  return settings
}
