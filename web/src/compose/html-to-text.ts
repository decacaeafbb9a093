// HTML as plain text: the alternative part of what is sent, and the quote of a plain reply. Walks a DOM that was sanitised or
// made by the editor; text in, text out.

const blocks = new Set(
  'ADDRESS ARTICLE ASIDE BLOCKQUOTE CENTER DD DIV DL DT FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION TABLE TR UL'.split(
    ' ',
  ),
)
const apart = new Set('BLOCKQUOTE H1 H2 H3 H4 H5 H6 OL P PRE TABLE UL'.split(' '))

export function htmlToText(root: Node): string {
  return render(root, false)
    .replace(/[^\S\n]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** The text of HTML that is ours or sanitised: parsed into a document that loads nothing. */
export function htmlStringToText(html: string): string {
  return htmlToText(new DOMParser().parseFromString(html, 'text/html').body)
}

function render(node: Node, isPre: boolean): string {
  if (node.nodeType === 3) {
    const text = node.nodeValue ?? ''
    return isPre ? text : text.replace(/[\t\n\f\r ]+/g, ' ')
  }
  if (node.nodeType !== 1) return ''
  const element = node as Element
  const name = element.nodeName
  if (name === 'STYLE' || name === 'SCRIPT' || name === 'HEAD') return ''
  if (name === 'BR') return '\n'
  if (name === 'HR') return `\n${'-'.repeat(40)}\n`
  if (name === 'IMG') return element.getAttribute('alt') ?? ''
  let text = ''
  let number = Number(element.getAttribute('start') ?? 1)
  for (const child of element.childNodes) {
    const inner = render(child, isPre || name === 'PRE')
    if (name === 'UL' && child.nodeName === 'LI') text += `\n- ${inner.trim().replaceAll('\n', '\n  ')}`
    else if (name === 'OL' && child.nodeName === 'LI')
      text += `\n${number++}. ${inner.trim().replaceAll('\n', '\n   ')}`
    else if (blocks.has(child.nodeName)) text = joinBlock(text, inner, apart.has(child.nodeName))
    else if ((name === 'TR' || name === 'TBODY') && text !== '' && /^(TD|TH)$/.test(child.nodeName))
      text += `\t${inner.trim()}`
    else text += text.endsWith('\n') ? inner.replace(/^ /, '') : inner
  }
  if (name === 'BLOCKQUOTE') return quote(text)
  if (name === 'A') return linkText(element, text)
  return text
}

function joinBlock(before: string, block: string, isApart: boolean): string {
  const text = block.replace(/^[^\S\n]*\n+|\s+$/g, '')
  if (text === '') return before === '' || before.endsWith('\n\n') ? before : `${before.trimEnd()}\n\n`
  const gap = before.trim() === '' ? '' : isApart ? '\n\n' : '\n'
  return `${before.replace(/[^\S\n]+$/, '').replace(/\n+$/, '')}${gap}${text}${isApart ? '\n\n' : '\n'}`
}

function quote(text: string): string {
  return text
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .split('\n')
    .map((line) => (line === '' || line.startsWith('>') ? `>${line}` : `> ${line}`))
    .join('\n')
}

function linkText(element: Element, text: string): string {
  const href = element.getAttribute('href') ?? ''
  const shown = text.trim()
  if (!/^(https?|mailto):/i.test(href) || shown === '') return text
  const bare = href.replace(/^mailto:/i, '').replace(/\/$/, '')
  return shown.replace(/\/$/, '') === bare || `https://${shown}` === bare || `http://${shown}` === bare
    ? text
    : `${text} <${href}>`
}
