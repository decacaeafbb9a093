// The Forwarded header (RFC 7239 §4): what each proxy on the way says of the one before it. Pure; who of them is believed is the
// listener's question.

export interface ForwardedElement {
  /** An address without its port; or `unknown` or an obfuscated name (§6), as it stands. */
  readonly for: string | null
  readonly proto: string | null
  readonly host: string | null
}

// RFC 9110 §5.6.2 and §5.6.4.
const pairPattern = /[\t ]*([!#$%&'*+.^_`|~\w-]+)=([!#$%&'*+.^_`|~\w-]+|"(?:[^"\\]|\\.)*")[\t ]*(;|,|$)/y
const maxChars = 4096

/** In the order of the way: the proxy nearest to us last. Null when the header is malformed: then nothing of it holds. */
export function parseForwarded(text: string): readonly ForwardedElement[] | null {
  if (text.length > maxChars) return null
  const elements: ForwardedElement[] = []
  let current: Record<string, string> = {}
  for (let at = 0; at < text.length; at = pairPattern.lastIndex) {
    pairPattern.lastIndex = at
    const match = pairPattern.exec(text)
    if (!match) return null
    const name = (match[1] as string).toLowerCase()
    // §4: «Each parameter MUST NOT occur more than once per field-value».
    if (name in current) return null
    current[name] = unquote(match[2] as string)
    if (match[3] === ';') continue
    elements.push({ for: nodeOf(current.for), proto: current.proto ?? null, host: current.host ?? null })
    current = {}
    // Else the expression would match the empty rest of a text that ends in a comma.
    if (match[3] === ',' && pairPattern.lastIndex === text.length) return null
  }
  return Object.keys(current).length > 0 || elements.length === 0 ? null : elements
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** §6: `192.0.2.43:47011`, `[2001:db8::1]:80`. */
function nodeOf(value: string | undefined): string | null {
  if (value === undefined) return null
  const six = /^\[([^\]]*)\](?::\w+)?$/.exec(value)
  if (six) return six[1] as string
  return /^(\d+\.\d+\.\d+\.\d+)(?::\w+)?$/.exec(value)?.[1] ?? value
}
