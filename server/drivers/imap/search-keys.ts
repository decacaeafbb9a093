// The conditions of a filter that only the server can answer (texts and headers), as SEARCH keys. They are values: what turns them into
// octets quotes or counts each text, so that none can become a command.

import { Failure } from '#core/errors.ts'
import type { SearchKey } from '#formats/imap/types.ts'
import type { EmailFilterCondition } from '#shared/jmap/mail.ts'
import { searchWords } from '#shared/search-words.ts'

/** RFC 5322 §2.2, as far as it can be an atom. */
const headerName = /^[!#$&'+\-.0-9A-Z^_`a-z|~]{1,200}$/

const texts = ['text', 'from', 'to', 'cc', 'bcc', 'subject', 'body'] as const
const fields = { from: 'FROM', to: 'TO', cc: 'CC', bcc: 'BCC', subject: 'SUBJECT', body: 'BODY' } as const

/** All of them must hold; null when the condition asks for nothing of the kind. */
export function searchKeys(condition: EmailFilterCondition): readonly SearchKey[] | null {
  const keys: SearchKey[] = []
  for (const name of texts) {
    const value = condition[name]
    if (value === undefined || value === null) continue
    for (const word of searchWords(value))
      keys.push(name === 'text' ? anywhere(clean(word)) : { in: fields[name], text: clean(word) })
  }
  const { header, attachmentName } = condition
  // Their names stand in the headers of parts, into which TEXT alone looks; it looks into all else too, which finds rather too much.
  if (attachmentName !== undefined && attachmentName !== null)
    for (const word of searchWords(attachmentName)) keys.push({ in: 'TEXT', text: clean(word) })
  if (header !== undefined && header !== null) {
    const [name, text = ''] = header
    if (name === undefined || !headerName.test(name)) throw new Failure('unsupportedFilter', { header: name })
    keys.push({ header: name, text: clean(text) })
  }
  return keys.length === 0 ? null : keys
}

/**
 * RFC 8621 §4.4.1: From, To, Cc, Bcc, Subject and the body. SEARCH TEXT would look into every header line, so that «esmtp» or «list»
 * were in each message.
 */
function anywhere(text: string): SearchKey {
  return [
    { in: 'FROM', text },
    { in: 'TO', text },
    { in: 'CC', text },
    { in: 'BCC', text },
    { in: 'SUBJECT', text },
    { in: 'BODY', text },
  ].reduceRight<SearchKey | null>(
    (rest, key) => (rest === null ? (key as SearchKey) : { or: [key as SearchKey, rest] }),
    null,
  ) as SearchKey
}

/** No header and no text of a message has line breaks or NUL in it where it is searched; a lone surrogate is no text. */
function clean(text: string): string {
  return text.replace(/[\0\r\n]+/g, ' ').toWellFormed()
}
