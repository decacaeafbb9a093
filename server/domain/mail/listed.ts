// What a list shows of a message, made of the octets and the structure that the driver keeps of it, and remembered for as long as it keeps
// those: a list that is read again parses nothing. Results are shared between answers, and must not be changed.

import { bodyLists, hasAttachment } from '#formats/mime/body-lists.ts'
import { partOfBodyStructure } from '#formats/mime/body-structure.ts'
import { parseHeaderFields } from '#formats/mime/header-fields.ts'
import { namedHeaderProperties } from '#formats/mime/header-forms.ts'
import type { EmailRow } from '#ports/mail-store.ts'
import { headerProperties } from './email-object.ts'
import type { EmailView } from './types.ts'

type HeaderView = Pick<EmailView, 'properties' | 'headers'>

/** For the last view alone: programs ask for the same again and again. */
const headersOf = new WeakMap<Uint8Array, { readonly key: string; readonly value: Readonly<Record<string, unknown>> }>()
const attachmentOf = new WeakMap<object, boolean>()

/** Names what the view wants of headers; made once for all rows of a call. */
export function headerViewKey({ properties, headers }: HeaderView): string {
  const named = Object.keys(namedHeaderProperties).filter((name) => properties.has(name))
  return JSON.stringify([named, headers])
}

export function listedHeaders(octets: Uint8Array, view: HeaderView, key: string): Readonly<Record<string, unknown>> {
  const known = headersOf.get(octets)
  if (known?.key === key) return known.value
  const value = headerProperties(parseHeaderFields(octets), view)
  headersOf.set(octets, { key, value })
  return value
}

export function listedAttachment(structure: NonNullable<EmailRow['structure']>): boolean {
  const known = attachmentOf.get(structure)
  if (known !== undefined) return known
  const has = hasAttachment(bodyLists(partOfBodyStructure(structure)))
  attachmentOf.set(structure, has)
  return has
}
