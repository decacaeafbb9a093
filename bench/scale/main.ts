// `npm run bench:scale`: a database of a million accounts beside one of a thousand, on one MariaDB in one run: what people wait for, what
// they take in the database, and what ten thousand of them cost a node while they are idle. docs/run/sizing.md says what follows.
// Options: --accounts 1000000, --small 1000, --people 100 (who are measured, of each), --rounds 6, --idle 10000 (0: leave out).

import { parseArgs } from 'node:util'
import { runMigrate } from '#cli/migrate.ts'
import { loadConfig } from '#config/load.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox } from '#testing/servers/fill-mailbox.ts'
import { type MariadbServer, startMariadb } from '#testing/servers/mariadb.ts'
import { largeMailbox } from '../mail.ts'
import { PASSWORD } from '../stage.ts'
import { type NodeProcess, startNodeProcess } from '../start-node-process.ts'
import { idleCost } from './idle-stage.ts'
import { asked, type Place, type Spent, spendDay } from './people.ts'
import { addressOf, type RunSql, type SeededTable, seed, sizes } from './seed.ts'

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1000000' },
    small: { type: 'string', default: '1000' },
    people: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '6' },
    idle: { type: 'string', default: '10000' },
  },
})
const [accounts, small, people, rounds, idle] = [
  Number(values.accounts),
  Number(values.small),
  Number(values.people),
  Number(values.rounds),
  Number(values.idle),
]
const MAILS = 60
// A tenth of the memory of the machines that docs/run/sizing.md speaks of; nothing here is of the default of 32 MB that tests get by with.
const SERVER = 'innodb_buffer_pool_size=1536M\ninnodb_log_file_size=512M\nmax_connections=200\nskip_log_bin\n'

const say = (line: string) => console.log(`  ${line}`)
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const ms = (value: number) => value.toFixed(2)
const row = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`)

interface Measured {
  readonly place: Place
  readonly accounts: number
  readonly tables: readonly SeededTable[]
  readonly node: NodeProcess
}

const closers: (() => Promise<unknown>)[] = []
try {
  const mariadb = await startMariadb(SERVER)
  closers.push(() => mariadb.stop())
  // Spread over all accounts, from the first to the last.
  const sample = (of: number) =>
    Array.from({ length: people }, (_, n) => addressOf(1 + Math.floor((n * (of - 1)) / people)))
  const everybody = [...new Set([...sample(small), ...sample(accounts)])]
  const dovecot = await startDovecot({ users: Object.fromEntries(everybody.map((address) => [address, PASSWORD])) })
  closers.push(dovecot.stop)
  say(`making ${MAILS} messages for each of ${everybody.length} people`)
  const mails = [...largeMailbox(MAILS, 0, Date.UTC(2026, 9, 1))]
  for (const address of everybody)
    await fillMailbox({ port: dovecot.imapPort, username: address, password: PASSWORD }, mails, () => {})

  const measured: Measured[] = []
  for (const size of [small, accounts]) {
    const name = `people_${size}`
    const { run, dsn } = await makeDatabase(mariadb, name)
    say(`seeding ${size} accounts`)
    await seed(run, size, say)
    const tables = await sizes(run)
    const node = await startNodeProcess({
      sql: { write: [dsn] },
      session: { failuresPerRemote: 100_000 },
      mailServers: {
        imap: `imap+insecure://127.0.0.1:${dovecot.imapPort}`,
        smtp: 'smtp+insecure://127.0.0.1:9',
        sieve: `sieve+insecure://127.0.0.1:${dovecot.sievePort}`,
      },
    })
    closers.push(node.stop)
    measured.push({ place: { name, url: node.url, addresses: sample(size) }, accounts: size, tables, node })
  }
  say('measuring')
  const spent = await spendDay(
    measured.map(({ place }) => place),
    rounds,
  )
  await printWaits(measured, spent)
  for (const { accounts: count, tables } of measured) printRows(count, tables)
  for (const { node } of measured) await node.stop()
  closers.splice(2) // The nodes have ended.
  if (idle > 0) {
    say(`signing in ${idle} people who stay`)
    const { dsn } = await makeDatabase(mariadb, 'idle')
    printIdle(await idleCost(idle, { sql: { write: [dsn] }, session: { failuresPerRemote: 100_000 } }, say))
  }
} finally {
  for (const close of closers.reverse()) await close()
}

