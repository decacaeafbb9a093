// What the servers of `[sql]` can and cannot promise, for an operator: `paquebot sql check`. It looks and changes nothing. A fault is what
// breaks a promise of ours, a weakness what breaks it together with something else.

import { isFailure } from '#core/errors.ts'
import { checkMariadb } from './check-mariadb.ts'
import { checkPostgres } from './check-postgres.ts'
import { nameOf } from './connection.ts'
import type { Engine, Query, ServerState, SqlServer } from './engine.ts'
import { covers } from './position.ts'
import { openSingleConnection, type SingleConnection } from './single-connection.ts'

export interface Finding {
  readonly level: 'ok' | 'weak' | 'fault'
  /** A server, or `all`. */
  readonly server: string
  readonly text: string
}

export type Role = 'write' | 'read'

/** What must be the same on all servers. */
export type Traits = Readonly<Record<string, string>>

export interface ServerCheck {
  readonly findings: readonly Omit<Finding, 'server'>[]
  readonly traits: Traits
}

export interface ServerToCheck {
  readonly query: Query
  readonly state: ServerState
  readonly role: Role
  readonly hasReplicas: boolean
  /** Connections that one node may open. */
  readonly poolMax: number
}

interface Looked {
  readonly server: SqlServer
  readonly role: Role
  readonly connection: SingleConnection
  readonly state: ServerState
}

const lagLookMs = 3000

export async function checkServers(
  engine: Engine,
  servers: { readonly write: readonly SqlServer[]; readonly read: readonly SqlServer[] },
  options: { readonly connectTimeoutMs: number; readonly poolMax: number },
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const looked: Looked[] = []
  const roles = [
    ...servers.write.map((server) => ({ server, role: 'write' as const })),
    ...servers.read.map((server) => ({ server, role: 'read' as const })),
  ]
  try {
    for (const { server, role } of roles) {
      try {
        const connection = await openSingleConnection(engine, server, options.connectTimeoutMs)
        looked.push({ server, role, connection, state: await engine.state(connection.query) })
      } catch (error) {
        const why = isFailure(error) && error.cause instanceof Error ? error.cause.message : String(error)
        findings.push({ level: 'fault', server: nameOf(server), text: `cannot be used: ${why}` })
      }
    }
    const all: { readonly name: string; readonly traits: Traits }[] = []
    for (const { server, role, connection, state } of looked) {
      const check = engine.name === 'mariadb' ? checkMariadb : checkPostgres
      const one = await check({
        query: connection.query,
        state,
        role,
        hasReplicas: servers.read.length > 0 || servers.write.length > 1,
        poolMax: options.poolMax,
      })
      const name = nameOf(server)
      findings.push(...one.findings.map((finding) => ({ ...finding, server: name })))
      if (state.broken !== null) findings.push({ level: 'fault', server: name, text: `as a replica: ${state.broken}` })
      all.push({ name, traits: one.traits })
    }
    findings.push(...writersOf(looked), ...differencesOf(all), ...(await lagOf(engine, looked)))
  } finally {
    for (const { connection } of looked) await connection.close()
  }
  return findings
}

function writersOf(looked: readonly Looked[]): Finding[] {
  const writable = looked.filter(({ role, state }) => role === 'write' && state.isWritable)
  const names = writable.map(({ server }) => nameOf(server)).join(', ')
  if (writable.length === 0)
    return [
      { level: 'fault', server: 'all', text: 'none of sql.write may be written to (read_only, or all are replicas)' },
    ]
  if (writable.length > 1 && !writable.every(({ state }) => state.isGalera))
    return [
      {
        level: 'fault',
        server: 'all',
        text: `${names} are writable at once: two nodes may write to two of them, and what both change differs for ever. Set read_only on all but one, and let what promotes a server lift it.`,
      },
    ]
  const writableReaders = looked.filter(({ role, state }) => role === 'read' && state.isWritable && !state.isGalera)
  return [
    { level: 'ok', server: 'all', text: `written to: ${names}` },
    ...writableReaders
      .filter(({ state }) => !writable.some((writer) => writer.state.identity === state.identity))
      .map(({ server }) => ({
        level: 'weak' as const,
        server: nameOf(server),
        text: 'a replica that may be written to: one stray write stops its replication. Set read_only=1.',
      })),
  ]
}

function differencesOf(all: readonly { readonly name: string; readonly traits: Traits }[]): Finding[] {
  const findings: Finding[] = []
  for (const trait of Object.keys(all[0]?.traits ?? {})) {
    const values = new Set(all.map(({ traits }) => traits[trait]))
    if (values.size > 1)
      findings.push({
        level: 'fault',
        server: 'all',
        text: `${trait} differs: ${all.map(({ name, traits }) => `${name} has ${traits[trait]}`).join(', ')}`,
      })
  }
  return findings
}

/** How long each replica takes to come to where the writer is now. */
async function lagOf(engine: Engine, looked: readonly Looked[]): Promise<Finding[]> {
  const writer = looked.find(({ role, state }) => role === 'write' && state.isWritable)
  const position = writer && !writer.state.isGalera ? await engine.position(writer.connection.query) : null
  if (!writer) return []
  const findings: Finding[] = []
  for (const { server, role, connection, state } of looked) {
    if (role !== 'read' || state.isGalera || state.identity === writer.state.identity) continue
    if (!position) {
      findings.push({
        level: 'fault',
        server: nameOf(server),
        text: 'the writer has no position (log_bin is off, or nothing was ever written): as long as nobody can know what this replica has, it is not read from',
      })
      continue
    }
    const start = performance.now()
    const reached = await engine.reached(connection.query, position, lagLookMs)
    const took = Math.round(performance.now() - start)
    findings.push(
      reached && covers(reached, position)
        ? { level: 'ok', server: nameOf(server), text: `has what the writer had ${took} ms ago` }
        : {
            level: 'weak',
            server: nameOf(server),
            text: `was more than ${lagLookMs / 1000} s behind: reads of people who have just written go to the writer`,
          },
    )
  }
  return findings
}
