// What plugins ask before a message is sent. Their code is fetched only where the server has some.

import type { DraftToSend, SendQuestion } from '#plugin-api/web.ts'
import type { JmapClient } from '../jmap/client.ts'
import { partsAt } from '../plugins/places.ts'
import type { Draft } from './draft.ts'

/** Whose question stands before the author. */
export type Asker = 'us' | 'plugin'

/** Whether a plugin asks about forgotten files in our stead: the author is asked once. */
export const asksOfFiles = (client: Pick<JmapClient, 'session'>): boolean =>
  partsAt(client, 'beforeSend').some(({ declared }) => declared.replaces?.includes('forgottenAttachment'))

export function draftToSend(draft: Draft, text: string, uploads: number): DraftToSend {
  return {
    subject: draft.subject,
    text,
    recipients: [...draft.to, ...draft.cc, ...draft.bcc].map(({ email }) => email),
    files: uploads + draft.attachments.filter(({ cid }) => cid === null).length,
  }
}

/** The first question that a plugin has; null when none has one. */
export async function questionOfPlugins(client: JmapClient, draft: DraftToSend): Promise<SendQuestion | null> {
  const parts = partsAt(client, 'beforeSend')
  if (parts.length === 0) return null
  const [{ askQuietly }, { draftFor }] = await Promise.all([
    import('../plugins/ask-part.ts'),
    import('../plugins/read-given.ts'),
  ])
  for (const part of parts) {
    const question = await askQuietly(client, part, 'beforeSend', draftFor(draft, part.declared.reads))
    if (question) return question
  }
  return null
}
