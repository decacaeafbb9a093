// Who is where: names, addresses and ports of the lab. The network is the lab's own, so every lab uses the same numbers.

const network = '10.77.0'

export const hostNumbers = {
  lb1: 11,
  lb2: 12,
  app1: 21,
  app2: 22,
  app3: 23,
  db1: 31,
  db2: 32,
  db3: 33,
  mail1: 41,
  mail2: 42,
  rd1: 51,
  rd2: 52,
  rd3: 53,
  mc1: 61,
  mc2: 62,
  s3: 71,
  people: 81,
} as const

export type HostName = keyof typeof hostNumbers

/** Addresses that move between hosts. */
export const floating = {
  web: `${network}.10`,
  sql: `${network}.30`,
  imap: `${network}.40`,
  smtp: `${network}.45`,
} as const

export const addressOf = (host: HostName): string => `${network}.${hostNumbers[host]}`

export const balancers = ['lb1', 'lb2'] as const satisfies readonly HostName[]
export const nodes = ['app1', 'app2', 'app3'] as const satisfies readonly HostName[]
export const redisHosts = ['rd1', 'rd2', 'rd3'] as const satisfies readonly HostName[]
export const memcachedHosts = ['mc1', 'mc2'] as const satisfies readonly HostName[]
export const mailHosts = ['mail1', 'mail2'] as const satisfies readonly HostName[]

export const webName = 'webmail.lab.test'
export const mailDomain = 'lab.test'
export const databaseName = 'paquebot'
/** Of everything in the lab: nothing of it can be reached from outside. */
export const password = 'lab-secret'

export const personAddress = (index: number): string => `p${String(index).padStart(3, '0')}@${mailDomain}`

/** /etc/hosts of every host. */
export function hostsFile(): string {
  const lines = [
    '127.0.0.1 localhost',
    `${floating.web} ${webName}`,
    ...Object.keys(hostNumbers).map((name) => `${addressOf(name as HostName)} ${name}`),
  ]
  return `${lines.join('\n')}\n`
}
