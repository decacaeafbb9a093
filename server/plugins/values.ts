// Small values of plugins, in SQL: the same on every node, written by compare-and-set, never read from a replica. Each plugin sees its
// own alone.

import type { Clock } from '#core/clock.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Values } from '#plugin-api/plugin.ts'
import { asReader, type Sql } from '#ports/sql.ts'

export interface ValueTables {
  plugin_value: { plugin: string; name: string; value: string; version: number; written_at: number }
}

const maxNameLength = 200
const maxValueBytes = 8192
const page = 100

export function openValues(sql: Sql<ValueTables>, clock: Clock, plugin: string): Values {
  const nobody = () => ({ position: null })
  function check(name: string): void {
    if (name === '' || name.length > maxNameLength)
      throw new Failure('badInput', { plugin, reason: `a name has 1 to ${maxNameLength} characters` })
  }
  return {
    async get(name) {
      check(name)
      const row = await sql
        .readFresh()
        .selectFrom('plugin_value')
        .select('value')
        .where('plugin', '=', plugin)
        .where('name', '=', name)
        .executeTakeFirst()
      return row?.value ?? null
    },
    async swap(name, before, after) {
      check(name)
      if (after !== null && Buffer.byteLength(after) > maxValueBytes)
        throw new Failure('tooLarge', { plugin, maxBytes: maxValueBytes })
      try {
        return await sql.write(nobody(), async (tx) => {
          const row = await asReader(tx)
            .selectFrom('plugin_value')
            .select(['value', 'version'])
            .where('plugin', '=', plugin)
            .where('name', '=', name)
            .executeTakeFirst()
          // Compared here: a database may hold «a» and «A» for the same.
          if ((row?.value ?? null) !== before) return false
          if (after === null) {
            if (!row) return true
            const { numDeletedRows } = await tx
              .deleteFrom('plugin_value')
              .where('plugin', '=', plugin)
              .where('name', '=', name)
              .where('version', '=', row.version)
              .executeTakeFirst()
            return numDeletedRows > 0n
          }
          if (!row) {
            const written = { plugin, name, value: after, version: 1, written_at: clock.now() }
            await tx.insertInto('plugin_value').values(written).execute()
            return true
          }
          const { numUpdatedRows } = await tx
            .updateTable('plugin_value')
            .set({ value: after, version: Number(row.version) + 1, written_at: clock.now() })
            .where('plugin', '=', plugin)
            .where('name', '=', name)
            .where('version', '=', row.version)
            .executeTakeFirst()
          return numUpdatedRows > 0n
        })
      } catch (error) {
        // Two that write the first value: one was quicker.
        if (isFailure(error, 'conflict')) return false
        throw error
      }
    },
    async *list(prefix) {
      // Any character stands for what LIKE would take for its own: more than wanted, and looked through below.
      const pattern = `${prefix.replace(/[\\%]/g, '_')}%`
      for (let after = ''; ; ) {
        const rows = await sql
          .readFresh()
          .selectFrom('plugin_value')
          .select(['name', 'value', 'written_at'])
          .where('plugin', '=', plugin)
          .where('name', 'like', pattern)
          .where('name', '>', after)
          .orderBy('name')
          .limit(page)
          .execute()
        for (const row of rows) {
          if (row.name.startsWith(prefix)) yield { name: row.name, value: row.value, writtenAt: Number(row.written_at) }
        }
        const last = rows.at(-1)
        if (!last || rows.length < page) return
        after = last.name
      }
    },
  }
}
