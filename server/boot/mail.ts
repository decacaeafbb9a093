// The user's mail behind its port: directory, connection pool, mail store.

import type { Config } from '#config/load.ts'
import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import { openStaticDirectory } from '#drivers/directory/static.ts'
import { type ImapMailStore, openImapMailStore } from '#drivers/imap/index.ts'
import { openBlobSnapshots } from '#drivers/mail-state/snapshots.ts'
import { openSqlMailState } from '#drivers/mail-state/sql.ts'
import { directoryWithHooks } from '#plugins/doors/sessions.ts'
import type { Plugins } from '#plugins/index.ts'
import type { Directory } from '#ports/directory.ts'
import type { OpenMail } from '#ports/mail-store.ts'
import { staticServers } from './mail-servers.ts'
import type { Storage } from './storage.ts'

/** docs/adr/2026-11-22-freshness.md */
const SINGLE_NODE_FRESH_MS = 1000

export interface MailParts {
  readonly directory: Directory
  readonly mailStore: ImapMailStore
  readonly openMail: OpenMail
  /** Old state strings and snapshots: a job's work. */
  sweep(signal: AbortSignal): Promise<void>
  /** Snapshots that nothing names: through the whole store. */
  collectOrphans(signal: AbortSignal): Promise<void>
}

export async function openMailParts(deps: {
  readonly config: Config
  readonly storage: Storage
  readonly plugins: Pick<Plugins, 'hooks' | 'provided'>
  readonly log: Log
  readonly clock: Clock
}): Promise<MailParts> {
  const { config, storage, log, clock } = deps
  const { hooks, provided } = deps.plugins
  const configured = openStaticDirectory(staticServers(config.mailServers))
  const directory = directoryWithHooks(await provided.directory(configured), hooks)
  const state = openSqlMailState({ sql: storage.sql.for(), clock })
  const snapshots = openBlobSnapshots({ sql: storage.sql.for(), blobs: storage.snapshotBlobs, clock })
  const mailStore = openImapMailStore(
    { state, snapshots, log, clock, disable: config.imap.disable },
    {
      pool: {
        maxPerAccount: config.imap.connectionsPerAccount,
        maxPerNode: config.imap.connectionsPerNode,
        idleCloseMs: config.imap.idleClose,
      },
      connection: { connectTimeoutMs: config.imap.connectTimeout, commandTimeoutMs: config.imap.commandTimeout },
      store: {
        maxIndexBytes: config.imap.indexMemory,
        pollMs: config.imap.pollInterval,
        sharedFreshMs: config.imap.freshFor ?? (storage.isOfOneNode ? SINGLE_NODE_FRESH_MS : 0),
      },
    },
  )
  return {
    directory,
    mailStore,
    async openMail(caller) {
      const route = await directory.route(caller.address, caller.signal)
      return mailStore.account({ account: caller.account, server: route.imap, credential: caller.credential })
    },
    async sweep(signal) {
      await state.sweep()
      await snapshots.sweep(signal)
    },
    async collectOrphans(signal) {
      await snapshots.collectOrphans(signal)
    },
  }
}
