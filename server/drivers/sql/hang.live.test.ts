// A server that hangs with its sockets open (SIGSTOP): whatever is asked of it ends in time with an error that says so, connecting included, and
// when it wakes it is used again. And TLS: a server whose certificate is not trusted is not spoken to.

import assert from 'node:assert/strict'
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { eventually } from '#testing/eventually.ts'
import { migrateServer, serverOf, splitOptions } from '#testing/server-sql.ts'
import { makeCertificate } from '#testing/servers/certificate.ts'
import { startMariadb } from '#testing/servers/mariadb.ts'
import { startPostgres } from '#testing/servers/postgres.ts'
import { run } from '#testing/servers/process.ts'
import { openSingleConnection } from './single-connection.ts'
import { openSplit, type SplitOptions } from './split.ts'

interface Tables {
  setting: { account: string; name: string; value: string; version: number }
}

const options: SplitOptions = {
  ...splitOptions,
  connectTimeoutMs: 1000,
  checkTimeoutMs: 700,
  statementTimeoutMs: 2000,
  retryForMs: 1500,
}
/** A wait for a writer, then one more try that has a statement's time: with room for a busy machine. */
const boundMs = 12_000

for (const [engine, start] of Object.entries({ MariaDB: startMariadb, PostgreSQL: startPostgres })) {
  describe(engine, () => {
    let server: Awaited<ReturnType<typeof start>>
    before(async () => {
      server = await start()
      await migrateServer(server.dsn())
    })
    after(() => server.stop())

    test('a hung server fails each call in time, and is used again when it wakes', async (t) => {
      const { engine: driver, server: address } = serverOf(server.dsn())
      const db = await openSplit(driver, { write: [address], read: [address] }, options)
      const sql = db.for<Tables>()
      const write = () =>
        sql.write({ position: null }, (tx) => tx.deleteFrom('setting').where('account', '=', 'a').execute())
      const calls = {
        write,
        read: () => sql.read({ position: null }).selectFrom('setting').selectAll().execute(),
        readFresh: () => sql.readFresh().selectFrom('setting').selectAll().execute(),
        open: async () => {
          const connection = await openSingleConnection(driver, address, options.connectTimeoutMs)
          await connection.close()
        },
      }
      for (const call of Object.values(calls)) await call()
      server.kill('SIGSTOP')
      for (const [name, call] of Object.entries(calls)) {
        const from = performance.now()
        await assert.rejects(call(), (error) => isFailure(error, 'unavailable', 'timeout'), name)
        const took = Math.round(performance.now() - from)
        t.diagnostic(`${name}: ${took} ms`)
        assert.ok(took < boundMs, `${name} took ${took} ms`)
      }
      // A node that starts now starts, and says what is missing when it is asked.
      const late = await openSplit(driver, { write: [address], read: [] }, options)
      await late.close()
      server.kill('SIGCONT')
      await eventually(
        () =>
          write().then(
            () => true,
            () => false,
          ),
        Boolean,
        'written to again',
      )
      await db.close()
    })

    test('a statement that runs too long is ended, and the next one is not', async () => {
      const { engine: driver, server: address } = serverOf(server.dsn())
      const db = await openSplit(driver, { write: [address], read: [] }, { ...options, statementTimeoutMs: 1000 })
      const sql = db.for<Tables>()
      const cross = 'setting as a, setting as b, setting as c, setting as d'
      await sql.write({ position: null }, async (tx) => {
        const rows = Array.from({ length: 400 }, (_, at) => ({ account: 'x', name: `n${at}`, value: 'v', version: at }))
        await tx.insertInto('setting').values(rows).execute()
      })
      const endless = sql
        .readFresh()
        .selectFrom(cross.split(', ') as never)
        .select(({ fn }: { fn: { countAll(): { as(name: string): unknown } } }) => [fn.countAll().as('count')] as never)
        .execute()
      await assert.rejects(endless, (error) => isFailure(error, 'timeout'))
      assert.equal((await sql.readFresh().selectFrom('setting').select('name').execute()).length, 400)
      await db.close()
    })
  })
}

test('TLS: who is not of our authority, or of another name, is refused, and what is sent is encrypted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pq-sql-tls-'))
  await chmod(folder, 0o755)
  const { certPath, keyPath } = await makeCertificate(folder)
  await chmod(keyPath, 0o644)
  const [mariadb, postgres] = await Promise.all([
    startMariadb(`ssl_cert=${certPath}\nssl_key=${keyPath}\n`),
    startPostgres(`ssl=on\nssl_cert_file='${certPath}'\nssl_key_file='${await ownKey(folder, keyPath)}'`),
  ])
  try {
    const ca = await readFile(certPath, 'utf8')
    for (const [dsn, cipher] of [
      [
        mariadb.dsn(),
        "select variable_value as cipher from information_schema.session_status where variable_name = 'ssl_cipher'",
      ],
      [postgres.dsn(), 'select cipher from pg_stat_ssl where pid = pg_backend_pid()'],
    ] as const) {
      const { engine, server } = serverOf(dsn)
      const open = (tls: { ca: string | null; isVerified: boolean }) =>
        openSingleConnection(engine, { ...server, host: 'localhost', tls }, 5000)
      for (const tls of [
        { ca, isVerified: true },
        { ca: null, isVerified: false },
      ]) {
        const encrypted = await open(tls)
        assert.match(String((await encrypted.query(cipher)).rows[0]?.cipher), /\w{5}/)
        await encrypted.close()
      }
      await assert.rejects(open({ ca: null, isVerified: true }), (error) => isFailure(error, 'unavailable'))
    }
    // The same key, trusted, for another name.
    await run('openssl', [
      'req',
      '-x509',
      '-key',
      keyPath,
      '-days',
      '9',
      '-subj',
      '/CN=db.example.test',
      '-out',
      certPath,
    ])
    await mariadb.sql('flush ssl')
    await postgres.sql('select pg_reload_conf()')
    const other = await readFile(certPath, 'utf8')
    for (const dsn of [mariadb.dsn(), postgres.dsn()]) {
      const { engine, server } = serverOf(dsn)
      const open = (isVerified: boolean) =>
        openSingleConnection(engine, { ...server, host: 'localhost', tls: { ca: other, isVerified } }, 5000)
      await eventually(
        () =>
          open(true).then(
            (connection) => connection.close().then(() => true),
            () => false,
          ),
        (isOpen) => !isOpen,
        'it is refused',
      )
      await (await open(false)).close()
    }
  } finally {
    await Promise.all([mariadb.stop(), postgres.stop()])
    await rm(folder, { recursive: true })
  }
})

/** PostgreSQL takes no key that others may read. */
async function ownKey(folder: string, keyPath: string): Promise<string> {
  const own = join(folder, 'own.key')
  await copyFile(keyPath, own)
  await chmod(own, 0o600)
  if (process.getuid?.() === 0) await run('chown', ['postgres:', own])
  return own
}
