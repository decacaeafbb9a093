// Which parts of a message are shown as cards. Apart from the cards, which load only for these.

import type { MessagePart } from '../read/load-message.ts'
import { lookAt } from '../viewer/shown-file.ts'

const types: readonly string[] = ['text/calendar', 'application/ics', 'text/vcard', 'text/x-vcard', 'text/directory']

export function isCard(part: MessagePart): boolean {
  return part.blobId !== null && types.includes(lookAt(part).type)
}
