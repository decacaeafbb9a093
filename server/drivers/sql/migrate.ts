// Runs the dated files of server/migrations in the order of their names, each once, under Kysely's lock.

import { readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { Failure } from '#core/errors.ts'

export interface MigrationStatus {
  readonly name: string
  readonly appliedAt: Date | null
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
export async function migrate(db: Kysely<unknown>, folder: URL): Promise<readonly string[]> {
  const { error, results } = await migrator(db, folder).migrateToLatest()
  const failed = results?.find(({ status }) => status === 'Error')
  if (error) throw new Failure('internal', { migration: failed?.migrationName ?? 'none' }, error)
  return (results ?? []).map(({ migrationName }) => migrationName)
}

export async function migrationStatus(db: Kysely<unknown>, folder: URL): Promise<readonly MigrationStatus[]> {
  return (await migrator(db, folder).getMigrations()).map(({ name, executedAt }) => ({
    name,
    appliedAt: executedAt ?? null,
  }))
}