async function makeDatabase(mariadb: MariadbServer, name: string): Promise<{ run: RunSql; dsn: string }> {
  const dsn = mariadb.dsn().replace(/[^/]+$/, name)
  const user = new URL(dsn).username
  await mariadb.sql(
    `create database ${name} character set utf8mb4 collate utf8mb4_nopad_bin; grant all on ${name}.* to ${user}@'%'`,
  )
  const config = loadConfig({ file: null, environment: {}, options: { sql: { write: [dsn] } } })
  const status = await runMigrate(config, 'apply', () => {})
  if (status !== 0) throw new Error(`migrate apply: ${status}`)
  return {
    dsn,
    run: async (statement) =>
      (await mariadb.sql(`use ${name}; ${statement}`))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t')),
  }
}

async function printWaits(measured: readonly Measured[], spent: ReadonlyMap<Place, Spent>): Promise<void> {
  console.log('\np50 / p99 in ms, through a whole node each, by turns.\n')
  row(['', ...measured.map((one) => `${one.accounts} accounts`), 'ratio of p50', 'ratio of p99'])
  row(['---', ...measured.map(() => '---:'), '---:', '---:'])
  const [few, many] = measured.map(({ place }) => spent.get(place) as Spent) as [Spent, Spent]
  for (const what of asked) {
    const [a, b] = [few[what], many[what]]
    row([
      what,
      ...[a, b].map(({ p50Ms, p99Ms }) => `${ms(p50Ms)} / ${ms(p99Ms)}`),
      (b.p50Ms / a.p50Ms).toFixed(2),
      (b.p99Ms / a.p99Ms).toFixed(2),
    ])
  }
  const usage = await Promise.all(measured.map(({ node }) => node.ask('usage')))
  row(['heap of the node', ...usage.map(({ heapBytes }) => `${(heapBytes / 1e6).toFixed(0)} MB`), '', ''])
  row([
    'resident memory of the node',
    ...usage.map(({ residentBytes }) => `${(residentBytes / 1e6).toFixed(0)} MB`),
    '',
    '',
  ])
}

function printRows(count: number, tables: readonly SeededTable[]): void {
  console.log(`\nRows and octets of an account, of ${count}\n`)
  row(['table', 'rows', 'octets with indexes'])
  row(['---', '---:', '---:'])
  for (const { name, rows, bytes } of tables) row([name, (rows / count).toFixed(1), String(Math.round(bytes / count))])
  const total = (pick: (table: SeededTable) => number) => tables.reduce((sum, table) => sum + pick(table), 0)
  row(['all', (total(({ rows }) => rows) / count).toFixed(1), String(Math.round(total(({ bytes }) => bytes) / count))])
}

function printIdle({
  people: count,
  before,
  after,
  imapConnections,
  openStreams,
}: Awaited<ReturnType<typeof idleCost>>): void {
  const each = (pick: (usage: typeof after) => number) => (pick(after) - pick(before)) / count
  console.log(
    `\n${count} people signed in and idle, each with an event stream; ${openStreams} streams were open at the end\n`,
  )
  row(['', 'in all', 'each'])
  row(['---', '---:', '---:'])
  row(['heap', `${(after.heapBytes / 1e6).toFixed(0)} MB`, kB(each(({ heapBytes }) => heapBytes))])
  row([
    'resident memory',
    `${(after.residentBytes / 1e6).toFixed(0)} MB`,
    kB(each(({ residentBytes }) => residentBytes)),
  ])
  row(['file descriptors', String(after.fileDescriptors), each(({ fileDescriptors }) => fileDescriptors).toFixed(2)])
  row(['IMAP connections', String(imapConnections), (imapConnections / count).toFixed(2)])
}
