// [[mail_server]] tables as the directory wants them; what is missing is told like any fault of the configuration.

import { BadConfig, type Config, type Fault } from '#config/load.ts'
import type { StaticServer } from '#drivers/directory/static.ts'

type Table = Config['mailServers'][number]

const pinPattern = /^[0-9a-f]{64}$/

function pin(text: string | null, name: string, faults: Fault[]): { readonly pinnedSha256?: string } {
  if (text === null) return {}
  const digits = text.replaceAll(':', '').toLowerCase()
  if (!pinPattern.test(digits))
    faults.push({ where: `mail_server.${name}`, what: 'must be a SHA-256 fingerprint: 64 hexadecimal digits' })
  return { pinnedSha256: digits }
}

/** Throws BadConfig. */
export function staticServers(tables: readonly Table[]): readonly StaticServer[] {
  const faults: Fault[] = []
  if (tables.length === 0)
    faults.push({ where: 'mail_server', what: 'no mail server: give --imap and --smtp, or a [[mail_server]] table' })
  const servers = tables.flatMap((table, index): StaticServer[] => {
    const where = `mail_server ${index + 1}`
    if (!table.imap) faults.push({ where, what: 'has no imap' })
    if (!table.smtp) faults.push({ where, what: 'has no smtp' })
    const imapPin = pin(table.imapPin, 'imap_pin', faults)
    const smtpPin = pin(table.smtpPin, 'smtp_pin', faults)
    const sievePin = pin(table.sievePin, 'sieve_pin', faults)
    if (!table.imap || !table.smtp) return []
    return [
      {
        domains: table.domains,
        imap: { ...table.imap, ...imapPin },
        smtp: { ...table.smtp, ...smtpPin },
        sieve: table.sieve && { ...table.sieve, ...sievePin },
        login: table.login,
        defaultDomain: table.defaultDomain,
        authservIds: table.authservIds.map((id) => id.toLowerCase()),
      },
    ]
  })
  if (faults.length > 0) throw new BadConfig(faults)
  return servers
}
