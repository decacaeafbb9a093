// What a part is given: what its place reads of a message or of a draft, and no more.

import type { DraftToSend, EmailGiven, EmailProperty } from '#plugin-api/web.ts'
import type { JmapClient } from '../jmap/client.ts'

/** The messages that are still there. */
export async function emailsFor(
  client: JmapClient,
  ids: readonly string[],
  reads: readonly EmailProperty[] = [],
): Promise<readonly EmailGiven[]> {
  if (reads.length === 0) return ids.map((id) => ({ id }))
  const properties = ['id', ...reads]
  const { list } = await client.call('Email/get', { accountId: client.accountId, ids, properties })
  return list as unknown as readonly EmailGiven[]
}

const empty: DraftToSend = { subject: '', text: '', recipients: [], files: 0 }

export function draftFor(draft: DraftToSend, reads: readonly (keyof DraftToSend)[] | undefined): DraftToSend {
  return reads ? { ...empty, ...Object.fromEntries(reads.map((name) => [name, draft[name]])) } : draft
}
