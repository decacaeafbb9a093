// Settings by key. Two devices that change different paths of one key both win: the change is made anew on what the other wrote.

import type { Transaction } from 'kysely'
import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import { changesSince, type ObjectChange, recordChanges, stateOf } from '#domain/changes/index.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import { asReader, type Sql } from '#ports/sql.ts'
import type { Settings } from '#shared/jmap/settings.ts'
import { countSettings, deleteSetting, insertSetting, readSettings, replaceSetting } from './store.ts'
import type { SettingsTables } from './tables.ts'
import type { SettingsDomain, SettingsLimits } from './types.ts'

export interface SettingsDeps {
  readonly sql: Sql<SettingsTables>
  readonly bus: ChangeBus
  readonly limits: SettingsLimits
}

const keyPattern = /^[a-z][a-z0-9-]{0,63}$/
const attempts = 8

export function openSettingsVerbs({ sql, bus, limits }: SettingsDeps): SettingsDomain {
  const log = (caller: Caller) => ({ account: caller.account, type: 'Settings' }) as const
  const reader = (caller: Caller) => sql.read(caller)

  async function write(
    caller: Caller,
    key: string,
    work: (tx: Transaction<SettingsTables>) => Promise<ObjectChange['kind']>,
  ): Promise<void> {
    const state = await sql.write(caller, async (tx) =>
      recordChanges(tx, log(caller), [{ id: key, kind: await work(tx) }]),
    )
    await bus.publish({ account: caller.account, changed: { Settings: state } })
  }

  async function changeOnce(
    caller: Caller,
    key: string,
    version: number | null,
    change: (value: Settings['value']) => Settings['value'],
  ): Promise<Settings> {
    let saved: Settings | null = null
    await write(caller, key, async (tx) => {
      const [row] = await readSettings(asReader(tx), caller.account, [key])
      const current = row?.version ?? 0
      if (version !== null && version !== current) {
        throw new Failure('conflict', { description: `The current version is ${current}.`, stale: true })
      }
      const value = change(row ? (JSON.parse(row.value) as Settings['value']) : {})
      const text = JSON.stringify(value)
      if (Buffer.byteLength(text) > limits.maxValueBytes)
        throw new Failure('tooLarge', { maxSize: limits.maxValueBytes })
      saved = { id: key, value, version: current + 1 }
      if (row) {
        if (!(await replaceSetting(tx, caller.account, key, current, text))) throw new Failure('conflict')
        return 'updated'
      }
      if ((await countSettings(asReader(tx), caller.account)) >= limits.maxKeys) throw new Failure('overQuota')
      await insertSetting(tx, caller.account, key, text)
      return 'created'
    })
    return saved!
  }

  return {
    limits,
    async list(caller, keys) {
      // The state first: it may be older than the rows, never newer.
      const state = await stateOf(reader(caller), log(caller))
      const rows = await readSettings(reader(caller), caller.account, keys)
      const written = rows.map(({ name, value, version }) => ({ id: name, value: JSON.parse(value), version }))
      const known = new Set(rows.map(({ name }) => name))
      const unwritten = (keys ?? []).filter((key) => keyPattern.test(key) && !known.has(key))
      return {
        state,
        list: [...written, ...unwritten.map((key) => ({ id: key, value: {}, version: 0 }))],
      }
    },
    changes: (caller, sinceState, maxChanges) => changesSince(reader(caller), log(caller), sinceState, maxChanges),
    state: (caller) => stateOf(reader(caller), log(caller)),
    async change(caller, key, version, change) {
      if (!keyPattern.test(key)) throw new Failure('notFound', { key })
      for (let attempt = 1; ; attempt++) {
        try {
          return await changeOnce(caller, key, version, change)
        } catch (error) {
          // Somebody wrote between our read and our write, or both wrote the first value: on his, ours is made again.
          const wasFirst = isFailure(error, 'conflict') && error.detail.stale !== true
          if (!wasFirst || attempt === attempts) throw error
        }
      }
    },
    async reset(caller, key) {
      await write(caller, key, async (tx) => {
        if (!(await deleteSetting(tx, caller.account, key))) throw new Failure('notFound', { key })
        return 'destroyed'
      })
    },
  }
}
