// The text of a SearchSnippet (RFC 8621 §5): HTML of which <mark> is the only element and everything else is escaped. Read into pieces
// that React shows as text, so that nothing in it can ever become markup, whatever a server sends.

export interface Piece {
  readonly text: string
  readonly isFound: boolean
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'" }

export function markedText(snippet: string): readonly Piece[] {
  const pieces: Piece[] = []
  let isFound = false
  for (const part of snippet.split(/(<\/?mark>)/)) {
    if (part === '<mark>' || part === '</mark>') isFound = part === '<mark>'
    else if (part !== '') pieces.push({ text: unescaped(part), isFound })
  }
  return pieces
}

/** Once: «&amp;lt;» is «&lt;» as somebody wrote it. */
function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos|#39);/g, (whole, name: string) => entities[name] ?? whole)
}
