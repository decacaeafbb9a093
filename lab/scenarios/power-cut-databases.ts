// Both database servers lose their power in the middle of a write, and come back. Neither knows that it is the one that was acknowledged.

import type { Scenario } from '../judge/scenario.ts'
import type { Host } from '../net/host.ts'
import { until } from '../services/service.ts'
import { databaseName } from '../topologies/plan.ts'

const rounds = 3
const table = `${databaseName}.lab_ledger`
const acknowledged = '/disk/ledger'
/** A row at a time, each number written down once its COMMIT was answered. */
const writing = (from: number) =>
  `seq ${from} 10000000 | sed 's/.*/INSERT INTO ${table} VALUES (&); SELECT &;/' | mariadb --no-defaults -uroot -S /run/mysqld/mysqld.sock -nBN > ${acknowledged}`

export const powerCutDatabases: Scenario = {
  name: 'power-cut-databases',
  title: 'both database servers off at once and on again',
  invariant: 'What was acknowledged in the last moment is there, whichever of them writes next.',
  aims: {},
  needs: { database: 'mariadb' },
  async run({ cluster, mark, wait }) {
    const { database } = cluster
    const hosts = cluster.hosts(database.hosts)
    const writer = () => database.writer(hosts)
    await database.query(await writer(), `CREATE TABLE IF NOT EXISTS ${table} (n BIGINT PRIMARY KEY)`)
    let next = 1
    for (let round = 1; round <= rounds; round++) {
      const before = await writer()
      await before.start('ledger', ['sh', '-c', writing(next)])
      await wait(2500)
      await Promise.all(hosts.map((host) => host.powerOff()))
      await cluster.restartDatabase()
      const last = lastOf(before)
      if (last < next) throw new Error(`nothing was written in round ${round}`)
      await until(writer, 'a writer', 60_000)
      await until(async () => {
        const found = Number(await database.query(await writer(), `SELECT COUNT(*) FROM ${table} WHERE n <= ${last}`))
        if (found < last) throw new Error(`${last} rows were acknowledged, ${found} are there`)
      }, `what was acknowledged in round ${round}`)
      mark(`round ${round}: all ${last} rows that ${before.name} acknowledged are on ${(await writer()).name}`)
      // One more may have been under way: where it is there, the next one is its successor.
      next = Number(await database.query(await writer(), `SELECT MAX(n) FROM ${table}`)) + 1
    }
    await database.query(await writer(), `DROP TABLE ${table}`)
    await wait(3000)
  },
}

const lastOf = (host: Host) => Number(host.read(acknowledged).trim().split('\n').at(-1))
