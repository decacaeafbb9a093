// Does what a plugin offers for messages, and tells what came of it.

import { loadStrings } from '../shell/i18n.ts'
import type { MailStore } from '../store/index.ts'
import { askPart } from './ask-part.ts'
import { inWords, type Part } from './places.ts'
import { emailsFor } from './read-given.ts'

/** Of one question, and of one Email/get. */
const maxEmails = 500

export async function runAction(store: MailStore, part: Part<'messageAction'>, ids: readonly string[]): Promise<void> {
  await loadStrings('plugins')
  try {
    for (let at = 0; at < ids.length; at += maxEmails) {
      const emails = await emailsFor(store.client, ids.slice(at, at + maxEmails), part.declared.reads)
      const outcome = await askPart(store.client, part, 'messageAction', { emails })
      if (outcome)
        store.undo.push({
          text: 'plugins:says',
          values: { text: outcome.notice },
          kind: outcome.isError ? 'error' : 'info',
        })
    }
  } catch {
    store.undo.push({ text: 'plugins:failed', values: { action: inWords(part.declared.label) }, kind: 'error' })
  }
  // It may have changed what is shown, through its server part.
  await store.refresh()
}
