// Contacts of a text/vcard part (RFC 6350; 3.0 and 2.1, which phones write) as a card shows them.

import type ICAL from 'ical.js'
import { parseLeniently } from './parse-leniently.ts'

export interface ContactLine {
  /** As it was written: «work», «cell»; «» for none. */
  readonly kind: string
  readonly value: string
}

export interface Contact {
  readonly name: string
  readonly organization: string
  readonly title: string
  readonly emails: readonly ContactLine[]
  readonly phones: readonly ContactLine[]
  readonly addresses: readonly ContactLine[]
  readonly note: string
}

/** Of a part with more, these are shown. */
const maxContacts = 20

export function readContacts(text: string): readonly Contact[] {
  try {
    return parseLeniently(modern(text))
      .slice(0, maxContacts)
      .filter(({ name }) => name === 'vcard')
      .map(readContact)
      .filter(({ name, emails, phones }) => name !== '' || emails.length > 0 || phones.length > 0)
  } catch {
    return []
  }
}

function readContact(card: ICAL.Component): Contact {
  const first = (name: string) => joined(card.getFirstProperty(name))
  const lines = (name: string, separator?: string) =>
    card.getAllProperties(name).flatMap((property) => {
      const value = joined(property, separator)
      const types = [property.getParameter('type') ?? []].flat()
      const kind = types.map((type) => type.toLowerCase()).find((type) => kinds.includes(type)) ?? ''
      return value === '' ? [] : [{ kind, value }]
    })
  const name = first('fn') || [card.getFirstPropertyValue('n')].flat().map(String).filter(Boolean).reverse().join(' ')
  return {
    name: name === 'null' ? '' : name,
    organization: first('org'),
    title: first('title'),
    emails: lines('email').map(({ kind, value }) => ({ kind, value: value.replace(/^mailto:/i, '') })),
    phones: lines('tel').map(({ kind, value }) => ({ kind, value: value.replace(/^tel:/i, '') })),
    addresses: lines('adr', ', '),
    note: first('note'),
  }
}

const kinds = ['work', 'home', 'cell', 'fax', 'pager']

/** The parts of a structured value (RFC 6350 §6.3.1) in one line. */
function joined(property: ICAL.Property | null, separator = ' · '): string {
  return [property?.getFirstValue() ?? []]
    .flat(2)
    .map((part) => String(part).trim())
    .filter(Boolean)
    .join(separator)
}

/** vCard 2.1 in the form of 3.0: types without a name, and quoted-printable in UTF-8. */
function modern(text: string): string {
  if (!/^VERSION:2\.1\s*$/im.test(text)) return text
  // A soft line break of quoted-printable stands before any folding.
  return text
    .replace(/=\r?\n[ \t]?/g, '')
    .split(/\r?\n/)
    .map((line) => {
      const [, head, value] = /^([^:]+):(.*)$/s.exec(line) ?? []
      if (head === undefined || value === undefined) return line
      const [name, ...parameters] = head.split(';')
      const isQuoted = parameters.some((one) => /^(?:ENCODING=)?QUOTED-PRINTABLE$/i.test(one))
      const kept = parameters
        .filter((one) => !/^(?:ENCODING=|CHARSET=|QUOTED-PRINTABLE$|BASE64$)/i.test(one))
        .map((one) => (one.includes('=') ? one : `TYPE=${one}`))
      return `${[name, ...kept].join(';')}:${isQuoted ? unquoted(value) : value}`
    })
    .join('\r\n')
}

function unquoted(value: string): string {
  return value
    .replace(/(?:=[0-9a-f]{2})+/gi, (run) => {
      const octets = run.match(/[0-9a-f]{2}/gi) ?? []
      return new TextDecoder().decode(Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16)))
    })
    .replace(/\r?\n/g, '\\n')
}
