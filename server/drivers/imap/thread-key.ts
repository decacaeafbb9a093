// What a message belongs to where the server has no thread ids: 64 bits of the first of References, else of In-Reply-To, else of its
// own Message-ID. A function of the message alone, so that every node says the same and no thread is ever merged (RFC 8621 §3:
// threadId is immutable).

import { hash64 } from './hash.ts'

/** Null when the message has none of the three: it is a thread by itself. `headers` is a raw header block. */
export function threadKey(headers: Uint8Array): bigint | null {
  const text = Buffer.from(headers.buffer, headers.byteOffset, headers.byteLength).toString('latin1')
  const id = firstId(text, 'references') ?? firstId(text, 'in-reply-to') ?? firstId(text, 'message-id')
  return id === null ? null : hash64(id)
}

/** The first `<…>` in the field of that name: folded lines, comments before it and broken ids after it do not matter. */
function firstId(headers: string, name: string): string | null {
  const field = new RegExp(`(?:^|\\n)${name}[ \\t]*:((?:[^\\r\\n]|\\r?\\n[ \\t])*)`, 'i').exec(headers)
  const value = field?.[1]
  if (value === undefined) return null
  const open = value.indexOf('<')
  const close = value.indexOf('>', open)
  return open < 0 || close <= open + 1 ? null : value.slice(open + 1, close).replace(/\s+/g, '')
}
