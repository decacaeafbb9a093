// One message of the account as a source to read: whole where it is small, by its structure where it is not, from the node's
// cache where it was read before.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { EmailRow, MailAccount } from '#ports/mail-store.ts'
import type { MessageCache } from './message-cache.ts'
import { gather, type MessageSource, rawSource, structureSource } from './message-source.ts'
import type { MailConfig } from './types.ts'

export interface ReadDeps {
  readonly account: MailAccount
  readonly cache: MessageCache
  readonly config: MailConfig
}

/** Header blocks beyond this are an attack: no mail server takes them. */
const maxHeaderBytes = 4 * 1024 * 1024

export async function readMessage(deps: ReadDeps, caller: Caller, row: EmailRow): Promise<MessageSource> {
  const { account, cache, config } = deps
  const known = cache.get(caller.account, row.id)
  if (known) return known
  const { signal } = caller
  if (row.size <= config.wholeMessageMaxBytes) {
    const { body } = await account.raw(row.id, {}, signal)
    // The size told by a server may differ a little from the octets it sends (Courier, Exchange).
    const bytes = await gather(body, config.wholeMessageMaxBytes * 2)
    const source = rawSource(bytes)
    cache.put(caller.account, row.id, source, bytes.length)
    return source
  }
  const structured = row.structure ? row : (await account.rows([row.id], { structure: true }, signal))[0]
  if (!structured) throw new Failure('notFound', { id: row.id })
  // Not kept: it holds this request's signal and handle.
  return structureSource({ account, signal, maxHeaderBytes, sizes: cache.sizes(caller.account, row.id) }, structured)
}
