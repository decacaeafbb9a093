// The first words of a message as plain text (RFC 8621 §4.1.4: preview), and plain text of HTML for it and for search
// snippets. Text out, never markup to be shown: nothing here makes HTML safe. One pass, linear in the input.

const MAX_PREVIEW = 256
/** Enough for a preview of a newsletter that begins with a page of style sheet. */
export const previewInputBytes = 64 * 1024

/** Elements whose content is no text to read. */
const silent = new Set(['script', 'style', 'head', 'title', 'template', 'noscript', 'svg', 'math', 'select', 'object'])
const inline = new Set(
  'a abbr b big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u wbr'.split(' '),
)

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  bull: '•',
  middot: '·',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  sect: '§',
  deg: '°',
  times: '×',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  ecirc: 'ê',
  agrave: 'à',
  aacute: 'á',
  acirc: 'â',
  ccedil: 'ç',
  ntilde: 'ñ',
  oacute: 'ó',
  ocirc: 'ô',
  iacute: 'í',
  uacute: 'ú',
  oslash: 'ø',
  aring: 'å',
  aelig: 'æ',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
}

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));?/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(entities, name) ? entities[name]! : whole
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0x1f && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : ' '
  })
}

/** Where the tag that opens at `at` ends: `>` outside quotes; one past it. */
function endOfTag(html: string, at: number): number {
  let quote = ''
  for (let index = at + 1; index < html.length; index++) {
    const char = html[index]!
    if (quote !== '') {
      if (char === quote) quote = ''
    } else if (char === '>') return index + 1
    else if ((char === '"' || char === "'") && html[index - 1] === '=') quote = char
  }
  return html.length
}

export function htmlToText(html: string): string {
  let out = ''
  let at = 0
  const neverClosed = new Set<string>()
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (open < 0) {
      out += html.slice(at)
      break
    }
    out += html.slice(at, open)
    if (html.startsWith('<!--', open)) {
      const close = html.indexOf('-->', open + 4)
      at = close < 0 ? html.length : close + 3
      continue
    }
    const name = /^\/?([a-zA-Z][a-zA-Z0-9:-]{0,31})/.exec(html.slice(open + 1, open + 40))?.[1]?.toLowerCase()
    if (name === undefined && !'!?/'.includes(html[open + 1] ?? ' ')) {
      out += '<'
      at = open + 1
      continue
    }
    at = endOfTag(html, open)
    if (name !== undefined && silent.has(name) && html[open + 1] !== '/' && html[at - 2] !== '/') {
      // An element that is never closed: its tag alone is passed over, and the rest searched once.
      if (!neverClosed.has(name)) {
        const end = new RegExp(`</${name}[\\s>/]`, 'gi')
        end.lastIndex = at
        const close = end.exec(html)
        if (close) at = endOfTag(html, close.index)
        else neverClosed.add(name)
      }
      out += ' '
    } else if (name === undefined || !inline.has(name)) out += ' '
  }
  return decodeEntities(out)
}

/** What newsletters push the text out of previews with: soft hyphens, joiners, marks, fillers, zero-width spaces. */
const invisible =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u3164\ufeff\ufffc]|\u034f|\u17b4|\u17b5/g

export function foldSpace(text: string): string {
  return text.replace(invisible, ' ').replace(/\s+/g, ' ').trim()
}

/** Quoted lines and signatures stay: RFC 8621 leaves the choice, and searching for what is shown should find it. */
export function previewOf(text: string, type: string): string {
  const plain = foldSpace(type === 'text/html' ? htmlToText(text) : text)
  if (plain.length <= MAX_PREVIEW) return plain
  const cut = plain.slice(0, MAX_PREVIEW)
  // Not inside a surrogate pair.
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut
}
