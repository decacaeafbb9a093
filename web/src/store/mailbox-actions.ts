// What people do to folders. Creating waits for the server, which gives the id; everything else shows at once.

import { capabilities } from '#shared/jmap/core.ts'
import type { Mailbox } from '#shared/jmap/mail.ts'
import type { CallOptions, JmapClient } from '../jmap/client.ts'
import { createOnce, refusalOf } from '../jmap/create-once.ts'
import { type HeldChanges, undoTimeMs } from './actions.ts'
import { chunksOf } from './loader.ts'
import type { MailboxTable } from './mailboxes.ts'
import type { MailActions, Notice, UndoStack } from './types.ts'

export interface MailboxActionDeps {
  readonly client: JmapClient
  readonly mailboxes: MailboxTable
  readonly undo: UndoStack
  readonly held: HeldChanges
  readonly refresh: () => Promise<void>
  /** Lists of this folder show nothing, or what they have. */
  readonly setEmptied: (mailboxId: string, isEmptied: boolean) => void
  readonly setRead: (emailIds: readonly string[]) => void
  readonly fail: (error: unknown) => void
}

type FolderActions = Pick<
  MailActions,
  | 'createMailbox'
  | 'renameMailbox'
  | 'moveMailbox'
  | 'subscribeMailbox'
  | 'deleteMailbox'
  | 'emptyMailbox'
  | 'markAllRead'
>
type MailboxChange = Partial<Pick<Mailbox, 'name' | 'parentId' | 'isSubscribed'>>

export function createMailboxActions(deps: MailboxActionDeps): FolderActions {
  const { client, mailboxes, undo, held, refresh, setEmptied, fail } = deps
  const { accountId } = client
  const core = client.session.capabilities[capabilities.core] as { maxObjectsInSet?: number } | undefined
  const maxObjects = Math.min(core?.maxObjectsInSet ?? 256, 500)

  async function createMailbox(name: string, parentId: string | null): Promise<string> {
    const create = { new: { name, parentId, isSubscribed: true } }
    const id = await createOnce(
      async () => {
        const answer = await client.call('Mailbox/set', { accountId, create })
        const created = answer.created?.new?.id
        if (created === undefined) throw refusalOf(answer.notCreated?.new)
        return created
      },
      // No two folders of one parent have one name, and this one had none before.
      async () => {
        const { list } = await client.call('Mailbox/get', { accountId, properties: ['name', 'parentId'] })
        return list.find((folder) => folder.name === name && folder.parentId === parentId)?.id ?? null
      },
    )
    await refresh()
    undo.push({ text: 'mail:folderCreated', values: { folder: name }, undo: () => destroyMailboxes([id], {}) })
    return id
  }

  async function change(id: string, next: MailboxChange): Promise<void> {
    mailboxes.patch(id, next)
    try {
      const answer = await client.call('Mailbox/set', { accountId, update: { [id]: { ...next } } })
      const error = answer.notUpdated?.[id]
      if (error) throw refusalOf(error)
      mailboxes.put([{ id, ...next }])
    } catch (error) {
      fail(error)
    } finally {
      mailboxes.patch(id, undefined)
    }
    await refresh()
  }

  /** `tell` is given the folder as it will be. */
  function changeWithUndo(id: string, next: MailboxChange, tell: (folder: Mailbox) => Notice): void {
    const before = mailboxes.get(id)
    if (!before) return
    const names = Object.keys(next) as (keyof MailboxChange)[]
    if (names.every((name) => before[name] === next[name])) return
    const back: MailboxChange = Object.fromEntries(names.map((name) => [name, before[name]]))
    void change(id, next)
    undo.push({ ...tell({ ...before, ...next }), undo: () => change(id, back) })
  }

  async function destroyMailboxes(ids: readonly string[], options: CallOptions): Promise<void> {
    mailboxes.setGone(ids, true)
    try {
      const answer = await client.call('Mailbox/set', { accountId, destroy: ids, onDestroyRemoveEmails: true }, options)
      // Gone already is what was wanted: the answer to a first request may have been lost.
      const error = Object.values(answer.notDestroyed ?? {}).find(({ type }) => type !== 'notFound')
      if (error) throw refusalOf(error)
      mailboxes.remove(ids)
    } catch (error) {
      fail(error)
    } finally {
      mailboxes.setGone(ids, false)
    }
    await refresh()
  }

  async function emptyNow(id: string, options: CallOptions): Promise<void> {
    try {
      for (;;) {
        const page = await client.call(
          'Email/query',
          { accountId, filter: { inMailbox: id }, limit: maxObjects },
          options,
        )
        if (page.ids.length === 0) break
        const answer = await client.call('Email/set', { accountId, destroy: page.ids }, options)
        const error = Object.values(answer.notDestroyed ?? {}).find(({ type }) => type !== 'notFound')
        if (error) throw refusalOf(error)
      }
    } catch (error) {
      fail(error)
    } finally {
      await refresh()
      mailboxes.setEmptied(id, false)
      setEmptied(id, false)
    }
  }

  async function markAllRead(id: string): Promise<void> {
    const ids: string[] = []
    for (;;) {
      const page = await client.call('Email/query', {
        accountId,
        filter: { inMailbox: id, notKeyword: '$seen' },
        position: ids.length,
        limit: 1_000,
      })
      ids.push(...page.ids)
      if (page.ids.length === 0 || page.ids.length < (page.limit ?? 1_000)) break
    }
    for (const chunk of chunksOf(ids, 5_000)) deps.setRead(chunk)
  }

  return {
    createMailbox,
    renameMailbox: (id, name) =>
      changeWithUndo(id, { name }, (folder) => ({ text: 'mail:folderRenamed', values: { folder: folder.name } })),
    moveMailbox: (id, parentId) =>
      changeWithUndo(id, { parentId }, ({ name }): Notice => {
        const parent = parentId === null ? undefined : mailboxes.get(parentId)
        return parent
          ? { text: 'mail:folderMoved', values: { name, folder: parent.name, role: parent.role ?? '' } }
          : { text: 'mail:folderMovedUp', values: { name } }
      }),
    subscribeMailbox: (id, isSubscribed) =>
      changeWithUndo(id, { isSubscribed }, ({ name }) => ({
        text: isSubscribed ? 'mail:folderSubscribed' : 'mail:folderUnsubscribed',
        values: { folder: name },
      })),
    deleteMailbox(id) {
      const name = mailboxes.get(id)?.name ?? ''
      const ids = mailboxes.withDescendants(id)
      mailboxes.setGone(ids, true)
      const cancel = held.hold((options) => destroyMailboxes(ids, options))
      undo.push({
        text: 'mail:folderDeleted',
        values: { folder: name },
        durationMs: undoTimeMs,
        undo: () => {
          cancel()
          mailboxes.setGone(ids, false)
        },
      })
    },
    emptyMailbox(id) {
      const mailbox = mailboxes.get(id)
      if (!mailbox) return
      mailboxes.setEmptied(id, true)
      setEmptied(id, true)
      const cancel = held.hold((options) => emptyNow(id, options))
      undo.push({
        text: 'mail:folderEmptied',
        values: { folder: mailbox.name, role: mailbox.role ?? '' },
        durationMs: undoTimeMs,
        undo: () => {
          cancel()
          mailboxes.setEmptied(id, false)
          setEmptied(id, false)
        },
      })
    },
    markAllRead: (id) => void markAllRead(id).catch(fail),
  }
}
