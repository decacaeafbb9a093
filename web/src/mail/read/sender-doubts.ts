// What makes one look twice at who a message is from. Told in the order of how much it weighs.

import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { EmailAuthentication } from '#shared/jmap/settings.ts'
import { decodeDomain } from '../sanitize/decode-punycode.ts'
import { passesFor } from '../sanitize/look-alike.ts'
import { nameHidesAddress, visibleAddress, visibleText } from '../sanitize/visible-text.ts'

export type Doubt =
  | { readonly kind: 'notAuthentic'; readonly domain: string; readonly server: string }
  | { readonly kind: 'nameIsAddress'; readonly name: string }
  | { readonly kind: 'passesFor'; readonly domain: string; readonly other: string }
  | { readonly kind: 'mixesLetters'; readonly domain: string; readonly shownAs: string }
  /** No reason to fear, one to know. */
  | { readonly kind: 'isFirst' }

export interface SenderFacts {
  readonly from: EmailAddress
  readonly authentication: EmailAuthentication | null
  /** One's own, and those one writes to; null while they are not known. */
  readonly knownDomains: ReadonlySet<string> | null
  readonly isFirst: boolean
}

export function senderDoubts({ from, authentication, knownDomains, isFirst }: SenderFacts): readonly Doubt[] {
  const domain = domainOf(from.email)
  const doubts: Doubt[] = []
  if (authentication?.verdict === 'fail') {
    doubts.push({ kind: 'notAuthentic', domain: shown(domain), server: visibleText(authentication.server) })
  }
  if (nameHidesAddress(from.name ?? '', from.email)) {
    doubts.push({ kind: 'nameIsAddress', name: visibleText(from.name ?? '') })
  }
  const other = knownDomains && passesFor(domain, knownDomains)
  const read = decodeDomain(domain)
  const asOnWire = shown(read)
  if (other) doubts.push({ kind: 'passesFor', domain: asOnWire, other: shown(other) })
  // `visibleAddress` writes as on the wire what mixes alphabets.
  else if (asOnWire !== read) doubts.push({ kind: 'mixesLetters', domain: asOnWire, shownAs: visibleText(read) })
  if (isFirst) doubts.push({ kind: 'isFirst' })
  return doubts
}

export function domainOf(address: string): string {
  return visibleText(address.slice(address.lastIndexOf('@') + 1)).toLowerCase()
}

const shown = (domain: string) => visibleAddress(`@${domain}`).slice(1)
