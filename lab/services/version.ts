// What the nodes run: a copy of the checkout made when the lab comes up, so that whoever edits it meanwhile does not change what a node
// that is restarted becomes; and the version after it, for the upgrade.

import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkout, type Lab } from '../net/lab.ts'

const parts = ['server', 'shared', 'plugin-api', 'plugins', 'web/dist', 'package.json']
const isOfProduct = (path: string) => !/\.(test|fuzz|contract)\.ts$/.test(path)

/** In a folder that every host sees. */
export const versionFolder = (lab: Lab) => join(lab.logDir, 'version')

export function copyVersion(lab: Lab): void {
  copyParts(checkout, versionFolder(lab))
}

/** The same with one more migration and a higher number; returns its folder. */
export function makeNextVersion(lab: Lab): string {
  const folder = join(lab.logDir, 'next-version')
  copyParts(versionFolder(lab), folder)
  const description = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const [major, minor] = description.version.split('.').map(Number)
  description.version = `${major}.${(minor ?? 0) + 1}.0`
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
  writeFileSync(join(folder, 'server/migrations/999912312359-lab-upgrade.ts'), migration)
  return folder
}

function copyParts(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  for (const part of parts) {
    if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true, filter: isOfProduct })
  }
  symlinkSync(join(checkout, 'node_modules'), join(to, 'node_modules'))
}

const migration = `// Made by the lab: what the next version adds.
import type { Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.createTable('lab_upgrade').addColumn('id', 'integer', (column) => column.primaryKey()).execute()
}
`
