// Why a message was found: the words of the search in its subject and text, asked of the server (SearchSnippet/get, RFC 8621 §5) for the
// rows that come into view, many at once. Kept for the search that is shown. Without an answer rows look as they do elsewhere.

import { useEffect, useSyncExternalStore } from 'react'
import type { SearchSnippet } from '#shared/jmap/mail.ts'
import type { JmapClient } from '../../jmap/client.ts'
import { type QuerySpec, useStore } from '../../store/index.ts'

interface Search {
  readonly key: string
  readonly found: Map<string, SearchSnippet>
  /** Asked for or about to be. */
  readonly asked: Set<string>
  waiting: string[]
}

/** Rows that are drawn together are asked for together. */
const gatherMs = 20
const maxIdsPerCall = 32

const searches = new WeakMap<JmapClient, Search>()
const listeners = new Set<() => void>()

function searchFor(client: JmapClient, filter: QuerySpec['filter']): Search {
  const key = JSON.stringify(filter)
  let search = searches.get(client)
  if (search?.key !== key) {
    search = { key, found: new Map(), asked: new Set(), waiting: [] }
    searches.set(client, search)
  }
  return search
}

function want(client: JmapClient, filter: QuerySpec['filter'], emailId: string): void {
  const search = searchFor(client, filter)
  if (search.asked.has(emailId)) return
  search.asked.add(emailId)
  if (search.waiting.push(emailId) === 1) setTimeout(() => void ask(client, filter, search), gatherMs)
}

async function ask(client: JmapClient, filter: QuerySpec['filter'], search: Search): Promise<void> {
  const ids = search.waiting
  search.waiting = []
  for (let at = 0; at < ids.length && searches.get(client) === search; at += maxIdsPerCall) {
    const emailIds = ids.slice(at, at + maxIdsPerCall)
    try {
      const { list } = await client.call('SearchSnippet/get', { accountId: client.accountId, filter, emailIds })
      for (const snippet of list) search.found.set(snippet.emailId, snippet)
    } catch {
      // The list is there all the same, and the connection says by itself that it is gone: asked again when drawn again.
      for (const id of emailIds) search.asked.delete(id)
    }
    for (const listener of listeners) listener()
  }
}

export function useSnippet(emailId: string, filter: QuerySpec['filter']): SearchSnippet | undefined {
  const { client } = useStore()
  useEffect(() => want(client, filter, emailId), [client, filter, emailId])
  return useSyncExternalStore(subscribe, () => searchFor(client, filter).found.get(emailId))
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
