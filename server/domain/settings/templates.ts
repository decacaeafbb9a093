// Templates. Their attachments are uploads that the template keeps alive: bound before the row is written and released
// after it is gone, so that a crash leaves a blob too many, never one too few.

import { randomUUID } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import { changesSince, type ObjectChange, recordChanges, stateOf } from '#domain/changes/index.ts'
import type { Uploads } from '#domain/uploads/types.ts'
import type { ChangeBus } from '#ports/change-bus.ts'
import { asReader, type Sql } from '#ports/sql.ts'
import type { Template } from '#shared/jmap/settings.ts'
import { countTemplates, deleteTemplate, insertTemplate, readTemplates, replaceTemplate } from './store.ts'
import type { SettingsTables } from './tables.ts'
import type { SettingsLimits, TemplateContent, TemplatesDomain } from './types.ts'

export interface TemplatesDeps {
  readonly sql: Sql<SettingsTables>
  readonly bus: ChangeBus
  readonly uploads: Pick<Uploads, 'bind' | 'stat'>
  readonly limits: SettingsLimits
}

const attempts = 8
const ownerOf = (id: string) => `template:${id}`

export function openTemplateVerbs({ sql, bus, uploads, limits }: TemplatesDeps): TemplatesDomain {
  const log = (caller: Caller) => ({ account: caller.account, type: 'Template' }) as const
  const publish = (caller: Caller, state: string) =>
    bus.publish({ account: caller.account, changed: { Template: state } })

  function toRow(content: TemplateContent): { readonly name: string; readonly content: string } {
    const { name, ...rest } = content
    const text = JSON.stringify(rest)
    if (Buffer.byteLength(text) > limits.maxTemplateBytes)
      throw new Failure('tooLarge', { maxSize: limits.maxTemplateBytes })
    return { name, content: text }
  }
  const fromRow = (row: { readonly id: string; readonly name: string; readonly content: string }): Template => ({
    ...(JSON.parse(row.content) as Omit<TemplateContent, 'name'>),
    id: row.id,
    name: row.name,
  })

  async function bind(caller: Caller, id: string, content: TemplateContent): Promise<void> {
    const blobIds = [...new Set(content.attachments.map(({ blobId }) => blobId))]
    const stats = await Promise.all(blobIds.map((blobId) => uploads.stat(caller, blobId)))
    const notFound = blobIds.filter((_, index) => stats[index] === null)
    if (notFound.length > 0) throw new Failure('blobMissing', { notFound })
    await uploads.bind(caller, ownerOf(id), blobIds)
  }

  async function changeOnce(
    caller: Caller,
    id: string,
    change: (content: TemplateContent) => TemplateContent,
  ): Promise<Template> {
    const [row] = await readTemplates(sql.readFresh(), caller.account, [id])
    if (!row) throw new Failure('notFound', { id })
    const { id: _, ...before } = fromRow(row)
    const after = change(before)
    const written = toRow(after)
    // Until the row says so, both the old and the new blobs are held.
    await bind(caller, id, { ...after, attachments: [...before.attachments, ...after.attachments] })
    const state = await sql.write(caller, async (tx) => {
      const { version } = row
      if (!(await replaceTemplate(tx, { account: caller.account, id, version, ...written })))
        throw new Failure('conflict')
      return recordChanges(tx, log(caller), [{ id, kind: 'updated' }])
    })
    await bind(caller, id, after)
    await publish(caller, state)
    return { id, ...after }
  }

  return {
    async list(caller, ids) {
      // The state first: it may be older than the rows, never newer.
      const state = await stateOf(sql.read(caller), log(caller))
      return { state, list: (await readTemplates(sql.read(caller), caller.account, ids)).map(fromRow) }
    },
    changes: (caller, sinceState, maxChanges) => changesSince(sql.read(caller), log(caller), sinceState, maxChanges),
    state: (caller) => stateOf(sql.read(caller), log(caller)),
    async create(caller, content) {
      const id = randomUUID()
      const row = toRow(content)
      await bind(caller, id, content)
      const state = await sql.write(caller, async (tx) => {
        const count = await countTemplates(asReader(tx), caller.account)
        if (count >= limits.maxTemplates) throw new Failure('overQuota', { count })
        await insertTemplate(tx, { account: caller.account, id, ...row })
        const created: ObjectChange = { id, kind: 'created' }
        return recordChanges(tx, log(caller), [created])
      })
      await publish(caller, state)
      return { id, ...content }
    },
    async change(caller, id, change) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await changeOnce(caller, id, change)
        } catch (error) {
          if (!isFailure(error, 'conflict') || attempt === attempts) throw error
        }
      }
    },
    async destroy(caller, id) {
      const state = await sql.write(caller, async (tx) => {
        if (!(await deleteTemplate(tx, caller.account, id))) throw new Failure('notFound', { id })
        return recordChanges(tx, log(caller), [{ id, kind: 'destroyed' }])
      })
      await uploads.bind(caller, ownerOf(id), [])
      await publish(caller, state)
    },
  }
}
