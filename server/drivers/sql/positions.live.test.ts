// Read your writes, on any node, however far a replica lags: three nodes, writes through one and reads through the next, with a replica that
// is five seconds late on purpose. A single stale read fails; how many reads the replica answered is printed.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrateServer, serverOf, splitOptions } from '#testing/server-sql.ts'
import { startGalera, startMariadbPair } from '#testing/servers/mariadb.ts'
import { startPostgresPair } from '#testing/servers/postgres.ts'
import { openSplit, type SplitDatabase } from './split.ts'

interface Tables {
  setting: { account: string; name: string; value: string; version: number }
}

const nodes = 3
const people = 50
/** Pairs on each engine: 10,000 together with those without a delay. */
const latePairs = 4000
const promptPairs = 1000
const galeraPairs = 300

async function openNodes(write: readonly string[], read: readonly string[]): Promise<SplitDatabase[]> {
  const servers = (dsns: readonly string[]) => dsns.map((dsn) => serverOf(dsn).server)
  const { engine } = serverOf(write[0] as string)
  return Promise.all(
    Array.from({ length: nodes }, () =>
      openSplit(engine, { write: servers(write), read: servers(read) }, { ...splitOptions, poolMax: 20 }),
    ),
  )
}

/** Each person writes on one node and reads on the next, round robin, with nothing but the text of his position. */
async function pairsOf(all: readonly SplitDatabase[], count: number): Promise<string[]> {
  const stale: string[] = []
  let turn = 0
  await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      let position: string | null = null
      const account = `p${person}`
      const first = all[0] as SplitDatabase
      await first.for<Tables>().write({ position: null }, async (tx) => {
        await tx.deleteFrom('setting').where('account', '=', account).execute()
        await tx.insertInto('setting').values({ account, name: 'n', value: '', version: 0 }).execute()
      })
      for (let version = 1; version <= count / people; version++) {
        const writer: { position: string | null } = { position }
        await (all[turn++ % nodes] as SplitDatabase)
          .for<Tables>()
          .write(writer, (tx) => tx.updateTable('setting').set({ version }).where('account', '=', account).execute())
        const reader: { position: string | null } = { position: writer.position }
        const row = await (all[turn++ % nodes] as SplitDatabase)
          .for<Tables>()
          .read(reader)
          .selectFrom('setting')
          .select('version')
          .where('account', '=', account)
          .executeTakeFirst()
        if (row?.version !== version) stale.push(`${account}: ${row?.version} instead of ${version}`)
        position = reader.position
      }
    }),
  )
  return stale
}

/** Reads of people who have written nothing lately: positions of before. */
async function quietReads(all: readonly SplitDatabase[], position: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++)
    await (all[at % nodes] as SplitDatabase)
      .for<Tables>()
      .read({ position })
      .selectFrom('setting')
      .selectAll()
      .execute()
}

function shareOf(all: readonly SplitDatabase[]): string {
  const sum = (what: 'readsOnReplica' | 'readsOnWriter') => all.reduce((total, db) => total + db.stats()[what], 0)
  const [replica, writer] = [sum('readsOnReplica'), sum('readsOnWriter')]
  return `${Math.round((100 * replica) / (replica + writer))} % of ${replica + writer} reads on the replica`
}

for (const [engine, startPair] of Object.entries({ MariaDB: startMariadbPair, PostgreSQL: startPostgresPair })) {
  describe(engine, () => {
    let pair: Awaited<ReturnType<typeof startPair>>
    before(async () => {
      pair = await startPair()
      await migrateServer(pair.writer.dsn())
      await sleep(300)
    })
    after(() => pair.stop())

    const withNodes = async (work: (all: SplitDatabase[]) => Promise<void>) => {
      const all = await openNodes([pair.writer.dsn()], [pair.replica.dsn()])
      try {
        await work(all)
      } finally {
        await Promise.all(all.map((db) => db.close()))
      }
    }

    test(`${promptPairs} pairs with a replica that follows at once: none stale`, (t) =>
      withNodes(async (all) => {
        assert.deepEqual(await pairsOf(all, promptPairs), [])
        t.diagnostic(shareOf(all))
        assert.ok(all.some((db) => db.stats().readsOnReplica > 0))
      }))

    test(`${latePairs} pairs with a replica that is 5 s late: none stale, and who wrote nothing is still answered by it`, (t) =>
      withNodes(async (all) => {
        const before = { position: null as string | null }
        await (all[0] as SplitDatabase).for<Tables>().write(before, (tx) => tx.deleteFrom('setting').execute())
        await pair.delay(5)
        await sleep(300)
        assert.deepEqual(await pairsOf(all, latePairs), [])
        t.diagnostic(`who writes: ${shareOf(all)}`)
        // He has seen nothing newer than what the replica has by now.
        await sleep(5500)
        const replicas = () => all.reduce((total, db) => total + db.stats().readsOnReplica, 0)
        const from = replicas()
        await quietReads(all, before.position as string, 300)
        t.diagnostic(`who only reads: ${replicas() - from} of 300 reads on the replica`)
        assert.equal(replicas() - from, 300)
      }))
  })
}

test('Galera: pairs over three nodes that are all written to and read from: none stale', async (t) => {
  const galera = await startGalera()
  const dsns = galera.map((node) => node.dsn())
  await migrateServer(dsns[0] as string)
  // Each node of ours prefers another one of theirs.
  const turned = [0, 1, 2].map((at) => [...dsns.slice(at), ...dsns.slice(0, at)])
  const all = (await Promise.all(turned.map((order) => openNodes(order, order)))).map(([db]) => db as SplitDatabase)
  try {
    assert.deepEqual(await pairsOf(all, galeraPairs), [])
    t.diagnostic(shareOf(all))
  } finally {
    await Promise.all(all.map((db) => db.close()))
    await Promise.all(galera.map((node) => node.stop()))
  }
})
