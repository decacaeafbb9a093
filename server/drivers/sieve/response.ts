// ManageSieve responses: RFC 5804 §1.2, §1.3 and the grammar of §4. Strings are quoted or counted; both are bounded.

import { Failure } from '#core/errors.ts'
import type { LineSocket } from '#core/line-socket.ts'

export type Token = { readonly kind: 'atom' | 'string'; readonly text: string }

export interface Response {
  readonly status: 'OK' | 'NO' | 'BYE'
  /** `NONEXISTENT`, `QUOTA/MAXSIZE` …; '' without one. */
  readonly code: string
  /** What the server says to a person. */
  readonly text: string
  /** The lines before the status. */
  readonly lines: readonly (readonly Token[])[]
}

const maxLineBytes = 16 * 1024
const maxLiteralBytes = 4 * 1024 * 1024
const maxLines = 2000

const broken = (reason: string) => new Failure('unavailable', { reason: `ManageSieve: ${reason}` })

/** One logical line: as many physical ones as its literals need. */
async function readTokens(socket: LineSocket, timeoutMs: number): Promise<readonly Token[]> {
  const tokens: Token[] = []
  for (let literals = 0; literals < 100; literals++) {
    const line = Buffer.from(await socket.readLine(maxLineBytes, timeoutMs), 'latin1').toString('utf8')
    const literal = tokenize(line, tokens)
    if (literal === null) return tokens
    if (literal > maxLiteralBytes) throw broken('a literal that is too long')
    const bytes = await socket.readBytes(literal, timeoutMs)
    tokens.push({ kind: 'string', text: bytes.toString('utf8') })
  }
  throw broken('too many literals')
}

/** Appends the tokens of a line; the size of the literal that it announces at its end, or null. */
function tokenize(line: string, tokens: Token[]): number | null {
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|\{(\d{1,10})\+?\}$|([()])|([^\s"(){}]+))/gy
  pattern.lastIndex = 0
  while (pattern.lastIndex < line.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(line)
    if (!match) {
      if (line.slice(at).trim() === '') return null
      throw broken('not a response')
    }
    const [, quoted, literal, paren, atom] = match
    if (literal !== undefined) return Number(literal)
    if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted.replace(/\\(.)/gs, '$1') })
    else tokens.push({ kind: 'atom', text: paren ?? atom! })
  }
  return null
}

/** Until a status; with `isChallenge`, also until a line of one string, which is a SASL challenge (RFC 5804 §2.1). */
export async function readResponse(
  socket: LineSocket,
  timeoutMs: number,
  options: { readonly isChallenge?: boolean } = {},
): Promise<Response | { readonly challenge: string }> {
  const lines: (readonly Token[])[] = []
  while (lines.length < maxLines) {
    const tokens = await readTokens(socket, timeoutMs)
    const [first] = tokens
    if (!first) continue
    const word = first.kind === 'atom' ? first.text.toUpperCase() : ''
    if (word === 'OK' || word === 'NO' || word === 'BYE') return { status: word, lines, ...readStatus(tokens) }
    if (options.isChallenge && first.kind === 'string' && tokens.length === 1) return { challenge: first.text }
    lines.push(tokens)
  }
  throw broken('an endless response')
}

function readStatus(tokens: readonly Token[]): { readonly code: string; readonly text: string } {
  const open = tokens[1]?.kind === 'atom' && tokens[1].text === '('
  const code = open && tokens[2]?.kind === 'atom' ? tokens[2].text.toUpperCase() : ''
  return { code, text: tokens.findLast(({ kind }) => kind === 'string')?.text ?? '' }
}
