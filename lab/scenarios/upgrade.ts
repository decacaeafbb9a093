// The next version, with a migration, while people work: migrate first, then one node after the other.

import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Scenario, unnoticed } from '../judge/scenario.ts'
import { checkout } from '../net/lab.ts'
import { paquebotCommand, runFrom } from '../services/paquebot.ts'
import { databaseName, nodes } from '../topologies/plan.ts'
import { restartNode } from './restart-node.ts'

const migration = `// Made by the lab: what the next version adds.
import type { Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.createTable('lab_upgrade').addColumn('id', 'integer', (column) => column.primaryKey()).execute()
}
`

export const upgrade: Scenario = {
  name: 'upgrade',
  title: 'rolling upgrade N → N+1 with a migration',
  invariant: 'Both versions serve side by side on the new schema; nobody notices which one they have.',
  aims: unnoticed,
  async run(stage) {
    const { cluster, mark } = stage
    const folder = join(cluster.lab.logDir, 'next-version')
    makeNextVersion(folder)
    const [first] = nodes
    runFrom(cluster.host(first), folder)
    await paquebotCommand(cluster.host(first), 'migrate', 'apply')
    const { database } = cluster
    const writer = await database.writer(cluster.hosts(database.hosts))
    await database.query(writer, `SELECT count(*) FROM ${databaseName}.lab_upgrade`)
    mark('migrated; all nodes are of version N')
    for (const name of nodes) {
      runFrom(cluster.host(name), folder)
      await restartNode(stage, name)
    }
    mark('all nodes are of version N+1')
  },
}

/** A copy of what the nodes run, with one more migration and a higher version. */
function makeNextVersion(folder: string): void {
  if (existsSync(folder)) rmSync(folder, { recursive: true })
  for (const part of ['server', 'shared', 'plugin-api', 'plugins', 'web/dist', 'package.json']) {
    if (existsSync(join(checkout, part))) cpSync(join(checkout, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'))
  const description = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const [major, minor] = description.version.split('.').map(Number)
  description.version = `${major}.${(minor ?? 0) + 1}.0`
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
  writeFileSync(join(folder, 'server/migrations/999912312359-lab-upgrade.ts'), migration)
}
