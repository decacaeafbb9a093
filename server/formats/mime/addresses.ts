// Address lists: RFC 5322 §3.4 with the obsolete syntax of §4.4, and best effort on what is neither (RFC 8621 §4.1.2.3).
// Nothing typed is lost: what cannot be an address stands as the `email` of one. Time is linear in the input.

import { decodeWords } from './encoded-words.ts'

export interface Address {
  readonly name: string | null
  readonly email: string
}
export interface AddressGroup {
  readonly name: string | null
  readonly addresses: readonly Address[]
}

interface Token {
  readonly kind: 'atom' | 'quoted' | 'literal' | 'comment' | 'special'
  /** Of a quoted string and a comment: what is inside, quoted pairs resolved. */
  readonly text: string
  /** White space or a comment stood before it. */
  readonly spaced: boolean
}

function readUntil(text: string, start: number, close: string): { readonly text: string; readonly end: number } {
  let out = ''
  let at = start
  for (; at < text.length && text[at] !== close; at++) {
    if (text[at] === '\\' && at + 1 < text.length) at++
    out += text[at]
  }
  return { text: out, end: at + 1 }
}

function readComment(text: string, start: number): { readonly text: string; readonly end: number } {
  let out = ''
  let depth = 1
  let at = start
  for (; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\' && at + 1 < text.length) out += text[++at]
    else if (char === ')' && --depth === 0) break
    else {
      if (char === '(') depth++
      out += char
    }
  }
  return { text: out, end: at + 1 }
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  const atom = /[^\s()<>[\]:;@\\,"]+/y
  let at = 0
  let spaced = false
  while (at < text.length) {
    const char = text[at]!
    if (/\s/.test(char)) {
      spaced = true
      at++
      continue
    }
    let read: { readonly text: string; readonly end: number }
    let kind: Token['kind']
    if (char === '"') {
      kind = 'quoted'
      read = readUntil(text, at + 1, '"')
    } else if (char === '(') {
      kind = 'comment'
      read = readComment(text, at + 1)
    } else if (char === '[') {
      kind = 'literal'
      read = readUntil(text, at + 1, ']')
    } else if ('<>,;:@]\\)'.includes(char)) {
      kind = 'special'
      read = { text: char, end: at + 1 }
    } else {
      kind = 'atom'
      atom.lastIndex = at
      const word = atom.exec(text)?.[0] ?? char
      read = { text: word, end: at + word.length }
    }
    tokens.push({ kind, text: read.text, spaced })
    spaced = kind === 'comment'
    at = read.end
  }
  return tokens
}

const isSpecial = (token: Token | undefined, ...chars: readonly string[]) =>
  token?.kind === 'special' && chars.includes(token.text)

/** One token as it stands in an addr-spec. */
function specText(token: Token): string {
  if (token.kind === 'quoted') return `"${token.text.replace(/["\\]/g, '\\$&')}"`
  return token.kind === 'literal' ? `[${token.text}]` : token.text
}

/** A display name: RFC 8621 §4.1.2.3. Encoded words are decoded where they are atoms, never inside quotes (RFC 2047 §5). */
function phraseText(tokens: readonly Token[]): string | null {
  let out = ''
  let run = ''
  const flush = () => {
    out += decodeWords(run)
    run = ''
  }
  tokens.forEach((token, index) => {
    const space = index > 0 && token.spaced ? ' ' : ''
    if (token.kind === 'quoted') {
      flush()
      out += space + token.text
    } else run += space + specText(token)
  })
  flush()
  const name = out.replace(/\s+/g, ' ').trim().normalize('NFC')
  return name === '' ? null : name
}

function commentName(comments: readonly Token[]): string | null {
  const text = comments.map((comment) => decodeWords(comment.text)).join(' ')
  const name = text.replace(/\s+/g, ' ').trim().normalize('NFC')
  return name === '' ? null : name
}

/** The tokens between two separators as one address; null where there is nothing. */
function readAddress(tokens: readonly Token[]): Address | null {
  const open = tokens.findIndex((token) => isSpecial(token, '<'))
  if (open >= 0) {
    let close = tokens.findIndex((token, index) => index > open && isSpecial(token, '>'))
    if (close < 0) close = tokens.length
    let inside = tokens.slice(open + 1, close).filter((token) => token.kind !== 'comment' && !isSpecial(token, '<'))
    // RFC 5322 §4.4: a source route, `<@a,@b:user@c>`, is dropped.
    if (isSpecial(inside[0], '@')) {
      const colon = inside.findIndex((token) => isSpecial(token, ':'))
      if (colon >= 0) inside = inside.slice(colon + 1)
    }
    const before = tokens.slice(0, open)
    const words = before.filter((token) => token.kind !== 'comment')
    const after = tokens.slice(close + 1)
    const comments = [...before, ...after].filter((token) => token.kind === 'comment')
    const email = inside.map(specText).join('')
    const name = phraseText(words) ?? commentName(comments)
    return email === '' && name === null ? null : { name, email }
  }
  const comments = tokens.filter((token) => token.kind === 'comment')
  const words = tokens.filter((token) => token.kind !== 'comment')
  if (words.length === 0) return null
  const at = words.findLastIndex((token) => isSpecial(token, '@'))
  if (at < 0) {
    // No address at all: a name being typed, «undisclosed recipients».
    const email = words.map((token, index) => (index > 0 && token.spaced ? ' ' : '') + specText(token)).join('')
    return { name: commentName(comments), email: decodeWords(email).normalize('NFC') }
  }
  // `user @ example . com` is one address; in `Some Name user@example.com` the words before the local part are a name.
  let start = at - 1
  while (start > 0 && (joins(words[start - 1]) || joins(words[start], true) || !words[start]?.spaced)) start--
  if (start < 0) start = 0
  const email = words.slice(start).map(specText).join('')
  return { name: phraseText(words.slice(0, start)) ?? commentName(comments), email }
}

/** Whether a dot or an @ ties this token to its neighbour in spite of white space (obs-local-part). */
function joins(token: Token | undefined, leading = false): boolean {
  if (!token) return false
  if (isSpecial(token, '@')) return true
  return token.kind === 'atom' && (leading ? token.text.startsWith('.') : token.text.endsWith('.'))
}

/** RFC 8621 §4.1.2.4: addresses outside groups are gathered, in their order, in groups without a name. */
export function parseGroups(value: string): readonly AddressGroup[] {
  const groups: { name: string | null; addresses: Address[] }[] = []
  let group: { name: string | null; addresses: Address[] } | null = null
  let tokens: Token[] = []
  // Between `<` and `>` a comma still separates (a `>` may be missing), but not in a source route: `<@a,@b:c@d>`.
  let angle: 'none' | 'opened' | 'route' | 'address' = 'none'
  const finish = () => {
    const address = readAddress(tokens)
    tokens = []
    angle = 'none'
    if (!address) return
    if (group) group.addresses.push(address)
    else {
      const last = groups.at(-1)
      if (last && last.name === null) last.addresses.push(address)
      else groups.push({ name: null, addresses: [address] })
    }
  }
  for (const token of tokenize(value)) {
    if (isSpecial(token, ',', ';') && angle !== 'route') {
      finish()
      if (token.text === ';') group = null
      continue
    }
    if (isSpecial(token, ':') && angle === 'none' && !group && !tokens.some((word) => isSpecial(word, '@'))) {
      group = { name: phraseText(tokens.filter((word) => word.kind !== 'comment')) ?? '', addresses: [] }
      groups.push(group)
      tokens = []
      continue
    }
    if (isSpecial(token, '<')) angle = 'opened'
    else if (isSpecial(token, '>')) angle = 'none'
    else if (angle === 'opened') angle = isSpecial(token, '@') ? 'route' : 'address'
    else if (angle === 'route' && isSpecial(token, ':')) angle = 'address'
    tokens.push(token)
  }
  finish()
  return groups
}

/** RFC 8621 §4.1.2.3: groups are flattened. */
export function parseAddresses(value: string): readonly Address[] {
  return parseGroups(value).flatMap((group) => group.addresses)
}
