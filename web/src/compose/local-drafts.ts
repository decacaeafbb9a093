// What was typed and is not yet on the server, in this browser's IndexedDB: it outlives a closed tab and a lost network, and
// goes away as soon as the server has it. One record per message being written.

import type { Draft } from './draft.ts'

export interface LocalDraft {
  /** The draft's Message-ID. */
  readonly key: string
  readonly accountId: string
  readonly draft: Draft
  /** The server's copy that it grew from. */
  readonly emailId: string | null
  readonly changedAt: number
}

const databaseName = 'paquebot-drafts'
const storeName = 'drafts'
/** Older leftovers are not offered any more. */
const keptMs = 30 * 86_400_000

let opening: Promise<IDBDatabase | null> | undefined

/** Null where the browser has no IndexedDB to give (private windows of some): then the server's copy is the only one. */
function open(): Promise<IDBDatabase | null> {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(databaseName, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(storeName, { keyPath: 'key' })
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => resolve(null)
    } catch {
      resolve(null)
    }
  })
  return opening
}

async function run<T>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  const database = await open()
  if (!database) return undefined
  return await new Promise((resolve) => {
    const transaction = database.transaction(storeName, mode)
    const request = work(transaction.objectStore(storeName))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onerror = () => resolve(undefined)
    transaction.onabort = () => resolve(undefined)
  })
}

export async function keepLocally(local: LocalDraft): Promise<void> {
  await run('readwrite', (store) => store.put(local))
}

export async function forgetLocally(key: string): Promise<void> {
  await run('readwrite', (store) => store.delete(key))
}

/** Those that no open tab is writing right now, oldest first. */
export async function leftovers(accountId: string): Promise<readonly LocalDraft[]> {
  const all = (await run('readonly', (store) => store.getAll() as IDBRequest<LocalDraft[]>)) ?? []
  const recent = all.filter((local) => local.accountId === accountId && Date.now() - local.changedAt < keptMs)
  const free = await Promise.all(recent.map(async (local) => ((await isBeingWritten(local.key)) ? [] : [local])))
  return free.flat().sort((a, b) => a.changedAt - b.changedAt)
}

const lockName = (key: string) => `paquebot-draft ${key}`

/** Tells the browser's other tabs that this one writes the draft; false if another one does already. */
export async function claimDraft(key: string, until: Promise<void>): Promise<boolean> {
  if (!navigator.locks) return true
  return await new Promise((resolve) => {
    void navigator.locks.request(lockName(key), { ifAvailable: true }, async (lock) => {
      resolve(lock !== null)
      if (lock) await until
    })
  })
}

async function isBeingWritten(key: string): Promise<boolean> {
  if (!navigator.locks) return false
  const { held } = await navigator.locks.query()
  return held?.some(({ name }) => name === lockName(key)) ?? false
}
