// Plain text of a message as a tree of what is shown: paragraphs, quotes in quotes, links. Values only; the reader makes
// elements of them, so that no text of a stranger is ever put together with markup.

import { LinkifyIt } from 'linkify-it'
import { safeLink } from './safe-link.ts'

export type Inline = string | { readonly text: string; readonly href: string }

export type PlainBlock =
  | { readonly kind: 'lines'; readonly lines: readonly string[] }
  | { readonly kind: 'quote'; readonly blocks: readonly PlainBlock[] }
  /** What stands after the `-- ` line (RFC 3676 §4.3). */
  | { readonly kind: 'signature'; readonly lines: readonly string[] }

export interface PlainTextFormat {
  /** RFC 3676: `format=flowed`. */
  readonly isFlowed: boolean
  /** `delsp=yes`: the space at which a line was broken is not part of the text. */
  readonly deletesSpace: boolean
}

const maxQuoteDepth = 12

interface Line {
  readonly depth: number
  readonly text: string
}

/** Reads `format` and `delsp` of a raw Content-Type value. */
export function plainTextFormat(contentType: string | null | undefined): PlainTextFormat {
  const parameter = (name: string) =>
    new RegExp(`;\\s*${name}\\s*=\\s*"?([\\w]+)`, 'i').exec(contentType ?? '')?.[1]?.toLowerCase()
  return { isFlowed: parameter('format') === 'flowed', deletesSpace: parameter('delsp') === 'yes' }
}

export function readPlainText(text: string, format: PlainTextFormat): readonly PlainBlock[] {
  const raw = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n')
  return nest(format.isFlowed ? unflow(raw, format.deletesSpace) : raw.map(quotedLine), 0)
}

/** Quote marks as people write them: `> > text`, `>>text`. */
function quotedLine(line: string): Line {
  const marks = /^(?:> ?)+/.exec(line)?.[0] ?? ''
  const depth = marks.replaceAll(' ', '').length
  return { depth: Math.min(depth, maxQuoteDepth), text: line.slice(marks.length) }
}

/** RFC 3676 §4.1–4.5: quote depth, then space-stuffing, then joining of lines that end in a space at one depth. */
function unflow(raw: readonly string[], deletesSpace: boolean): Line[] {
  const lines: Line[] = []
  let open: { depth: number; text: string } | null = null
  for (const line of raw) {
    const depth = /^>*/.exec(line)![0].length
    const text: string = line.slice(depth).replace(/^ /, '')
    const isSignature = text === '-- '
    if (open && (open.depth !== depth || isSignature)) {
      lines.push(open)
      open = null
    }
    const isFlowing = !isSignature && text.endsWith(' ')
    const kept = isFlowing && deletesSpace ? text.slice(0, -1) : text
    open = open ? { depth, text: open.text + kept } : { depth, text: kept }
    if (!isFlowing) {
      lines.push(open)
      open = null
    }
  }
  if (open) lines.push(open)
  return lines.map(({ depth, text }) => ({ depth: Math.min(depth, maxQuoteDepth), text }))
}

function nest(lines: readonly Line[], depth: number): PlainBlock[] {
  const blocks: PlainBlock[] = []
  for (let at = 0; at < lines.length; ) {
    const start = at
    const isQuoted = lines[at]!.depth > depth
    if (depth === 0 && !isQuoted && lines[at]!.text === '-- ') {
      const rest = lines.slice(at + 1)
      blocks.push({ kind: 'signature', lines: rest.map((line) => '>'.repeat(line.depth) + line.text) })
      break
    }
    while (at < lines.length && lines[at]!.depth > depth === isQuoted) {
      if (depth === 0 && at > start && lines[at]!.text === '-- ' && !isQuoted) break
      at++
    }
    const run = lines.slice(start, at)
    blocks.push(
      isQuoted
        ? { kind: 'quote', blocks: nest(run, depth + 1) }
        : { kind: 'lines', lines: run.map((line) => line.text) },
    )
  }
  return blocks
}

const linkify = new LinkifyIt({ fuzzyLink: true })
linkify.add('ftp:', null).add('//', null)

/** The text cut at its links; joined again it is the text, to the letter. */
export function findLinks(text: string): readonly Inline[] {
  // linkify-it's patterns are linear, but a line of a megabyte has no links that anybody reads.
  const matches = text.length > 20_000 ? null : linkify.match(text)
  const pieces: Inline[] = []
  let end = 0
  for (const match of matches ?? []) {
    const href = safeLink(match.url)
    // «main.rs» and «v2.sh» are names of files; a bare name is a link when it says www.
    const isBareName = match.schema === '' && !/^www\./i.test(match.raw) && !href?.startsWith('mailto:')
    if (href === null || isBareName) continue
    if (match.index > end) pieces.push(text.slice(end, match.index))
    pieces.push({ text: text.slice(match.index, match.lastIndex), href })
    end = match.lastIndex
  }
  if (end < text.length) pieces.push(text.slice(end))
  return pieces
}
