// The header properties of an Email or EmailBodyPart to be created (RFC 8621 §4.6): which are allowed, in which forms, and as what
// they are written. Faults are gathered by property name; nothing is thrown.

import { type HeaderForm, namedHeaderProperties, parseHeaderProperty } from '#formats/mime/header-forms.ts'
import { type HeaderToWrite, writeHeader } from '#formats/mime/write-header.ts'
import { emailAddress } from './address-kind.ts'
import { date, type Kind, listOf, string } from './arguments.ts'

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const hasOnly = (value: Fields, ...names: readonly string[]) => Object.keys(value).every((name) => names.includes(name))

const isName = (value: unknown) => value === undefined || value === null || typeof value === 'string'

const group: Kind<unknown> = {
  name: 'EmailAddressGroup',
  accepts: (value): value is unknown =>
    isObject(value) &&
    hasOnly(value, 'name', 'addresses') &&
    isName(value.name) &&
    listOf(emailAddress).accepts(value.addresses),
}

const kinds: Readonly<Record<HeaderForm, Kind<unknown>>> = {
  Raw: string,
  Text: string,
  Addresses: listOf(emailAddress),
  GroupedAddresses: listOf(group),
  MessageIds: listOf(string),
  Date: date,
  URLs: listOf(string),
}

/** A name left out is none. */
function normalise(form: HeaderForm, value: unknown): unknown {
  const named = (one: Fields): Fields => ({
    ...one,
    name: one.name ?? null,
    ...(one.addresses !== undefined && { addresses: (one.addresses as readonly Fields[]).map(named) }),
  })
  return form === 'Addresses' || form === 'GroupedAddresses' ? (value as readonly Fields[]).map(named) : value
}

const isEmpty = (value: unknown) => value === null || (Array.isArray(value) && value.length === 0)

export interface ReadHeaders {
  readonly headers: readonly HeaderToWrite[]
  /** Lower-case field names to the property that gave them. */
  readonly fields: ReadonlyMap<string, string>
}

/** Is this a property of this reader at all? */
export function isHeaderProperty(name: string, hasNamed: boolean): boolean {
  return name.startsWith('header:') || (hasNamed && Object.hasOwn(namedHeaderProperties, name))
}

/**
 * `hasNamed`: an Email has `from`, `subject` and so on; a body part `header:…` alone. `refused` are lower-case fields that may not be
 * given here. Wrong properties go to `wrong`, each after `path`.
 */
export function readHeaders(
  object: Fields,
  options: { readonly hasNamed: boolean; readonly isRefused: (field: string) => boolean; readonly path: string },
  wrong: string[],
): ReadHeaders {
  const headers: HeaderToWrite[] = []
  const fields = new Map<string, string>()
  for (const [property, value] of Object.entries(object)) {
    if (!isHeaderProperty(property, options.hasNamed)) continue
    const named = Object.hasOwn(namedHeaderProperties, property) ? namedHeaderProperties[property]! : null
    // RFC 8621 §4.6: «Header fields MUST NOT be specified in parsed forms that are forbidden for that particular field».
    const asked = named ? { ...named, all: false } : parseHeaderProperty(property)
    const name = asked?.field.toLowerCase() ?? ''
    // «There MUST NOT be two properties that represent the same header field».
    if (!asked || options.isRefused(name) || fields.has(name)) {
      wrong.push(options.path + property)
      continue
    }
    fields.set(name, property)
    const written = writeAll(asked.field, asked.form, asked.all, value)
    if (written) headers.push(...written)
    else wrong.push(options.path + property)
  }
  return { headers, fields }
}

/** Null when the value is not of the form, or has no safe way of being written. */
function writeAll(field: string, form: HeaderForm, all: boolean, value: unknown): readonly HeaderToWrite[] | null {
  if (value === null) return []
  if (all && !Array.isArray(value)) return null
  const values = all ? (value as readonly unknown[]) : [value]
  const headers: HeaderToWrite[] = []
  for (const one of values) {
    if (!kinds[form].accepts(one)) return null
    if (isEmpty(one)) continue
    const header = { name: field, form, value: normalise(form, one) } as HeaderToWrite
    try {
      writeHeader(header)
    } catch {
      return null
    }
    headers.push(header)
  }
  return headers
}
