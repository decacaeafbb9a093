// Private PostgreSQL servers: one, or a primary with a streaming replica; own data and ports, in the foreground under our pid. As root
// they run as the user `postgres`, for PostgreSQL refuses root. Nothing of the system's own PostgreSQL is read or touched.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { appendFile, chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'
import { run, type ServerProcess, spawnServer } from './process.ts'

export interface PostgresServer {
  readonly host: string
  readonly port: number
  readonly pid: number
  /** For `[sql] write` and `read`; `port`: of a proxy before it. */
  dsn(port?: number): string
  /** Of a user who may make databases. */
  readonly adminDsn: string
  /** As superuser; answers rows as lines of tabs. */
  sql(text: string): Promise<string>
  kill(signal: NodeJS.Signals): void
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface PostgresPair {
  readonly writer: PostgresServer
  readonly replica: PostgresServer
  /** The replica applies everything so much later. */
  delay(seconds: number): Promise<void>
  promote(): Promise<void>
  stop(): Promise<void>
}

const user = 'paquebot'
const password = 'secret'
const database = 'paquebot'
const readyTimeoutMs = 30_000

/** Debian keeps the programs of each version apart, and none but psql in the path. */
function programs(): string {
  const root = '/usr/lib/postgresql'
  const versions = readdirSync(root).map(Number).filter(Number.isFinite)
  if (versions.length === 0) throw new Error('postgresql is not installed')
  return join(root, String(Math.max(...versions)), 'bin')
}

const isRoot = process.getuid?.() === 0
const asOwner = (command: string, args: readonly string[]): [string, string[]] =>
  isRoot
    ? ['setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups', command, ...args]]
    : [command, [...args]]

async function ownedFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pq-postgres-'))
  await chmod(folder, 0o755)
  if (isRoot) {
    const [uid, gid] = execFileSync('id', ['-u', 'postgres'])
      .toString()
      .concat(execFileSync('id', ['-g', 'postgres']).toString())
      .trim()
      .split('\n')
      .map(Number) as [number, number]
    await chown(folder, uid, gid)
  }
  return folder
}

async function startOn(folder: string, settings: string): Promise<PostgresServer> {
  const bin = programs()
  const data = join(folder, 'data')
  const [port] = (await freePorts(1)) as [number]
  await appendFile(
    join(data, 'postgresql.conf'),
    `\nlisten_addresses='127.0.0.1'\nport=${port}\nunix_socket_directories='${folder}'\nshared_buffers=32MB\nmax_connections=200\n${settings}\n`,
  )
  let server: ServerProcess
  const sql = (text: string, on = 'postgres') =>
    run(
      'psql',
      [
        '-X',
        '-q',
        '-h',
        folder,
        '-p',
        String(port),
        '-U',
        'postgres',
        '-d',
        on,
        '-At',
        '-F',
        '\t',
        '-v',
        'ON_ERROR_STOP=1',
      ],
      {
        input: text,
      },
    )

  async function start(): Promise<void> {
    const [command, args] = asOwner(join(bin, 'postgres'), ['-D', data])
    // A fast shutdown: sessions are ended, what was committed is kept.
    server = spawnServer(command, args, { cwd: folder, stopSignal: 'SIGINT', deathSignal: 'KILL' })
    const deadline = performance.now() + readyTimeoutMs
    while (performance.now() < deadline) {
      if (server.hasEnded()) throw new Error(`postgres did not start: ${server.output()}`)
      if (
        await sql('select 1').then(
          () => true,
          () => false,
        )
      )
        return
      await sleep(30)
    }
    throw new Error(`postgres was not ready in time: ${server.output()}`)
  }
  await start()
  return {
    host: '127.0.0.1',
    port,
    get pid() {
      return server.pid
    },
    adminDsn: `postgres://postgres@127.0.0.1:${port}/postgres`,
    dsn: (at) => `postgres://${user}:${password}@127.0.0.1:${at ?? port}/${database}`,
    sql: (text) => sql(text, database).catch(() => sql(text)),
    kill(signal) {
      // Its children are groups of their own.
      const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ')
      server.kill(signal)
      for (const child of children.filter(Boolean)) {
        try {
          process.kill(Number(child), signal)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
        }
      }
    },
    async restart() {
      await server.stop()
      await start()
    },
    async stop() {
      // The data goes with it: no orderly end is worth its time.
      server.kill('SIGKILL')
      server.kill('SIGCONT')
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Without `settings` it is fast and forgets what a power cut would take; a SIGKILL takes nothing. */
export async function startPostgres(settings = 'fsync=off'): Promise<PostgresServer> {
  const folder = await ownedFolder()
  const [command, args] = asOwner(join(programs(), 'initdb'), [
    ...['-D', join(folder, 'data'), '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
  ])
  await run(command, args)
  const server = await startOn(folder, settings)
  await server.sql(`create role ${user} login password '${password}'`)
  await server.sql(`grant pg_monitor to ${user}`)
  await server.sql(`create database ${database} owner ${user}`)
  return server
}

/** A primary, and a standby that has each commit on disk before its client hears of it. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const writer = await startPostgres('hot_standby=on\nmax_wal_senders=5\nwal_keep_size=64MB')
  const folder = await ownedFolder()
  const data = join(folder, 'data')
  const [command, args] = asOwner(join(programs(), 'pg_basebackup'), [
    ...['-D', data, '-h', '127.0.0.1', '-p', String(writer.port), '-U', 'postgres', '-R', '-c', 'fast', '--no-sync'],
  ])
  await run(command, args)
  await writeFile(join(data, 'postgresql.conf'), '')
  const replica = await startOn(folder, 'hot_standby=on')
  await writer.sql("alter system set synchronous_standby_names = '*'; select pg_reload_conf()")
  return {
    writer,
    replica,
    async delay(seconds) {
      await replica.sql(`alter system set recovery_min_apply_delay = '${seconds}s'`)
      await replica.sql('select pg_reload_conf()')
    },
    async promote() {
      await replica.sql("alter system set synchronous_standby_names = ''")
      await replica.sql('select pg_reload_conf()')
      await replica.sql('select pg_promote()')
    },
    async stop() {
      await Promise.all([writer.stop(), replica.stop()])
    },
  }
}
