// Parses I-JSON (RFC 7493), as RFC 8620 §1.5 demands of requests: UTF-8 alone, no name twice in an object, no lone surrogate, no
// number beyond a double, and nested no deeper than anything of ours would be.

/** Told to the client in the problem's `detail`. */
export class NotJson extends Error {}

const maxDepth = 100
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function parseIJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new NotJson('not UTF-8')
  }
  return parseIJsonText(text)
}

export function parseIJsonText(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new NotJson((error as Error).message.slice(0, 200))
  }
  assertIJson(text)
  return value
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const colon = 0x3a

/** Walks text that is known to be JSON; so it need only find strings, numbers and what encloses them. */
function assertIJson(text: string): void {
  // For each open object its names so far; null for an array.
  const open: (Set<string> | null)[] = []
  let isNameNext = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      const end = endOfString(text, at)
      const names = isNameNext ? open.at(-1) : null
      if (names) {
        const name = stringAt(text, at, end)
        if (names.has(name)) throw new NotJson(`a name stands twice: ${name.slice(0, 100)}`)
        names.add(name)
        isNameNext = false
      } else {
        stringAt(text, at, end)
      }
      at = end
    } else if (code === openBrace || code === openBracket) {
      if (open.length >= maxDepth) throw new NotJson(`nested deeper than ${maxDepth}`)
      open.push(code === openBrace ? new Set() : null)
      isNameNext = code === openBrace
    } else if (code === closeBrace || code === closeBracket) {
      open.pop()
      isNameNext = false
    } else if (code === comma) {
      isNameNext = open.at(-1) !== null
    } else if (code === colon) {
      isNameNext = false
    } else if (code === 0x65 || code === 0x45) {
      // An exponent, or the e of true and false, which is followed by no digit or sign.
      assertFinite(text, at)
    }
  }
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  for (;;) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
}

/** RFC 7493 §2.1: no surrogate without its other half. */
function stringAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  const value = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
  if (!value.isWellFormed()) throw new NotJson('a lone surrogate')
  return value
}

function assertFinite(text: string, at: number): void {
  if (!/[-+\d]/.test(text[at + 1] ?? '')) return
  let start = at
  while (/[-.\d]/.test(text[start - 1] ?? '')) start--
  if (!Number.isFinite(Number.parseFloat(text.slice(start, at + 8)))) throw new NotJson('a number beyond a double')
}
