// The contract suites of the ports that a plugin provides, each over what the plugin makes of a real store: `npm run plugin:test FOLDER`,
// and the tests of our own plugins.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { openStaticDirectory } from '#drivers/directory/static.ts'
import { openSqlSessionStore } from '#drivers/session/sql.ts'
import type { Contract } from '#plugin-api/contract.ts'
import type { Provided } from '#plugin-api/plugin.ts'
import { openHost } from '#plugins/host.ts'
import { apiVersion, PluginFaults, readFolder, startPlugin } from '#plugins/load.ts'
import type { PluginFault } from '#plugins/manifest.ts'
import { openValues } from '#plugins/values.ts'
import { authenticatorContract } from '#ports/authenticator.contract.ts'
import { mailServerAuthenticator } from '#ports/authenticator.ts'
import { blobStoreContract } from '#ports/blob-store.contract.ts'
import { directoryContract } from '#ports/directory.contract.ts'
import { testSessionStore } from '#ports/session-store.contract.ts'
import type { SqlDatabase } from '#ports/sql.ts'
import { openHurtableFs } from './hurtable-fs.ts'
import { openTestSql } from './sqlite.ts'

/** Registers the suites with node:test. */
export async function pluginContract(folder: string): Promise<void> {
  const name = basename(folder)
  const manifest = JSON.parse(readFileSync(join(folder, 'plugin.json'), 'utf8')) as { provides?: (keyof Provided)[] }
  const file = join(folder, 'contract.ts')
  const contract: Contract = existsSync(file) ? await import(pathToFileURL(file).href) : {}

  /** The plugin as one node starts it; two of them over one database are two nodes. */
  async function start(database: SqlDatabase, temporary: string): Promise<Provided> {
    const faults: PluginFault[] = []
    const settings = (await contract.settings?.(temporary)) ?? {}
    const found = await readFolder(folder, settings, await apiVersion(), faults)
    if (!found) throw new PluginFaults(faults)
    const values = openValues(database.for(), systemClock, name)
    const parts = await startPlugin(found, openHost({ ...found, values, log: silentLog }))
    return parts.provide ?? {}
  }
  async function place() {
    const temporary = mkdtempSync(join(tmpdir(), 'paquebot-contract-'))
    const database = await openTestSql()
    return {
      database,
      temporary,
      provide: () => start(database, temporary),
      async close() {
        await database.close()
        rmSync(temporary, { recursive: true, force: true })
      },
    }
  }
  const of = (kind: keyof Provided) => manifest.provides?.includes(kind) ?? false

  test(`${name}: the manifest and the settings of the suite are sound`, async () => {
    const at = await place()
    try {
      await at.provide()
    } finally {
      await at.close()
    }
  })

  if (of('blobStore')) {
    blobStoreContract(name, async () => {
      const at = await place()
      const inner = await openHurtableFs()
      const store = await (await at.provide()).blobStore!(inner.store)
      const innerKeys = () => Array.fromAsync(inner.store.list(AbortSignal.timeout(60_000)), ({ key }) => key)
      const all = (hurt: (key: string) => Promise<void>) => async () =>
        void (await Promise.all((await innerKeys()).map(hurt)))
      return {
        store,
        breakIt: inner.breakIt,
        mendIt: inner.mendIt,
        // Which of the sealed, split or moved bytes are this blob's is the plugin's secret: all are hurt.
        flip: all(inner.flip),
        cut: all(inner.cut),
        ...contract.blobStore,
        async close() {
          await store.close()
          await inner.close()
          await at.close()
        },
      }
    })
  }
  if (of('sessionStore')) {
    testSessionStore(async () => {
      const at = await place()
      const open = async () => (await at.provide()).sessionStore!(openSqlSessionStore(at.database))
      const [store, other] = [await open(), await open()]
      return {
        store,
        other,
        async close() {
          await store.close()
          await other.close()
          await at.close()
        },
      }
    })
  }
  if (of('directory')) {
    directoryContract(name, async () => {
      const at = await place()
      const server = { host: 'mail.example.test', port: 993, tls: 'implicit' } as const
      const inner = openStaticDirectory([
        { domains: ['example.test'], imap: server, smtp: server, sieve: null, login: 'address', defaultDomain: null },
      ])
      const known = { known: 'joe@example.test', unknown: 'joe@elsewhere.test' }
      return {
        directory: await (await at.provide()).directory!(inner),
        ...known,
        ...contract.directory,
        close: at.close,
      }
    })
  }
  if (of('authenticator')) {
    authenticatorContract(name, async () => {
      const at = await place()
      const authenticator = await (await at.provide()).authenticator!(mailServerAuthenticator)
      const right = { address: 'joe@example.test', login: 'joe', password: 'secret', remoteAddress: '192.0.2.1' }
      return { authenticator, right, wrong: [], ...contract.authenticator, close: at.close }
    })
  }
}
