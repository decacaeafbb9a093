// Sizes of parts after decoding, told by the server (BINARY, RFC 3516) so that the parts need not be read. What it does not tell is left
// to the caller to count: no failure of the asking is one of the message.

import { Failure } from '#core/errors.ts'
import { findMessages, type RowsDeps } from './email-rows.ts'
import { fetchBinarySizes } from './engine/commands/fetch.ts'
import { isDropped } from './engine/failures.ts'
import { NONE } from './tables.ts'

const nothing: ReadonlyMap<string, number> = new Map()

export async function decodedSizes(
  deps: Pick<RowsDeps, 'ctx' | 'freshness'>,
  emailId: string,
  sections: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const { ctx } = deps
  const message = (await findMessages(deps, [emailId], signal)).get(emailId)
  if (message === undefined) throw new Failure('notFound', { email: emailId })
  const { tables, mailboxes } = ctx.index
  const place = tables.firstPlace[message] as number
  const mailbox = place === NONE ? undefined : ctx.tree.byId.get(mailboxes[tables.mailboxAt[place] as number]?.id ?? '')
  if (!mailbox || sections.length === 0 || ctx.deps.pool.features(ctx.account)?.binary === false) return nothing
  const uid = tables.uidAt[place] as number
  // A large message takes the server its time: nobody else's commands wait behind it.
  const need = { mailbox: mailbox.path, mayBeStale: true, isExclusive: true, signal }
  return await ctx.deps.pool.use(ctx.login, need, async (connection) => {
    try {
      return await fetchBinarySizes(connection, { uid, sections }, signal)
    } catch (error) {
      // quirk(dovecot 2.3): base64 without its padding ends the connection. To ask again on the next would end that as well.
      if (!isDropped(error) || error.code !== 'unavailable') throw error
      ctx.deps.log.info('imap.sizes', { account: ctx.account, email: emailId, reason: error.detail.server })
      return nothing
    }
  })
}
