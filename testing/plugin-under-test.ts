// One plugin as a node would have it: its manifest read, its settings checked, its hooks run by the server's own runner, over a mail
// store in memory and a database of its own. `import … from 'paquebot/plugin-test'`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Caller } from '#core/caller.ts'
import { systemClock } from '#core/clock.ts'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { type Mail, openMail } from '#domain/mail/index.ts'
import { openUploads } from '#domain/uploads/index.ts'
import { openFsBlobStore } from '#drivers/blob/fs.ts'
import type { HookEvent } from '#plugin-api/hooks.ts'
import { openPlugins, type Plugins } from '#plugins/index.ts'
import type { AskedHook, ToldHook } from '#ports/hooks.ts'
import { testCaller } from './caller.ts'
import { openFakeMailStore } from './fake-mail-store.ts'
import { openMemoryBus } from './memory-bus.ts'
import { openTestSql } from './sqlite.ts'

export interface PluginTestOptions {
  readonly settings?: Readonly<Record<string, unknown>>
  /** What the person chose for the plugin. */
  readonly preferences?: Readonly<Record<string, unknown>>
}

export interface PluginUnderTest {
  readonly plugins: Plugins
  /** The mailbox of the person for whom hooks run; below the hooks. */
  readonly mail: Mail
  readonly person: Caller
  /** Puts a message into a mailbox by its name; its id. */
  deliver(mailbox: string, raw: string): Promise<string>
  /** The event as the plugin left it. */
  ask<Name extends AskedHook>(name: Name, event: HookEvent<Name>): Promise<HookEvent<Name>>
  /** The text with which the plugin ends it; null when it lets it pass. */
  refusal<Name extends AskedHook>(name: Name, event: HookEvent<Name>): Promise<string | null>
  /** What the server part says to the client part. */
  call(name: string, argument?: unknown): Promise<unknown>
  /** Resolves when the plugin has heard it. */
  tell<Name extends ToldHook>(name: Name, event: HookEvent<Name>): Promise<void>
  close(): Promise<void>
}

const server = { host: '127.0.0.1', port: 1, tls: 'none' as const }

/** @param folder the plugin's, as a path or `import.meta.url` of a file in it. A plugin that fails makes the test fail. */
export async function openPluginUnderTest(folder: string, options: PluginTestOptions = {}): Promise<PluginUnderTest> {
  const path = folder.startsWith('file:') ? dirname(fileURLToPath(folder)) : resolve(folder)
  const name = basename(path)
  const place = mkdtempSync(join(tmpdir(), 'paquebot-plugin-'))
  const database = await openTestSql()
  const failures: unknown[] = []
  const log = { ...silentLog, error: (_event: string, fields?: object) => void failures.push(fields), with: () => log }
  const plugins = await openPlugins({
    sql: database.for(),
    clock: systemClock,
    log,
    config: {
      folders: [dirname(path)],
      enabled: [name],
      settings: options.settings ? { [name]: options.settings } : {},
      required: [],
      timeLimitMs: 60_000,
      backgroundTimeLimitMs: 60_000,
      blobStore: null,
      sessionStore: null,
      directory: null,
      authenticator: null,
    },
  })
  const store = openFakeMailStore()
  const person = testCaller()
  const account = (caller: Caller) => store.account({ account: caller.account, server, credential: caller.credential })
  const blobs = await openFsBlobStore(join(place, 'blobs'))
  const config = { quotaBytes: 1e9, graceMs: 1e9 }
  const uploads = openUploads({ sql: database.for(), blobs, clock: systemClock, log, config })
  const mail = openMail({ open: async (caller) => account(caller), uploads, sql: database.for(), bus: openMemoryBus() })
  const settings = {
    list: async () => ({ state: '', list: [{ id: `plugin-${name}`, version: 1, value: { ...options.preferences } }] }),
  }
  plugins.join({ mail, settings })
  const check = () => {
    if (failures.length > 0) throw new Error(`the plugin failed: ${name}`, { cause: failures.splice(0)[0] })
  }
  async function ask<Name extends AskedHook>(hook: Name, event: HookEvent<Name>): Promise<HookEvent<Name>> {
    const answer = await plugins.hooks.ask(hook, event, person)
    check()
    return answer
  }
  return {
    plugins,
    mail,
    person,
    deliver: async (mailbox, raw) => (await store.deliver(person.account, mailbox, raw)).id,
    ask,
    async refusal(hook, event) {
      try {
        await ask(hook, event)
        return null
      } catch (error) {
        if (isFailure(error, 'forbidden') && typeof error.detail.description === 'string')
          return error.detail.description
        throw error
      }
    },
    async call(called, argument = null) {
      try {
        return await plugins.call(name, called, argument, person)
      } finally {
        check()
      }
    },
    async tell(hook, event) {
      plugins.hooks.tell(hook, event, person)
      await plugins.settle()
      check()
    },
    async close() {
      await plugins.close()
      await store.close()
      await blobs.close()
      await database.close()
      rmSync(place, { recursive: true, force: true })
    },
  }
}
