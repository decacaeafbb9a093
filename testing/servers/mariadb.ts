// Private MariaDB servers: one, a pair (GTID, semi-sync), or a Galera cluster; own data, sockets and ports, in the foreground under our pid.
// Nothing of the system's own MariaDB is read or touched.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'
import { run, type ServerProcess, spawnServer } from './process.ts'

export interface MariadbServer {
  readonly host: string
  readonly port: number
  readonly pid: number
  /** For `[sql] write` and `read`; `port`: of a proxy before it. */
  dsn(port?: number): string
  /** Of a user who may make databases; without one. */
  readonly adminDsn: string
  /** As root, over the socket; answers rows as lines of tabs. */
  sql(text: string): Promise<string>
  log(): Promise<string>
  /** SIGKILL is a crash, SIGSTOP a hang, SIGCONT its end. */
  kill(signal: NodeJS.Signals): void
  /** Ends it if it still runs and starts it again on the same port and data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface MariadbPair {
  readonly writer: MariadbServer
  readonly replica: MariadbServer
  /** The replica applies everything so much later. */
  delay(seconds: number): Promise<void>
  /** The replica drains what it has received and may be written to. */
  promote(): Promise<void>
  stop(): Promise<void>
}

const user = 'paquebot'
const password = 'secret'
const database = 'paquebot'

// Root may start it, but then it runs as its own user: rsync, by which Galera copies, serves no files of root.
const isRoot = process.getuid?.() === 0
const readyTimeoutMs = 30_000
const galeraProvider = '/usr/lib/galera/libgalera_smm.so'

const common = `
skip_name_resolve=1
performance_schema=OFF
innodb_buffer_pool_size=32M
innodb_log_file_size=8M
character_set_server=utf8mb4
collation_server=utf8mb4_nopad_bin
binlog_format=ROW
`

// What an operator sets for a pair whose acknowledged commits are on both: docs/run/database.md.
const replicated = (id: number) => `
server_id=${id}
gtid_domain_id=${id}
log_bin=bin
relay_log=relay
log_slave_updates=1
gtid_strict_mode=1
sync_binlog=1
innodb_flush_log_at_trx_commit=1
rpl_semi_sync_slave_enabled=1
rpl_semi_sync_master_wait_point=AFTER_SYNC
rpl_semi_sync_master_timeout=1000
rpl_semi_sync_master_wait_no_slave=0
`

