// Runs the dated files of server/migrations in the order of their names, each once, under the engine's own lock (GET_LOCK,
// pg_advisory_lock), and says whether a node may run on the schema that is there.

import { readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { Failure } from '#core/errors.ts'

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

async function load(folder: URL): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((file) => /^\d{12}-[a-z0-9-]+\.ts$/.test(file)).sort()
  const migrations: Record<string, Migration> = {}
  for (const file of files)
    migrations[file.slice(0, -3)] = await import(new URL(file, pathToFileURL(`${folder.pathname}/`)).href)
  return migrations
}

function migrator(db: Kysely<unknown>, folder: URL): Migrator {
  // Unordered: a branch merged late brings a file older than one that ran; expand-only migrations commute.
  return new Migrator({ db, provider: { getMigrations: () => load(folder) }, allowUnorderedMigrations: true })
}

/** Applies what is pending; returns the names applied. Throws `internal` naming the one that failed: what ran before it stays. */
export async function migrate(db: Kysely<unknown>, { folder, release }: Migrations): Promise<readonly string[]> {
  const { error, results } = await migrator(db, folder).migrateToLatest()
  const failed = results?.find(({ status }) => status === 'Error')
  if (error) throw new Failure('internal', { migration: failed?.migrationName ?? 'none' }, error)
  const releases = db as unknown as Kysely<ReleaseTables>
  if (!(await appliedReleases(db)).includes(release))
    await releases.insertInto('schema_release').values({ release, applied_at: Date.now() }).execute()
  return (results ?? []).map(({ migrationName }) => migrationName)
}

export async function migrationStatus(db: Kysely<unknown>, folder: URL): Promise<readonly MigrationStatus[]> {
  return (await migrator(db, folder).getMigrations()).map(({ name, executedAt }) => ({
    name,
    appliedAt: executedAt ?? null,
  }))
}

async function appliedReleases(db: Kysely<unknown>): Promise<readonly number[]> {
  const rows = await (db as unknown as Kysely<ReleaseTables>).selectFrom('schema_release').select('release').execute()
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
  const newest = Math.max(0, ...(await appliedReleases(db)))
  if (newest > release + 1)
    throw new Failure('unavailable', {
      reason: `the schema is of release ${newest}, this node of ${release}: it runs on its own and the next; install a newer version here`,
    })
}
