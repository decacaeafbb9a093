// SearchSnippet/get (RFC 8621 §5): where the words of a search stand in subject and text, marked with <mark>, everything else
// escaped. Which messages match is the mail server's matter; what is marked is our best guess at why.

import type { Caller } from '#core/caller.ts'
import { isFailure } from '#core/errors.ts'
import { bodyLists } from '#formats/mime/body-lists.ts'
import { decodeCharset } from '#formats/mime/charset.ts'
import { parseHeaderFields } from '#formats/mime/header-fields.ts'
import { readHeader } from '#formats/mime/header-forms.ts'
import { foldSpace, htmlToText } from '#formats/mime/preview.ts'
import type { EmailRow } from '#ports/mail-store.ts'
import type { EmailId } from '#shared/ids.ts'
import type { EmailFilter, SearchSnippet } from '#shared/jmap/mail.ts'
import { searchWords } from '#shared/search-words.ts'
import { mapLimited } from './map-limited.ts'
import { type ReadDeps, readMessage } from './read-message.ts'

const concurrency = 8
/** Octets of text looked through for the words of the search. */
const maxTextBytes = 512 * 1024
/** RFC 8621 §5 (preview): «MUST NOT be bigger than 255 octets», marks and escapes included. */
const maxPreviewBytes = 255

interface Terms {
  readonly subject: readonly string[]
  readonly body: readonly string[]
}

/** The words of the conditions that search text; those under NOT are not what was found. */
export function searchTerms(filter: EmailFilter | null): Terms {
  const subject = new Set<string>()
  const body = new Set<string>()
  const walk = (node: EmailFilter) => {
    if ('operator' in node) {
      if (node.operator !== 'NOT') node.conditions.forEach(walk)
      return
    }
    for (const word of searchWords(`${node.text ?? ''}`)) {
      subject.add(word)
      body.add(word)
    }
    for (const word of searchWords(node.subject ?? '')) subject.add(word)
    for (const word of searchWords(node.body ?? '')) body.add(word)
  }
  if (filter) walk(filter)
  return { subject: [...subject], body: [...body] }
}

function pattern(words: readonly string[]): RegExp | null {
  if (words.length === 0) return null
  // The longest first, so that it is not marked in part.
  const escaped = [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'))
  return new RegExp(escaped.join('|'), 'giu')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeText = (text: string) => text.replace(/[&<>"]/g, (char) => entities[char]!)

/** Null when nothing of it matches. */
export function markMatches(text: string, words: readonly string[]): string | null {
  const find = pattern(words)
  if (!find) return null
  let out = ''
  let at = 0
  for (const match of text.matchAll(find)) {
    if (match[0] === '') continue
    out += `${escapeText(text.slice(at, match.index))}<mark>${escapeText(match[0])}</mark>`
    at = match.index + match[0].length
  }
  return at === 0 ? null : out + escapeText(text.slice(at))
}

/** The text around the first match, as long as the limit lets it be. */
export function previewSnippet(text: string, words: readonly string[]): string | null {
  const first = pattern(words)?.exec(text)
  if (!first) return null
  let start = Math.max(0, first.index - 40)
  // From the start of a word, where one is near.
  if (start > 0) start = Math.min(first.index, text.indexOf(' ', start) + 1 || start)
  const lead = start > 0 ? '…' : ''
  for (let end = Math.min(text.length, start + 240); end > first.index; end -= 8) {
    const piece = text.slice(start, end).toWellFormed().replaceAll('\ufffd', '')
    const marked = markMatches(piece, words)
    const snippet = marked === null ? null : lead + marked + (end < text.length ? '…' : '')
    if (snippet !== null && Buffer.byteLength(snippet) <= maxPreviewBytes) return snippet
  }
  return null
}

export async function searchSnippets(
  deps: ReadDeps,
  caller: Caller,
  filter: EmailFilter | null,
  ids: readonly EmailId[],
): Promise<readonly SearchSnippet[]> {
  const terms = searchTerms(filter)
  const needsText = terms.body.length > 0
  const rows = await deps.account.rows(ids, { listHeaders: terms.subject.length > 0 }, caller.signal)
  const snippets = await mapLimited(rows, concurrency, async (row): Promise<SearchSnippet | null> => {
    try {
      const preview = needsText ? previewSnippet(await bodyText(deps, caller, row), terms.body) : null
      return { emailId: row.id, subject: markMatches(subjectOf(row), terms.subject), preview }
    } catch (error) {
      if (isFailure(error, 'notFound')) return null
      throw error
    }
  })
  return snippets.filter((snippet) => snippet !== null)
}

function subjectOf(row: EmailRow): string {
  if (!row.listHeaders) return ''
  const subject = readHeader(parseHeaderFields(row.listHeaders), { field: 'Subject', form: 'Text', all: false })
  return typeof subject === 'string' ? foldSpace(subject) : ''
}

async function bodyText(deps: ReadDeps, caller: Caller, row: EmailRow): Promise<string> {
  const source = await readMessage(deps, caller, row)
  const { textBody, htmlBody } = bodyLists(source.root)
  const texts: string[] = []
  const seen = new Set<string>()
  for (const part of [...textBody, ...htmlBody]) {
    if (!part.type.startsWith('text/') || seen.has(part.section)) continue
    seen.add(part.section)
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of await source.open(part)) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxTextBytes) break
    }
    const { text } = decodeCharset(Buffer.concat(chunks).subarray(0, maxTextBytes), part.charset)
    texts.push(foldSpace(part.type === 'text/html' ? htmlToText(text) : text))
  }
  return texts.join(' ')
}
