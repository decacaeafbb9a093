// How a database is named: `sqlite:/path`, `mariadb://user@host:3306/database`, `postgres://user@host:5432/database`; a socket as
// `mariadb://user@localhost/database?socket=/run/mysqld/mysqld.sock`. A password may stand in it, but a file or the environment is better.

import { BadValue, type KeyType } from './keys.ts'

export type Dsn =
  | { readonly engine: 'sqlite'; readonly path: string }
  | {
      readonly engine: 'mariadb' | 'postgres'
      readonly host: string
      readonly port: number
      readonly user: string
      /** Null: `password` or `password_file` of the section. */
      readonly password: string | null
      readonly database: string
      readonly socket: string | null
    }

const engines = {
  'mariadb:': { engine: 'mariadb', port: 3306 },
  'mysql:': { engine: 'mariadb', port: 3306 },
  'postgres:': { engine: 'postgres', port: 5432 },
  'postgresql:': { engine: 'postgres', port: 5432 },
} as const

const form = 'sqlite:/PATH, mariadb://USER@HOST[:PORT]/DATABASE or postgres://USER@HOST[:PORT]/DATABASE'

function readDsn(text: string): Dsn {
  const file = /^sqlite:(?:\/\/)?(.+)$/.exec(text)
  if (file) return { engine: 'sqlite', path: file[1] as string }
  const url = URL.parse(text)
  const known = url && engines[url.protocol as keyof typeof engines]
  const database = url?.pathname.slice(1) ?? ''
  if (!url || !known || url.hostname === '' || url.username === '' || database === '' || database.includes('/'))
    throw new BadValue(form)
  for (const name of url.searchParams.keys()) if (name !== 'socket') throw new BadValue(`${form}, and ?socket= alone`)
  return {
    engine: known.engine,
    host: decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ''),
    port: url.port === '' ? known.port : Number(url.port),
    user: decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
    database: decodeURIComponent(database),
    socket: url.searchParams.get('socket'),
  }
}

function showDsn(dsn: Dsn): string {
  if (dsn.engine === 'sqlite') return `sqlite:${dsn.path}`
  const host = dsn.host.includes(':') ? `[${dsn.host}]` : dsn.host
  const socket = dsn.socket ? `?socket=${encodeURIComponent(dsn.socket)}` : ''
  return `${dsn.engine}://${encodeURIComponent(dsn.user)}@${host}:${dsn.port}/${encodeURIComponent(dsn.database)}${socket}`
}

/** Servers of one engine. Passwords are never shown. */
export const dsnList: KeyType<readonly Dsn[]> = {
  name: 'list of databases',
  read(raw) {
    const texts = typeof raw === 'string' ? raw.split(',').map((text) => text.trim()) : raw
    if (!Array.isArray(texts)) throw new BadValue(`a list of ${form}`)
    const dsns = texts.filter((text) => text !== '').map((text) => readDsn(String(text)))
    if (new Set(dsns.map(({ engine }) => engine)).size > 1) throw new BadValue('a list of servers of one engine')
    if (dsns.length > 1 && dsns[0]?.engine === 'sqlite') throw new BadValue('one SQLite file')
    return dsns
  },
  show: (value) => JSON.stringify(value.map(showDsn)),
}
