// Sieve scripts (RFC 9661). The server behind knows them by name; ids are ours, in SQL, so that a rename keeps the id.

import { randomUUID } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Uploads } from '#domain/uploads/types.ts'
import type { FilterSession } from '#ports/filter-store.ts'
import type { Sql } from '#ports/sql.ts'
import type { SieveScript } from '#shared/jmap/submission.ts'
import { ourScriptName, stateOf } from './our-script.ts'
import { readScript, type SieveDeps, withSieve } from './sieve-session.ts'
import { deleteScriptIds, insertScriptId, readScriptIds, renameScriptId } from './store.ts'
import type { FilterTables } from './tables.ts'
import { type Scripts, scriptLimits } from './types.ts'

export interface ScriptsDeps extends SieveDeps {
  readonly sql: Sql<FilterTables>
  readonly uploads: Pick<Uploads, 'open' | 'put'>
}

export function openScripts(deps: ScriptsDeps): Scripts {
  const { sql, uploads } = deps

  /** The server's scripts with their ids: new names get one, names that are gone lose theirs. */
  async function identified(caller: Caller, session: FilterSession) {
    const scripts = await session.list()
    const names = new Set(scripts.map(({ name }) => name))
    const known = await readScriptIds(sql.readFresh(), caller.account)
    const ids = new Map(known.map(({ id, name }) => [name, id]))
    const fresh = scripts.filter(({ name }) => !ids.has(name))
    const gone = known.filter(({ name, id }) => !names.has(name) || ids.get(name) !== id)
    if (fresh.length > 0 || gone.length > 0) {
      await sql.write(caller, async (tx) => {
        await deleteScriptIds(
          tx,
          caller.account,
          gone.map(({ id }) => id),
        )
        for (const { name } of fresh) {
          const id = randomUUID()
          await insertScriptId(tx, caller.account, id, name)
          ids.set(name, id)
        }
      })
    }
    return scripts.map((script) => ({ ...script, id: ids.get(script.name)! }))
  }

  async function named(caller: Caller, session: FilterSession, id: string) {
    const script = (await identified(caller, session)).find((item) => item.id === id)
    if (!script) throw new Failure('notFound', { id })
    return script
  }

  /** The content as bytes that can be downloaded: an upload of the same hash is the same blob. */
  async function toBlob(caller: Caller, content: string): Promise<string> {
    const source = (async function* () {
      yield Buffer.from(content)
    })()
    const { blobId } = await uploads.put(caller, {
      type: 'application/sieve',
      maxBytes: scriptLimits.maxScriptBytes,
      source,
    })
    return blobId
  }

  function assertName(name: string): void {
    const isGood =
      name !== '' &&
      Buffer.byteLength(name) <= scriptLimits.maxNameBytes &&
      !/[\0-\x1f\x7f-\x9f\u2028\u2029]/.test(name)
    if (!isGood) throw new Failure('badInput', { properties: ['name'], description: 'Not a script name.' })
  }

  /** RFC 9661 §3: the script of VacationResponse, which holds the rules as well, is read by everybody and written through those alone. */
  function assertNotOurs(name: string): void {
    if (name !== ourScriptName) return
    throw new Failure('forbidden', {
      description: 'This script is that of the absence and the rules: change it there.',
    })
  }

  return {
    list: (caller) =>
      withSieve(deps, caller, async (session) => {
        const list: SieveScript[] = []
        for (const { id, name, isActive } of await identified(caller, session)) {
          list.push({ id, name, isActive, blobId: await toBlob(caller, await session.get(name)) })
        }
        return { list, state: stateOf(list) }
      }),
    create: (caller, { name, blobId }) =>
      withSieve(deps, caller, async (session) => {
        const content = await readScript(uploads, caller, blobId)
        const taken = new Set((await session.list()).map((script) => script.name))
        const chosen = name ?? `script-${randomUUID().slice(0, 8)}`
        assertName(chosen)
        assertNotOurs(chosen)
        if (taken.has(chosen)) {
          const existing = (await identified(caller, session)).find((script) => script.name === chosen)
          throw new Failure('alreadyExists', { existingId: existing?.id })
        }
        await session.put(chosen, content)
        const { id } = (await identified(caller, session)).find((script) => script.name === chosen)!
        return { id, name: chosen, isActive: false, blobId }
      }),
    change: (caller, id, change) =>
      withSieve(deps, caller, async (session) => {
        const before = await named(caller, session, id)
        assertNotOurs(before.name)
        let { name } = before
        if (change.blobId !== undefined) await session.put(name, await readScript(uploads, caller, change.blobId))
        if (change.name !== undefined && change.name !== name) {
          assertName(change.name)
          assertNotOurs(change.name)
          await session.rename(name, change.name)
          name = change.name
          await sql.write(caller, (tx) => renameScriptId(tx, caller.account, id, name))
        }
        const blobId = change.blobId ?? (await toBlob(caller, await session.get(name)))
        return { id, name, isActive: before.isActive, blobId }
      }),
    destroy: (caller, id) =>
      withSieve(deps, caller, async (session) => {
        const { name, isActive } = await named(caller, session, id)
        assertNotOurs(name)
        // RFC 9661 §2.2: an active script is not destroyed.
        if (isActive) throw new Failure('conflict', { isActive: true })
        await session.delete(name)
        await sql.write(caller, (tx) => deleteScriptIds(tx, caller.account, [id]))
      }),
    activate: (caller, id) =>
      withSieve(deps, caller, async (session) => {
        const scripts = await identified(caller, session)
        const wanted = id === null ? null : (scripts.find((script) => script.id === id) ?? null)
        if (id !== null && !wanted) throw new Failure('notFound', { id })
        const changed = new Map<string, boolean>()
        for (const script of scripts) {
          if (script.isActive !== (script.id === id)) changed.set(script.id, script.id === id)
        }
        if (changed.size > 0) await session.activate(wanted?.name ?? null)
        return changed
      }),
    validate: (caller, blobId) =>
      withSieve(deps, caller, async (session) => {
        try {
          await session.check(await readScript(uploads, caller, blobId))
          return null
        } catch (error) {
          if (!isFailure(error, 'badInput')) throw error
          return String(error.detail.message ?? 'The script is not valid.')
        }
      }),
  }
}
