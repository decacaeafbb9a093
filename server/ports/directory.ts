// Which servers an address belongs to. The static driver reads the configuration; LDAP and SQL may follow.

import type { MailServer } from './mail-store.ts'
import type { SmtpServer } from './mail-transport.ts'

export interface SieveServer {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly pinnedSha256?: string
}

export interface Route {
  /** The address, normalised; what an account is named by. */
  readonly address: string
  /** What is typed at the mail server: the whole address, or its local part where the configuration says so. */
  readonly login: string
  readonly imap: MailServer
  readonly smtp: SmtpServer
  readonly sieve: SieveServer | null
  /** Names by which this mail server signs `Authentication-Results` (RFC 8601 §2.5), lower case; none: nothing of the kind is believed. */
  readonly authservIds?: readonly string[]
}

export interface Directory {
  /** `notFound` when no server is configured for the address's domain. */
  route(address: string, signal: AbortSignal): Promise<Route>
}