async function makeData(folder: string): Promise<void> {
  await run('mariadb-install-db', [
    '--no-defaults',
    `--datadir=${folder}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=8M',
    ...(isRoot ? ['--user=root'] : []),
  ])
}

interface Started extends MariadbServer {
  readonly dataDir: string
  /** An orderly end that leaves the data. */
  halt(): Promise<void>
}

/** `data`: a folder of data to begin with; it is copied. */
async function startOne(options: {
  readonly data: string
  readonly config: string
  readonly args?: readonly string[]
}): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'pq-mariadb-'))
  const dataDir = join(folder, 'data')
  // Its temporary tables lie in the folder too (tmpdir below): a server that starts deletes those it finds, whosever they are.
  await cp(options.data, dataDir, { recursive: true })
  if (isRoot) await run('chown', ['-R', 'mysql:', folder])
  const socket = join(folder, 's')
  const file = join(folder, 'my.cnf')
  let port = 0
  let server: ServerProcess | null = null

  async function start(args: readonly string[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      if (port === 0 || tries > 0) port = (await freePorts(1))[0] as number
      const owner = isRoot ? 'user=mysql\n' : ''
      await writeFile(
        file,
        `[mariadbd]\n${owner}datadir=${dataDir}\ntmpdir=${folder}\nsocket=${socket}\npid_file=${folder}/pid\nport=${port}\nbind_address=127.0.0.1\nlog_error=${folder}/log.err\n${common}${options.config}`,
      )
      server = spawnServer('mariadbd', [`--defaults-file=${file}`, ...args], { deathSignal: 'KILL' })
      if (await waitUntilReady()) return
      if (tries >= 3) throw new Error(`mariadbd did not start: ${server.output()}\n${await readLog()}`)
    }
  }

  const readLog = () => readFile(join(folder, 'log.err'), 'utf8').catch(() => '')
  const sql = (text: string) =>
    run('mariadb', ['--no-defaults', '-uroot', '-S', socket, '-N', '-B', '--connect-timeout=5'], { input: text })

  async function waitUntilReady(): Promise<boolean> {
    const deadline = performance.now() + readyTimeoutMs
    while (performance.now() < deadline) {
      if (server?.hasEnded()) return false
      // On a Galera node that is still joining, a question about a table is refused.
      if (
        await sql('select count(*) from mysql.user').then(
          () => true,
          () => false,
        )
      )
        return true
      await sleep(30)
    }
    throw new Error(`mariadbd was not ready in time: ${await readLog()}`)
  }

  await start(options.args ?? [])
  return {
    host: '127.0.0.1',
    get port() {
      return port
    },
    get pid() {
      return server?.pid ?? 0
    },
    dataDir,
    get adminDsn() {
      return `mariadb://admin:${password}@127.0.0.1:${port}/mysql`
    },
    dsn: (at) => `mariadb://${user}:${password}@127.0.0.1:${at ?? port}/${database}`,
    sql,
    log: readLog,
    kill: (signal) => server?.kill(signal),
    async restart() {
      await server?.stop()
      // A node that began the cluster comes back as one that joins it.
      await start([])
    },
    halt: async () => server?.stop(20_000),
    async stop() {
      // The data goes with it: no orderly end is worth its time.
      server?.kill('SIGKILL')
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const makeUser = `create database ${database} character set utf8mb4 collate utf8mb4_nopad_bin;
create user ${user}@'%' identified by '${password}';
grant all on ${database}.* to ${user}@'%'; grant replica monitor on *.* to ${user}@'%';
create user admin@'%' identified by '${password}'; grant all on *.* to admin@'%';`
const makeReplicator = `create user repl@'%' identified by 'repl'; grant replication slave on *.* to repl@'%';`

async function withData<T>(work: (data: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'pq-mariadb-data-'))
  try {
    await makeData(join(folder, 'data'))
    return await work(join(folder, 'data'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One server, with binary log. `config`: more lines for its option file. */
export async function startMariadb(config = ''): Promise<MariadbServer> {
  const server = await withData((data) => startOne({ data, config: `server_id=1\nlog_bin=bin\n${config}` }))
  await server.sql(makeUser)
  return server
}

/** A writer with a replica that acknowledges each commit before its client hears of it. */
export async function startMariadbPair(): Promise<MariadbPair> {
  const [writer, replica] = await withData((data) =>
    Promise.all([
      startOne({ data, config: `${replicated(1)}rpl_semi_sync_master_enabled=1\n` }),
      startOne({ data, config: `${replicated(2)}read_only=1\n` }),
    ]),
  )
  // On each by itself: neither is to be told by the other.
  for (const server of [writer, replica]) await server.sql(`set sql_log_bin=0; ${makeUser} ${makeReplicator}`)
  await replica.sql(
    `change master to master_host='127.0.0.1', master_port=${writer.port}, master_user='repl', master_password='repl',
     master_use_gtid=slave_pos, master_connect_retry=1, master_heartbeat_period=1; start slave;`,
  )
  return {
    writer,
    replica,
    async delay(seconds) {
      await replica.sql(`stop slave; change master to master_delay=${seconds}; start slave;`)
    },
    async promote() {
      await replica.sql(`stop slave io_thread; select master_gtid_wait(@@global.gtid_slave_pos, 10);
        stop slave; reset slave all; set global read_only=0;`)
    },
    async stop() {
      await Promise.all([writer.stop(), replica.stop()])
    },
  }
}

/** Three nodes, all writable. They begin with the same data, so that none has to fetch it whole. */
export async function startGalera(): Promise<readonly MariadbServer[]> {
  const ports = await freePorts(9)
  const addresses = [0, 1, 2].map((at) => `127.0.0.1:${ports[at]}`)
  const config = (at: number) => `
server_id=${at + 1}
innodb_autoinc_lock_mode=2
wsrep_on=ON
wsrep_provider=${galeraProvider}
wsrep_cluster_name=pq
wsrep_cluster_address=gcomm://${addresses.join(',')}
wsrep_node_name=node${at + 1}
wsrep_node_address=${addresses[at]}
wsrep_sst_method=rsync
wsrep_sst_receive_address=127.0.0.1:${ports[3 + at]}
wsrep_slave_threads=2
wsrep_provider_options="gmcast.listen_addr=tcp://${addresses[at]};ist.recv_addr=127.0.0.1:${ports[6 + at]};gcache.size=16M;evs.suspect_timeout=PT1S;evs.inactive_timeout=PT2S;evs.install_timeout=PT2S;evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.2S"
`
  const bootstrap = ['--wsrep-new-cluster']
  const seed = await withData((data) => startOne({ data, config: config(0), args: bootstrap }))
  try {
    await seed.sql(makeUser)
    await seed.halt()
    const start = (at: number) => startOne({ data: seed.dataDir, config: config(at), args: at === 0 ? bootstrap : [] })
    return [await start(0), await start(1), await start(2)]
  } finally {
    await seed.stop()
  }
}
