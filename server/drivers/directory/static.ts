// The directory as the configuration writes it: [[mail_server]] tables, the first whose domains match.

import { domainToASCII } from 'node:url'
import { Failure } from '#core/errors.ts'
import type { Directory, Route, SieveServer } from '#ports/directory.ts'
import type { MailServer } from '#ports/mail-store.ts'
import type { SmtpServer } from '#ports/mail-transport.ts'

export interface StaticServer {
  /** `example.org`, `*.example.org` or `*`. */
  readonly domains: readonly string[]
  readonly imap: MailServer
  readonly smtp: SmtpServer
  readonly sieve: SieveServer | null
  readonly login: 'address' | 'local-part'
  /** Appended to a name without @. */
  readonly defaultDomain: string | null
  readonly authservIds?: readonly string[]
}

function serves(pattern: string, domain: string): boolean {
  if (pattern === '*') return true
  const wanted = pattern.toLowerCase()
  return wanted.startsWith('*.') ? domain.endsWith(wanted.slice(1)) : domain === wanted
}

export function openStaticDirectory(servers: readonly StaticServer[]): Directory {
  const defaultDomain = servers.find((server) => server.defaultDomain !== null)?.defaultDomain
  return {
    async route(address): Promise<Route> {
      const typed = address.trim().normalize('NFC').toLowerCase()
      const at = typed.lastIndexOf('@')
      const local = at < 0 ? typed : typed.slice(0, at)
      // Two spellings of one internationalised domain are one account.
      const domain = at < 0 ? defaultDomain?.toLowerCase() : domainToASCII(typed.slice(at + 1))
      if (!local || !domain || local.length > 256 || domain.length > 253 || /[\x00-\x20\x7f]/.test(typed))
        throw new Failure('notFound', { reason: 'not an address' })
      const server = servers.find(({ domains }) => domains.some((pattern) => serves(pattern, domain)))
      if (!server) throw new Failure('notFound', { domain })
      const full = `${local}@${domain}`
      return {
        address: full,
        login: server.login === 'address' ? full : local,
        imap: server.imap,
        smtp: server.smtp,
        sieve: server.sieve,
        authservIds: server.authservIds ?? [],
      }
    },
  }
}
