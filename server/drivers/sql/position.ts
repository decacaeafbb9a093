// Positions: how far a history of commits has come, as text that travels through clients. `m:0-1-505,2-2-9` are GTIDs of MariaDB by
// domain, `p:16B3748` is an LSN of PostgreSQL (hexadecimal), `g` a Galera cluster, whose nodes wait by themselves. Several, separated by
// spaces, are merged. Text from a client is never trusted: what is not understood is unknown, and the unknown is read from the writer.

export interface Gtid {
  readonly server: number
  readonly seq: bigint
}

export type Position =
  | { readonly kind: 'mariadb'; readonly domains: ReadonlyMap<number, Gtid> }
  | { readonly kind: 'postgres'; readonly lsn: bigint }
  | { readonly kind: 'galera' }

const maxLength = 1024
const maxTokens = 16
const maxDomains = 16

/** Null: unknown. */
export function parsePosition(text: string): Position | null {
  if (text.length > maxLength) return null
  const tokens = text.split(' ')
  if (tokens.length > maxTokens) return null
  let merged: Position | null = null
  for (const token of tokens) {
    const one = parseToken(token)
    const next: Position | null = one && (merged ? mergePositions(merged, one) : one)
    if (!next) return null
    merged = next
  }
  return merged
}

function parseToken(token: string): Position | null {
  if (token === 'g') return { kind: 'galera' }
  if (/^p:[0-9A-F]{1,16}$/.test(token)) return { kind: 'postgres', lsn: BigInt(`0x${token.slice(2)}`) }
  return token.startsWith('m:') ? parseGtids(token.slice(2)) : null
}

/** As MariaDB writes them: `0-1-505,2-2-9`. Null: none, or not understood. */
export function parseGtids(text: string): Position | null {
  const domains = new Map<number, Gtid>()
  for (const part of text.split(',')) {
    // https://mariadb.com/kb/en/gtid/: 32 bits, 32 bits, 64 bits.
    const match = /^\s*(\d{1,10})-(\d{1,10})-(\d{1,20})\s*$/.exec(part)
    if (!match || domains.size >= maxDomains) return null
    const [domain, server, seq] = [Number(match[1]), Number(match[2]), BigInt(match[3] as string)]
    if (domain > 0xffffffff || server > 0xffffffff || seq > 0xffffffffffffffffn) return null
    const known = domains.get(domain)
    if (!known || known.seq < seq) domains.set(domain, { server, seq })
  }
  return { kind: 'mariadb', domains }
}

/** As PostgreSQL writes it: `0/16B3748`. */
export function parseLsn(text: string): Position | null {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text)
  return match ? { kind: 'postgres', lsn: (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`) } : null
}

export function gtidsOf(position: Position): string {
  if (position.kind !== 'mariadb') return ''
  return [...position.domains].map(([domain, { server, seq }]) => `${domain}-${server}-${seq}`).join(',')
}

export function formatPosition(position: Position): string {
  if (position.kind === 'galera') return 'g'
  return position.kind === 'postgres' ? `p:${position.lsn.toString(16).toUpperCase()}` : `m:${gtidsOf(position)}`
}

/** The later of both; null when they are of two engines and have no order. */
export function mergePositions(a: Position, b: Position): Position | null {
  if (a.kind === 'postgres' && b.kind === 'postgres') return a.lsn >= b.lsn ? a : b
  if (a.kind === 'galera' && b.kind === 'galera') return a
  if (a.kind !== 'mariadb' || b.kind !== 'mariadb') return null
  const domains = new Map(a.domains)
  for (const [domain, gtid] of b.domains) {
    const known = domains.get(domain)
    if (!known || known.seq < gtid.seq) domains.set(domain, gtid)
  }
  return domains.size > maxDomains ? null : { kind: 'mariadb', domains }
}

/** Who has come to `reached` has seen `wanted`. */
export function covers(reached: Position, wanted: Position): boolean {
  if (reached.kind === 'postgres' && wanted.kind === 'postgres') return reached.lsn >= wanted.lsn
  if (reached.kind === 'galera' && wanted.kind === 'galera') return true
  if (reached.kind !== 'mariadb' || wanted.kind !== 'mariadb') return false
  for (const [domain, gtid] of wanted.domains) {
    const known = reached.domains.get(domain)
    if (!known || known.seq < gtid.seq) return false
    // The same number by another server: two histories that parted at a failover. Which one is here is not known.
    if (known.seq === gtid.seq && known.server !== gtid.server) return false
  }
  return true
}
