// `imaps://host:993`, `imap://host` (STARTTLS), `imap+insecure://127.0.0.1:1143` (no TLS: loopback and labs): how a server is
// named in the configuration and on the command line. RFC 8314 wants TLS, so plain text has to be asked for by name.

import { BadValue, type KeyType } from './keys.ts'

export interface ServerUrl {
  readonly host: string
  readonly port: number
  readonly tls: 'implicit' | 'starttls' | 'none'
}

interface Scheme {
  readonly port: number
  readonly tls: ServerUrl['tls']
}

const schemes = {
  imap: {
    imaps: { port: 993, tls: 'implicit' },
    imap: { port: 143, tls: 'starttls' },
    'imap+insecure': { port: 143, tls: 'none' },
  },
  smtp: {
    submissions: { port: 465, tls: 'implicit' },
    smtps: { port: 465, tls: 'implicit' },
    submission: { port: 587, tls: 'starttls' },
    smtp: { port: 587, tls: 'starttls' },
    'smtp+insecure': { port: 587, tls: 'none' },
  },
  sieve: {
    sieve: { port: 4190, tls: 'starttls' },
    sieves: { port: 4190, tls: 'implicit' },
    'sieve+insecure': { port: 4190, tls: 'none' },
  },
} as const satisfies Record<string, Record<string, Scheme>>

/** The key type for one protocol's server; empty means none. */
export function serverUrl(protocol: keyof typeof schemes): KeyType<ServerUrl | null> {
  const table: Readonly<Record<string, Scheme>> = schemes[protocol]
  const names = Object.keys(table).map((name) => `${name}://HOST[:PORT]`)
  return {
    name: names.join(', '),
    read(raw) {
      if (raw === '') return null
      const match =
        typeof raw === 'string' ? /^([a-z+]+):\/\/(\[[0-9A-Fa-f:.]+\]|[^\s/:@[\]]+)(?::(\d{1,5}))?\/?$/.exec(raw) : null
      const scheme = match ? table[match[1] as string] : undefined
      const port = match?.[3] === undefined ? scheme?.port : Number(match[3])
      if (!match || !scheme || port === undefined || port < 1 || port > 65_535) throw new BadValue(names.join(', or '))
      return { host: (match[2] as string).replace(/^\[|\]$/g, ''), port, tls: scheme.tls }
    },
    show(value) {
      if (!value) return '""'
      const name = Object.entries(table).find(([, scheme]) => scheme.tls === value.tls)?.[0] as string
      const host = value.host.includes(':') ? `[${value.host}]` : value.host
      return `"${name}://${host}:${value.port}"`
    },
  }
}
