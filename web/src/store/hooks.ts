// React's way into the store. Each hook subscribes to the records it reads and to nothing else.

import {
  createContext,
  createElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react'
import type { Mailbox, MailboxRole, Thread } from '#shared/jmap/mail.ts'
import type { ConnectionState, EmailHead, LiveQuery, MailStore, QuerySpec, Row } from './types.ts'

const StoreContext = createContext<MailStore | null>(null)

export function StoreProvider({ store, children }: { store: MailStore; children: ReactNode }) {
  return createElement(StoreContext.Provider, { value: store }, children)
}

export function useStore(): MailStore {
  const store = useContext(StoreContext)
  if (!store) throw new Error('useStore outside of StoreProvider')
  return store
}

export function useMailboxes(): readonly Mailbox[] {
  const store = useStore()
  return useSyncExternalStore(store.subscribeMailboxes, store.mailboxes)
}

export function useMailbox(id: string | undefined): Mailbox | undefined {
  const store = useStore()
  return useSyncExternalStore(store.subscribeMailboxes, () => (id === undefined ? undefined : store.mailbox(id)))
}

export function useMailboxByRole(role: MailboxRole): Mailbox | undefined {
  const store = useStore()
  return useSyncExternalStore(store.subscribeMailboxes, () => store.mailboxByRole(role))
}

/** A message's head, fetched if it is not held. */
export function useEmail(id: string): EmailHead | undefined {
  const store = useStore()
  const email = useSyncExternalStore(
    useCallback((listener) => store.subscribeEmail(id, listener), [store, id]),
    () => store.email(id),
  )
  useEffect(() => {
    if (!email) void store.loadEmails([id])
  }, [store, id, email])
  return email
}

/** A conversation, fetched if it is not held. */
export function useThread(id: string): Thread | undefined {
  const store = useStore()
  const thread = useSyncExternalStore(
    useCallback((listener) => store.subscribeThread(id, listener), [store, id]),
    () => store.thread(id),
  )
  useEffect(() => {
    if (!thread) void store.loadThread(id)
  }, [store, id, thread])
  return thread
}

/** The messages of a conversation, oldest first; those not yet read are missing. */
export function useThreadEmails(id: string): readonly EmailHead[] {
  const store = useStore()
  const thread = useThread(id)
  const ids = thread?.emailIds
  useEffect(() => {
    const missing = ids?.filter((emailId) => !store.email(emailId))
    if (missing?.length) void store.loadEmails(missing)
  }, [store, ids])
  const last = useRef<readonly EmailHead[]>([])
  return useSyncExternalStore(
    useCallback(
      (listener) => {
        const ends = (ids ?? []).map((emailId) => store.subscribeEmail(emailId, listener))
        return () => {
          for (const end of ends) end()
        }
      },
      [store, ids],
    ),
    () => {
      const emails = (ids ?? []).flatMap((emailId) => store.email(emailId) ?? [])
      const isSame = emails.length === last.current.length && emails.every((email, i) => email === last.current[i])
      if (!isSame) last.current = emails
      return last.current
    },
  )
}

/** A live list; the component renders again whenever the list changes. */
export function useQuery(spec: QuerySpec): LiveQuery {
  const store = useStore()
  const key = JSON.stringify(spec)
  // The key says all there is to know about the spec, which is written inline by callers.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const query = useMemo(() => store.query(spec), [store, key])
  useSyncExternalStore(query.subscribe, () => query.version)
  return query
}

/** One row of a list. */
export function useRow(emailId: string, spec: QuerySpec): Row | undefined {
  const store = useStore()
  const threadId = useSyncExternalStore(
    useCallback((listener) => store.subscribeEmail(emailId, listener), [store, emailId]),
    () => store.email(emailId)?.threadId,
  )
  const subscribe = useCallback(
    (listener: () => void) => {
      const ids = threadId === undefined ? [] : (store.thread(threadId)?.emailIds ?? [])
      const ends = [...new Set([emailId, ...ids])].map((id) => store.subscribeEmail(id, listener))
      if (threadId !== undefined) ends.push(store.subscribeThread(threadId, listener))
      return () => {
        for (const end of ends) end()
      }
    },
    [store, emailId, threadId],
  )
  return useSyncExternalStore(subscribe, () => store.row(emailId, spec))
}

export function useConnection(): ConnectionState {
  const store = useStore()
  return useSyncExternalStore(store.subscribeConnection, store.connection)
}
