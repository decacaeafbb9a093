// An address whose domain looks like a well-known one that was mistyped, as «gmial.com»: what was probably meant.

import { POPULAR_DOMAINS, run } from '@zootools/email-spell-checker'
import type { EmailAddress } from '#shared/jmap/mail.ts'

/** Where many have their mail, and the library's list has nothing or only the name before the dot. */
const popular = [
  ...POPULAR_DOMAINS,
  ...[
    'hotmail.com',
    'hotmail.fr',
    'outlook.com',
    'live.com',
    'yahoo.com',
    'yahoo.fr',
    'yahoo.co.jp',
    'gmx.de',
    'gmx.net',
  ],
  ...['t-online.de', 'orange.fr', 'free.fr', 'laposte.net', 'libero.it', 'telefonica.net', 'docomo.ne.jp', 'mail.ru'],
]

const domainOf = (email: string) => email.slice(email.lastIndexOf('@') + 1).toLowerCase()

/** `known`: people one has written to or heard from: their domains exist, and are what one means. */
export function likelyTypo(email: string, known: readonly Pick<EmailAddress, 'email'>[]): string | null {
  const domain = domainOf(email)
  const domains = new Set([...known.map((person) => domainOf(person.email)), ...popular])
  // Only whole domains are compared: that of a company may end or begin in any way it likes.
  if (!email.includes('@') || domains.has(domain)) return null
  const meant = run({ email, domains: [...domains], secondLevelDomains: [], topLevelDomains: [] })?.domain
  return meant === undefined || !domains.has(meant) ? null : `${email.slice(0, email.lastIndexOf('@'))}@${meant}`
}
