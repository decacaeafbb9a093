// `web` of plugin.json: which settings are told, and the places of the client that the plugin fills, each with its words and with what it
// reads. Whatever is not declared here the client neither asks nor gives.

import type { ManifestAccess, SettingRule } from '#plugin-api/plugin.ts'
import type { CodedPlaceName, DeclaredPlaces, DraftMember, PlaceName } from '#plugin-api/web.ts'
import { isObject, isTexts, type Report } from './manifest-kinds.ts'

type Fields = Readonly<Record<string, unknown>>
type Check = (declared: Fields, report: Report) => void

const draftMembers: Readonly<Record<DraftMember, true>> = { subject: true, text: true, recipients: true, files: true }
const emailProperties = [
  ...['threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt', 'sentAt', 'messageId', 'subject', 'from', 'to', 'cc'],
  ...['hasAttachment', 'preview'],
]
/** RFC 5322 §2.2: printable ASCII but the colon. */
const headerProperty = /^header:[!-9;-~]{1,76}:asText$/

const isDraftMember = (name: string) => Object.hasOwn(draftMembers, name)
const isEmailProperty = (name: string) => emailProperties.includes(name) || headerProperty.test(name)
const isWords = (value: unknown) =>
  (typeof value === 'string' && value !== '') ||
  (isObject(value) && Object.keys(value).length > 0 && Object.values(value).every((word) => typeof word === 'string'))

const reads =
  (isKnown: (name: string) => boolean): Check =>
  (declared, report) => {
    const names = declared.reads ?? []
    if (!isTexts(names)) report('reads is a list of names')
    else for (const name of names) if (!isKnown(name)) report(`reads names ${name}, which is not given`)
  }
const words =
  (member: string): Check =>
  (declared, report) => {
    if (!isWords(declared[member])) report(`${member} is a text, or texts by language`)
  }

/** Which members each place has, and what must be so. */
const places: Readonly<Record<PlaceName, { readonly members: readonly string[]; readonly checks: readonly Check[] }>> =
  {
    beforeSend: { members: ['reads', 'replaces'], checks: [reads(isDraftMember), replaces] },
    messageAction: { members: ['label', 'reads'], checks: [words('label'), reads(isEmailProperty)] },
    messageLine: { members: ['reads'], checks: [reads(isEmailProperty)] },
    composeAction: { members: ['label', 'reads'], checks: [words('label'), reads(isDraftMember)] },
    notice: { members: [], checks: [] },
    settings: { members: ['title', 'text', 'fields'], checks: [words('title'), checkFields] },
  }

export function checkWeb(
  value: unknown,
  manifest: { readonly access: ManifestAccess; readonly settings: Readonly<Record<string, SettingRule>> },
  report: Report,
): void {
  if (value === undefined) return
  if (!isObject(value)) {
    report('plugin.json: web is an object')
    return
  }
  for (const key of Object.keys(value))
    if (key !== 'settings' && key !== 'places') report(`plugin.json: web has no member ${key}`)
  const told = value.settings ?? []
  if (!isTexts(told)) report('plugin.json: web.settings is a list of names')
  for (const name of isTexts(told) ? told : []) {
    if (!Object.hasOwn(manifest.settings, name)) report(`plugin.json: web.settings names ${name}, which is no setting`)
    else if (manifest.settings[name]?.secret) report(`plugin.json: web.settings names ${name}, which is secret`)
  }
  const declared = value.places ?? {}
  if (!isObject(declared)) {
    report('plugin.json: web.places is an object')
    return
  }
  for (const [name, place] of Object.entries(declared)) {
    const rule = Object.hasOwn(places, name) ? places[name as PlaceName] : null
    const say = (what: string) => report(`plugin.json: web.places.${name}: ${what}`)
    if (!rule) report(`plugin.json: there is no place ${name}`)
    else if (!isObject(place)) say('must be an object')
    else {
      for (const member of Object.keys(place)) if (!rule.members.includes(member)) say(`there is no member ${member}`)
      for (const check of rule.checks) check(place, say)
    }
  }
  if ('settings' in declared && manifest.access.preferences !== true)
    report('plugin.json: web.places.settings needs the access preferences, which reads what is chosen there')
}

function replaces({ replaces = [] }: Fields, report: Report): void {
  if (!isTexts(replaces) || !replaces.every((name) => name === 'forgottenAttachment'))
    report('replaces is a list of questions of the client: forgottenAttachment')
}

function checkFields({ fields, text }: Fields, report: Report): void {
  if (text !== undefined && !isWords(text)) report('text is a text, or texts by language')
  if (!isObject(fields) || Object.keys(fields).length === 0) {
    report('fields is an object with a member for each')
    return
  }
  for (const [name, field] of Object.entries(fields)) {
    const isSound =
      /^[a-zA-Z][a-zA-Z0-9]{0,62}$/.test(name) &&
      isObject(field) &&
      isWords(field.label) &&
      (field.help === undefined || isWords(field.help)) &&
      isTyped(field)
    if (!isSound) report(`fields.${name} needs a label, a type (flag, text, choice) and a default of that type`)
  }
}

function isTyped(field: Fields): boolean {
  if (field.type === 'flag') return typeof field.default === 'boolean'
  if (field.type === 'text') return typeof field.default === 'string'
  if (field.type !== 'choice' || !isObject(field.choices) || typeof field.default !== 'string') return false
  return Object.hasOwn(field.choices, field.default) && Object.values(field.choices).every(isWords)
}

/** A part that says nothing of places is one for version 1.0 of the API, which had that one. */
export const placesOf = (web: { readonly places?: DeclaredPlaces }): DeclaredPlaces => web.places ?? { beforeSend: {} }

/** Those that code answers for. */
export const codedPlaces = (declared: DeclaredPlaces): readonly CodedPlaceName[] =>
  (Object.keys(declared) as PlaceName[]).filter((name): name is CodedPlaceName => name !== 'settings')
