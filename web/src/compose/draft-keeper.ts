// Keeps a draft on the server while it is written, and in this browser until the server has it.
//
// IMAP has no «change this message»: each saving creates a new one and then destroys the one before, in that order, so that
// there is at no moment none. Before, it is asked whether the one before is still there: when it is not, somebody else has
// saved, sent or deleted it (another tab, another device), and nothing more is saved until the writer has decided.

import type { Identity } from '#shared/jmap/submission.ts'
import type { JmapClient } from '../jmap/client.ts'
import { createOnce, refusalOf } from '../jmap/create-once.ts'
import { JmapError } from '../jmap/methods.ts'
import type { Draft } from './draft.ts'
import { draftToEmail } from './draft-email.ts'
import type { LocalDraft } from './local-drafts.ts'
import { saveDraft } from './save-draft.ts'

export type KeeperState =
  | { readonly kind: 'new' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'saved'; readonly at: number }
  /** The server could not be reached: what is typed is in this browser, and saving is tried again. */
  | { readonly kind: 'local' }
  /** The server refused: told, and tried again with the next change. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The draft was changed, sent or deleted elsewhere. */
  | { readonly kind: 'conflict' }

export interface KeeperDeps {
  readonly client: JmapClient
  readonly draftsId: () => string | undefined
  readonly identityOf: (draft: Draft) => Identity | null
  readonly local: {
    readonly keep: (local: LocalDraft) => Promise<void>
    readonly forget: (key: string) => Promise<void>
  }
  readonly now: () => number
  /** Injected by tests. */
  readonly setTimer?: (run: () => void, ms: number) => () => void
  /** Between two askings for what may have been made; injected by tests. */
  readonly sleep?: (ms: number) => Promise<void>
}

export interface DraftKeeper {
  state(): KeeperState
  subscribe(listener: () => void): () => void
  /** The server's copy, if there is one. */
  emailId(): string | null
  /** Tells of a change: saved in a moment. */
  change(draft: Draft): void
  /** Saves now if there is anything to save; resolves to the id, or throws what went wrong. */
  save(): Promise<string>
  /** After a conflict: goes on as a draft of its own. */
  keepMine(): void
  /** Takes the draft away everywhere. */
  discard(): Promise<void>
  /** Ends: the local copy goes only if the server has everything. */
  close(): Promise<void>
}

const pauseMs = 1_500
const retryMs = 8_000
const localMs = 250

export function openDraftKeeper(deps: KeeperDeps, initial: Draft, initialId: string | null): DraftKeeper {
  const { client, local } = deps
  const setTimer = deps.setTimer ?? browserTimer
  const listeners = new Set<() => void>()
  let draft = initial
  let emailId = initialId
  let state: KeeperState = initialId === null ? { kind: 'new' } : { kind: 'saved', at: deps.now() }
  let revision = 0
  let savedRevision = 0
  let running: Promise<string> | undefined
  let cancelSave = () => {}
  let cancelLocal = () => {}
  let isClosed = false

  function tell(next: KeeperState): void {
    state = next
    for (const listener of listeners) listener()
  }

  function schedule(ms: number): void {
    cancelSave()
    // A failure is told by the state; whoever waits for a saving calls save().
    cancelSave = setTimer(() => void save().catch(() => {}), ms)
  }

  const keepLocal = () =>
    local.keep({ key: draft.messageId, accountId: client.accountId, draft, emailId, changedAt: deps.now() })

  async function save(): Promise<string> {
    cancelSave()
    while (running) await running.catch(() => {})
    if (emailId !== null && savedRevision === revision) return emailId
    if (state.kind === 'conflict') throw new JmapError('stateMismatch')
    running = saveOnce()
    try {
      return await running
    } finally {
      running = undefined
    }
  }

  async function saveOnce(): Promise<string> {
    const saving = revision
    const before = emailId
    tell({ kind: 'saving' })
    try {
      const draftsId = deps.draftsId()
      if (draftsId === undefined) throw new JmapError('serverFail', 'no Drafts folder')
      if (before !== null && !(await isThere(before))) {
        tell({ kind: 'conflict' })
        throw new JmapError('stateMismatch')
      }
      const id = await saveDraft(deps, draftToEmail(draft, deps.identityOf(draft), { draftsId }), draftsId)
      emailId = id
      if (before !== null) {
        // When this fails, an older copy is left in Drafts: untidy, but nothing is lost.
        if (await isTakenElsewhere(before)) {
          // Somebody took the one before in this very moment: both are kept, and the writer is told.
          savedRevision = saving
          tell({ kind: 'conflict' })
          throw new JmapError('stateMismatch')
        }
      }
      savedRevision = saving
      if (revision === saving) {
        cancelLocal()
        await local.forget(draft.messageId)
        tell({ kind: 'saved', at: deps.now() })
      } else {
        tell({ kind: 'changed' })
        schedule(pauseMs)
      }
      return id
    } catch (error) {
      if (state.kind !== 'conflict') failed(error)
      throw error
    }
  }

  /** Destroys the one before; true when somebody else had done so. Repeated blindly, a lost answer would look like that. */
  async function isTakenElsewhere(before: string): Promise<boolean> {
    const { accountId } = client
    return await createOnce(
      async () => {
        const destroy = { accountId, destroy: [before] }
        const { notDestroyed } = await client.call('Email/set', destroy, { mayRepeat: false })
        const refused = notDestroyed?.[before]
        if (refused?.type === 'serverUnavailable') throw refusalOf(refused)
        return refused?.type === 'notFound'
      },
      async () => ((await isThere(before)) ? null : false),
      deps.sleep,
    )
  }

  function failed(error: unknown): void {
    const isRefusal = error instanceof JmapError && error.type !== 'network' && error.type !== 'serverUnavailable'
    tell(isRefusal ? { kind: 'refused', reason: error.description ?? error.type } : { kind: 'local' })
    if (!isClosed) schedule(retryMs)
  }

  async function isThere(id: string): Promise<boolean> {
    const { list } = await client.call('Email/get', {
      accountId: client.accountId,
      ids: [id],
      properties: ['id', 'keywords'],
    })
    return list[0]?.keywords?.$draft === true
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    emailId: () => emailId,
    change(next) {
      if (next === draft) return
      draft = next
      revision++
      cancelLocal()
      cancelLocal = setTimer(() => void keepLocal(), localMs)
      if (state.kind === 'conflict') return
      if (state.kind !== 'saving') tell({ kind: 'changed' })
      schedule(pauseMs)
    },
    save,
    keepMine() {
      if (state.kind !== 'conflict') return
      // What is on the server stays as it is.
      emailId = null
      revision++
      tell({ kind: 'changed' })
      schedule(0)
    },
    async discard() {
      isClosed = true
      cancelSave()
      cancelLocal()
      await running?.catch(() => {})
      await local.forget(draft.messageId)
      if (emailId !== null) await client.call('Email/set', { accountId: client.accountId, destroy: [emailId] })
    },
    async close() {
      isClosed = true
      cancelLocal()
      if (savedRevision === revision) {
        cancelSave()
        return
      }
      await keepLocal()
      await save()
    },
  }
}

function browserTimer(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
