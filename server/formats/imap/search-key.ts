// Search criteria to command parts (RFC 9051 §6.4.4 and the extensions that SearchKey names).

import { Failure } from '#core/errors.ts'
import { maxDepth } from './limits.ts'
import type { Part } from './serialize.ts'
import type { SearchKey, SortKey } from './types.ts'

/** The parts of the criteria; never none. */
export function searchParts(key: SearchKey): readonly Part[] {
  const parts: Part[] = []
  add(parts, key, 0)
  return parts.length === 0 ? ['ALL'] : parts
}

function add(out: Part[], key: SearchKey, depth: number): void {
  if (depth > maxDepth) throw new Failure('badInput', { reason: 'search nested too deep' })
  if (typeof key === 'string') out.push(key)
  else if (isAll(key)) for (const member of key) add(out, member, depth + 1)
  else if ('not' in key) out.push('NOT', group(key.not, depth))
  else if ('or' in key) out.push('OR', group(key.or[0], depth), group(key.or[1], depth))
  else if ('keyword' in key) out.push('KEYWORD', { atom: key.keyword })
  else if ('unkeyword' in key) out.push('UNKEYWORD', { atom: key.unkeyword })
  else if ('in' in key) out.push(key.in, { string: oneLine(key.text) })
  else if ('header' in key) out.push('HEADER', { string: oneLine(key.header) }, { string: oneLine(key.text) })
  else if ('larger' in key) out.push('LARGER', { number: key.larger })
  else if ('smaller' in key) out.push('SMALLER', { number: key.smaller })
  else if ('date' in key) out.push(key.date, { date: key.at })
  else if ('within' in key) out.push(key.within, { number: key.seconds })
  // RFC 9051 §9 has no empty set: nothing has no UID.
  else if ('uids' in key) out.push(...(key.uids.length === 0 ? ['NOT ALL'] : ['UID', { set: key.uids }]))
  else if ('seqs' in key) out.push(...(key.seqs.length === 0 ? ['NOT ALL'] : [{ set: key.seqs }]))
  else if ('modseq' in key) out.push('MODSEQ', { number: key.modseq })
  else if ('emailId' in key) out.push('EMAILID', { atom: key.emailId })
  else if ('threadId' in key) out.push('THREADID', { atom: key.threadId })
  else if ('guid' in key) out.push('X-GUID', { string: key.guid })
  else if ('gmMessageId' in key) out.push('X-GM-MSGID', { atom: key.gmMessageId })
  else out.push('X-GM-THRID', { atom: key.gmThreadId })
}

const isAll = (key: SearchKey): key is readonly SearchKey[] => Array.isArray(key)

/** One operand: several keys in parentheses. */
function group(key: SearchKey, depth: number): Part {
  const parts: Part[] = []
  add(parts, key, depth + 1)
  return parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : { list: parts.length === 0 ? ['ALL'] : parts }
}

/** Header fields are matched unfolded: a line end in what is searched for can match nothing, so it counts as a space. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ')
}

/** Whether any text in it needs CHARSET UTF-8 (RFC 9051 §6.4.4; RFC 6855 §3 forbids CHARSET once UTF8=ACCEPT is enabled). */
export function hasNonAscii(key: SearchKey): boolean {
  if (typeof key === 'string') return false
  if (isAll(key)) return key.some(hasNonAscii)
  if ('not' in key) return hasNonAscii(key.not)
  if ('or' in key) return key.or.some(hasNonAscii)
  return 'text' in key && /[^\x00-\x7f]/.test(key.text)
}

/** RFC 5256 §3: `(REVERSE ARRIVAL SUBJECT)`. */
export function sortParts(keys: readonly SortKey[]): Part {
  if (keys.length === 0) throw new Failure('badInput', { reason: 'no sort key' })
  return { list: keys.map(({ by, isReverse }) => (isReverse ? `REVERSE ${by}` : by)) }
}
