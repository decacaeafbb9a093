// Runs the dated files of server/migrations in the order of their names, each once, under the engine's own lock (GET_LOCK,
// pg_advisory_lock), and says whether a node may run on the schema that is there. A run that is killed at any moment is taken back
// (PostgreSQL, SQLite: one transaction) or gone on with by the next (MariaDB: mariadb-migration.ts).

import { readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { type Kysely, MysqlAdapter } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { Failure, isFailure } from '#core/errors.ts'
import { forgetSteps, prepareSteps, resumable } from './mariadb-migration.ts'

export interface MigrationStatus {
  readonly name: string
  readonly appliedAt: Date | null
}

export interface Migrations {
  readonly folder: URL
  /** Of the code that runs (server/migrations/release.ts). */
  readonly release: number
}

interface ReleaseTables {
  schema_release: { release: number; applied_at: number }
}

export async function loadMigrations(folder: URL): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((file) => /^\d{12}-[a-z0-9-]+\.ts$/.test(file)).sort()
  const migrations: Record<string, Migration> = {}
  for (const file of files)
    migrations[file.slice(0, -3)] = await import(new URL(file, pathToFileURL(`${folder.pathname}/`)).href)
  return migrations
}

function migrator(db: Kysely<unknown>, folder: URL): Migrator {
  // Unordered: a branch merged late brings a file older than one that ran; expand-only migrations commute.
  return new Migrator({ db, provider: { getMigrations: () => provided(db, folder) }, allowUnorderedMigrations: true })
}

const isMariadb = (db: Kysely<unknown>) => db.getExecutor().adapter instanceof MysqlAdapter

async function provided(db: Kysely<unknown>, folder: URL): Promise<Record<string, Migration>> {
  const all = await loadMigrations(folder)
  if (!isMariadb(db)) return all
  return Object.fromEntries(
    Object.entries(all).map(([name, { up }]) => [name, { up: (on: Kysely<unknown>) => up(resumable(on, name)) }]),
  )
}

/**
 * Applies what is pending; returns the names applied. Throws `internal` naming the one that failed: on MariaDB those before it stay,
 * elsewhere none.
 */
export async function migrate(db: Kysely<unknown>, { folder, release }: Migrations): Promise<readonly string[]> {
  const applied = await applyPending(db, folder)
  await noteRelease(db as unknown as Kysely<ReleaseTables>, release)
  return applied
}

async function applyPending(db: Kysely<unknown>, folder: URL): Promise<readonly string[]> {
  // The embedded database is migrated at each start: where nothing is to be done, no other process's write is waited for.
  if ((await migrationStatus(db, folder)).every(({ appliedAt }) => appliedAt)) return []
  if (isMariadb(db)) await prepareSteps(db)
  const { error, results } = await migrator(db, folder).migrateToLatest()
  const failed = results?.find(({ status }) => status === 'Error')
  if (error) throw new Failure('internal', { migration: failed?.migrationName ?? 'none' }, error)
  if (isMariadb(db)) await forgetSteps(db)
  return (results ?? []).map(({ migrationName }) => migrationName)
}

async function noteRelease(db: Kysely<ReleaseTables>, release: number): Promise<void> {
  if ((await appliedReleases(db)).includes(release)) return
  try {
    await db.insertInto('schema_release').values({ release, applied_at: Date.now() }).execute()
  } catch (error) {
    // Somebody else who applied the same was quicker.
    if (!isFailure(error, 'conflict')) throw error
  }
}

export async function migrationStatus(db: Kysely<unknown>, folder: URL): Promise<readonly MigrationStatus[]> {
  return (await migrator(db, folder).getMigrations()).map(({ name, executedAt }) => ({
    name,
    appliedAt: executedAt ?? null,
  }))
}

async function appliedReleases(db: Kysely<ReleaseTables>): Promise<readonly number[]> {
  const rows = await db.selectFrom('schema_release').select('release').execute()
  return rows.map(({ release }) => Number(release))
}

/** Throws `unavailable` with what to type, unless the schema is this code's own or that of the next release. */
export async function assertSchema(db: Kysely<unknown>, { folder, release }: Migrations): Promise<void> {
  const pending = (await migrationStatus(db, folder)).filter(({ appliedAt }) => !appliedAt).map(({ name }) => name)
  if (pending.length > 0)
    throw new Failure('unavailable', {
      reason: 'the database lacks migrations of this version: run `paquebot migrate apply` once, on any node',
      pending,
    })
  const newest = Math.max(0, ...(await appliedReleases(db as unknown as Kysely<ReleaseTables>)))
  if (newest > release + 1)
    throw new Failure('unavailable', {
      reason: `the schema is of release ${newest}, this node of ${release}: it runs on its own and the next; install a newer version here`,
    })
}
