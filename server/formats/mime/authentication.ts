// What a message says of its own authenticity: DKIM-Signature (RFC 6376 §3.5) and Authentication-Results (RFC 8601 §2.2). Pure reading:
// whom to believe is the caller's to decide, and a DKIM-Signature proves nothing until somebody has verified it.

import { type HeaderField, lenientValue, unfold } from './header-fields.ts'
import { stripComments } from './structured-fields.ts'

export interface DkimSignature {
  /** `d=`, lower case. */
  readonly domain: string
  /** `h=`, lower case. */
  readonly signedFields: readonly string[]
  /** `b=` without white space. */
  readonly signature: string
}

/** The unfolded value of DKIM-Signature; null when it lacks a required tag. */
export function parseDkimSignature(value: string): DkimSignature | null {
  const tags = new Map<string, string>()
  for (const item of value.split(';')) {
    const equals = item.indexOf('=')
    if (equals < 0) continue
    const name = item.slice(0, equals).trim()
    // RFC 6376 §3.2: tags with duplicate names MUST NOT occur.
    if (tags.has(name)) return null
    tags.set(name, item.slice(equals + 1).trim())
  }
  const [domain, signed, signature] = ['d', 'h', 'b'].map((name) => tags.get(name) ?? '')
  if (!domain || !signed || !signature) return null
  return {
    domain: domain.toLowerCase(),
    signedFields: signed.split(':').map((name) => name.trim().toLowerCase()),
    signature: signature.replace(/\s+/g, ''),
  }
}

export interface AuthenticationResult {
  readonly method: string
  readonly result: string
  /** `header.d`, `header.b`, `smtp.mailfrom` …; names lower case. */
  readonly properties: ReadonlyMap<string, string>
}

export interface AuthenticationResults {
  /** Who says so, lower case. */
  readonly authservId: string
  readonly results: readonly AuthenticationResult[]
}

/** The unfolded value of Authentication-Results; null when nobody is named. */
export function parseAuthenticationResults(value: string): AuthenticationResults | null {
  const [head = '', ...items] = splitOutsideQuotes(stripComments(value))
  // authserv-id [ CFWS version ]
  const authservId = unquote(head.trim().split(/\s+/)[0] ?? '').toLowerCase()
  if (authservId === '') return null
  const results = items.flatMap((item): readonly AuthenticationResult[] => {
    // methodspec: method [ "/" version ] "=" result; then reason, then ptype "." property "=" pvalue
    const pairs = [...item.matchAll(/([A-Za-z0-9._/-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]+)/g)]
    const [first, ...rest] = pairs
    if (!first) return []
    const method = first[1]!.split('/')[0]!.toLowerCase()
    const properties = new Map(rest.map(([, name, text]) => [name!.toLowerCase(), unquote(text!)]))
    return [{ method, result: first[2]!.toLowerCase(), properties }]
  })
  return { authservId, results }
}

/** Longer ones are no mail server's: reading them would only cost. */
const maxFieldBytes = 16_384

/**
 * What those named (lower case) have found, the topmost first. Fields are put on top as a message travels, and what lies below a
 * `Received` came with the message: so reading ends at the first one that follows a believed field. A server that signs by one of
 * these names has removed what bears them already (RFC 8601 §5); this holds where it has not, as long as it adds its own.
 */
export function believedResults(
  fields: readonly HeaderField[],
  authservIds: readonly string[],
): readonly AuthenticationResults[] {
  const believed: AuthenticationResults[] = []
  if (authservIds.length === 0) return believed
  for (const { name, value } of fields) {
    const lower = name.toLowerCase()
    if (lower === 'received' && believed.length > 0) break
    if (lower !== 'authentication-results' || value.length > maxFieldBytes) continue
    const results = parseAuthenticationResults(unfold(lenientValue(value)))
    if (results && authservIds.includes(results.authservId)) believed.push(results)
  }
  return believed
}

function splitOutsideQuotes(text: string): readonly string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"|[^;"]|"(?=[^"]*$))+/g) ?? []
}

const unquote = (text: string) =>
  text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
