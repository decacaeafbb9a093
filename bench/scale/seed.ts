// People by the million, made inside MariaDB by its SEQUENCE engine: for each an account, identities, settings, states and a history of
// sessions, such as a year of use leaves. Ids and keys are those that the server itself would make.

import { accountIdOf } from '#domain/accounts/index.ts'

export interface SeededTable {
  readonly name: string
  /** In all. */
  readonly rows: number
  /** Data and indexes, octets, as InnoDB counts them after ANALYZE. */
  readonly bytes: number
}

/** Runs one statement and gives its rows, of texts. */
export type RunSql = (statement: string) => Promise<readonly (readonly string[])[]>

const CHUNK = 100_000
const SETTINGS_PER_PERSON = 6
const SESSIONS_PER_PERSON = 4
const STATES = ['Identity', 'Settings', 'EmailSubmission']
const SEEDED = ['account', 'identity', 'setting', 'change_state', 'session']

export const addressOf = (n: number): string => `person${n}@example.test`

// accountIdOf of domain/accounts, in SQL: `checkIds` proves that they agree.
const ID_SQL = `CONCAT('a', TRIM(TRAILING '=' FROM REPLACE(REPLACE(TO_BASE64(UNHEX(LEFT(SHA2(CONCAT('person', seq, '@example.test'), 256), 32))), '+', '-'), '/', '_')))`

/** Into an empty, migrated schema. `say` hears of each table. */
export async function seed(run: RunSql, people: number, say: (line: string) => void): Promise<void> {
  await run(
    'CREATE TABLE seed_person (k INT NOT NULL AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, id VARCHAR(64) CHARACTER SET ascii NOT NULL) ENGINE=InnoDB',
  )
  // In the order of the primary keys that follow: a clustered index is filled from left to right.
  await run(
    `INSERT INTO seed_person (n, id) SELECT seq, ${ID_SQL} AS id FROM seq_1_to_${people} ORDER BY CONVERT(id USING ascii) COLLATE ascii_bin`,
  )
  await checkIds(run)
  const now = Date.now()
  const address = `CONCAT('person', n, '@example.test')`
  const tables: readonly (readonly [table: string, columns: string, select: string])[] = [
    ['account', 'id, address, created_at', `id, ${address}, ${now} - n FROM seed_person`],
    [
      'identity',
      'account, id, email, name, reply_to, bcc, text_signature, html_signature, may_delete, version',
      `id, CONCAT('i', LEFT(MD5(n), 20)), ${address}, CONCAT('Person ', n), NULL, NULL, CONCAT('Kind regards\\nPerson ', n), CONCAT('<p>Kind regards</p><p>Person ', n, '</p>'), 0, 1 FROM seed_person`,
    ],
    [
      'setting',
      'account, name, value, version',
      `id, CONCAT('subject-', seq), CONCAT('{"theme":"dark","density":"compact","order":', n, ',"labels":["one","two","three"]}'), seq FROM seed_person JOIN seq_1_to_${SETTINGS_PER_PERSON}`,
    ],
    [
      'change_state',
      'account, type, seq, oldest',
      `id, type, 20, 0 FROM seed_person JOIN (${STATES.map((type) => `SELECT '${type}' AS type`).join(' UNION ALL ')}) AS types`,
    ],
    [
      'session',
      'id, account, address, kind, label, remote_address, created_at, expires_at, idle_ms, ends_at, last_seen_at, scopes, sealed, version',
      `SHA2(CONCAT(n, '-', seq), 256), id, ${address}, 'cookie', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', '198.51.100.7', ${now} - 86400000, ${now} + 7776000000, 2592000000, ${now} + 2592000000, ${now} - seq * 3600000, NULL, REPEAT('sealed', 40), 1 FROM seed_person JOIN seq_1_to_${SESSIONS_PER_PERSON}`,
    ],
  ]
  for (const [table, columns, select] of tables) {
    const from = performance.now()
    for (let k = 0; k < people; k += CHUNK)
      await run(`INSERT INTO ${table} (${columns}) SELECT ${select} WHERE k > ${k} AND k <= ${k + CHUNK} ORDER BY k`)
    say(`${table}: ${((performance.now() - from) / 1000).toFixed(1)} s`)
  }
  await run('DROP TABLE seed_person')
  await run(`ANALYZE TABLE ${SEEDED.join(', ')}`)
}

async function checkIds(run: RunSql): Promise<void> {
  for (const [n, id] of await run('SELECT n, id FROM seed_person WHERE k <= 20')) {
    const wanted = accountIdOf(addressOf(Number(n)))
    if (id !== wanted) throw new Error(`the id of ${addressOf(Number(n))} is ${wanted}, and ${id} in SQL`)
  }
}

export async function sizes(run: RunSql): Promise<readonly SeededTable[]> {
  const tables: SeededTable[] = []
  for (const name of SEEDED) {
    const [count] = await run(`SELECT COUNT(*) FROM ${name}`)
    const [bytes] = await run(
      `SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '${name}'`,
    )
    tables.push({ name, rows: Number(count?.[0]), bytes: Number(bytes?.[0]) })
  }
  return tables
}
