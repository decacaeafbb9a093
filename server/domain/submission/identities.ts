// Identities (RFC 8621 §6). The first is made of the address signed in with, at first sight, and cannot be deleted.

import { randomUUID } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import { changesSince, type ObjectChange, type ObjectChanges, recordChanges, stateOf } from '#domain/changes/index.ts'
import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { Identity } from '#shared/jmap/submission.ts'
import { isAddress, sameAddress } from './envelope.ts'
import { countIdentities, deleteIdentity, insertIdentity, readIdentities, replaceIdentity } from './identity-store.ts'
import type { SubmissionTables } from './tables.ts'
import type { SubmissionDeps } from './types.ts'

export type IdentityContent = Omit<Identity, 'id' | 'mayDelete'>

export interface Identities {
  list(caller: Caller): Promise<{ readonly state: string; readonly list: readonly Identity[] }>
  state(caller: Caller): Promise<string>
  changes(caller: Caller, sinceState: string, maxChanges: number | null): Promise<ObjectChanges>
  /** forbidden with `refusal: from` for an address that the configuration does not allow; badInput, overQuota. */
  create(caller: Caller, content: IdentityContent): Promise<Identity>
  /** RFC 8621 §6: `email` is immutable. notFound, badInput. */
  change(caller: Caller, id: string, change: (content: IdentityContent) => IdentityContent): Promise<Identity>
  /** notFound, forbidden (mayDelete is false). */
  destroy(caller: Caller, id: string): Promise<void>
}

/** The one made of the address signed in with. */
const ownId = 'own'
const maxIdentities = 100
const attempts = 5

type Row = SubmissionTables['identity']

function fromRow(row: Row): Identity {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    replyTo: parse(row.reply_to),
    bcc: parse(row.bcc),
    textSignature: row.text_signature,
    htmlSignature: row.html_signature,
    mayDelete: Number(row.may_delete) === 1,
  }
}
const parse = (text: string | null) => (text === null ? null : (JSON.parse(text) as readonly EmailAddress[]))
const json = (value: unknown) => (value === null ? null : JSON.stringify(value))

function toRow(account: string, id: string, content: IdentityContent, mayDelete: boolean, version: number): Row {
  return {
    account,
    id,
    email: content.email,
    name: content.name,
    reply_to: json(content.replyTo),
    bcc: json(content.bcc),
    text_signature: content.textSignature,
    html_signature: content.htmlSignature,
    may_delete: mayDelete ? 1 : 0,
    version,
  }
}

export function openIdentities(deps: Pick<SubmissionDeps, 'sql' | 'bus' | 'config'>): Identities {
  const { sql, bus, config } = deps
  const log = (caller: Caller) => ({ account: caller.account, type: 'Identity' }) as const

  async function publish(caller: Caller, state: string): Promise<void> {
    await bus.publish({ account: caller.account, changed: { Identity: state } })
  }

  async function ensureOwn(caller: Caller): Promise<void> {
    if ((await readIdentities(sql.read(caller), caller.account)).length > 0) return
    const blank = { name: '', email: caller.address, replyTo: null, bcc: null, textSignature: '', htmlSignature: '' }
    try {
      await sql.write(caller, async (tx) => {
        await insertIdentity(tx, toRow(caller.account, ownId, blank, false, 1))
        await recordChanges(tx, log(caller), [{ id: ownId, kind: 'created' }])
      })
    } catch (error) {
      // Another request made it in this moment.
      if (!isFailure(error, 'conflict')) throw error
    }
  }

  function check(caller: Caller, content: IdentityContent): void {
    if (!isAddress(content.email)) throw new Failure('badInput', { properties: ['email'] })
    if (config.identities === 'own' && sameAddress(content.email) !== sameAddress(caller.address)) {
      throw new Failure('forbidden', {
        refusal: 'from',
        description: `Only ${caller.address} may be sent from here.`,
      })
    }
    // A line break in a name would be one in a header.
    if (/[\0\r\n]/.test(content.name)) throw new Failure('badInput', { properties: ['name'] })
  }

  async function changeOnce(caller: Caller, id: string, change: (content: IdentityContent) => IdentityContent) {
    const row = (await readIdentities(sql.readFresh(), caller.account)).find((item) => item.id === id)
    if (!row) throw new Failure('notFound', { id })
    const before = fromRow(row)
    const { id: _, mayDelete, ...content } = before
    const after = change(content)
    if (after.email !== before.email) throw new Failure('badInput', { properties: ['email'] })
    check(caller, { ...after, email: config.identities === 'own' ? caller.address : after.email })
    const state = await sql.write(caller, async (tx) => {
      const version = Number(row.version)
      if (!(await replaceIdentity(tx, toRow(caller.account, id, after, mayDelete, version))))
        throw new Failure('conflict')
      return recordChanges(tx, log(caller), [{ id, kind: 'updated' }])
    })
    await publish(caller, state)
    return { ...after, id, mayDelete }
  }

  return {
    async list(caller) {
      await ensureOwn(caller)
      // The state first: it may be older than the rows, never newer.
      const state = await stateOf(sql.read(caller), log(caller))
      return { state, list: (await readIdentities(sql.read(caller), caller.account)).map(fromRow) }
    },
    async state(caller) {
      await ensureOwn(caller)
      return stateOf(sql.read(caller), log(caller))
    },
    changes: (caller, sinceState, maxChanges) => changesSince(sql.read(caller), log(caller), sinceState, maxChanges),
    async create(caller, content) {
      check(caller, content)
      await ensureOwn(caller)
      const id = randomUUID()
      const state = await sql.write(caller, async (tx) => {
        if ((await countIdentities(tx, caller.account)) >= maxIdentities) throw new Failure('overQuota')
        await insertIdentity(tx, toRow(caller.account, id, content, true, 1))
        const created: ObjectChange = { id, kind: 'created' }
        return recordChanges(tx, log(caller), [created])
      })
      await publish(caller, state)
      return { ...content, id, mayDelete: true }
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
      const row = (await readIdentities(sql.readFresh(), caller.account)).find((item) => item.id === id)
      if (!row) throw new Failure('notFound', { id })
      if (Number(row.may_delete) === 0)
        throw new Failure('forbidden', { description: 'This identity cannot be deleted.' })
      const state = await sql.write(caller, async (tx) => {
        if (!(await deleteIdentity(tx, caller.account, id))) throw new Failure('notFound', { id })
        return recordChanges(tx, log(caller), [{ id, kind: 'destroyed' }])
      })
      await publish(caller, state)
    },
  }
}
