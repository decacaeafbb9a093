// What plugins ask before a message is sent. Their code is fetched only where the server has some.

import type { DraftToSend, SendQuestion } from '#plugin-api/web.ts'
import type { JmapClient } from '../jmap/client.ts'
import { currentLocale } from '../shell/i18n.ts'
import type { Draft } from './draft.ts'

/** Whose question stands before the author. */
export type Asker = 'us' | 'plugin'

export async function questionOfPlugins(
  client: Pick<JmapClient, 'session'>,
  draft: Draft,
  text: string,
  uploads: number,
): Promise<SendQuestion | null> {
  const { askBeforeSend, pluginParts } = await import('../plugins/index.ts')
  if (pluginParts(client).length === 0) return null
  const toSend: DraftToSend = {
    subject: draft.subject,
    text,
    recipients: [...draft.to, ...draft.cc, ...draft.bcc].map(({ email }) => email),
    files: uploads + draft.attachments.filter(({ cid }) => cid === null).length,
  }
  return askBeforeSend(client, toSend, currentLocale())
}
