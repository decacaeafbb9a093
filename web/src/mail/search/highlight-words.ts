// Colours the words of a search in what is shown, by the CSS Custom Highlight API: ranges laid over the text. No node is
// made, moved or changed, so that a message stays what the sanitiser left of it.

import { wordPlaces } from './word-places.ts'

/** As in `::highlight(found-words)`. */
const name = 'found-words'
const maxTextLength = 500_000
/** A word does not go on from one of these to the next. */
const blocks = 'address,article,blockquote,dd,div,dl,dt,h1,h2,h3,h4,h5,h6,li,ol,p,pre,section,table,td,th,tr,ul'

/** Returns the way to take the colour off again. Browsers without the API show the text as it is. */
export function highlightWords(root: HTMLElement, words: readonly string[]): () => void {
  const { ownerDocument } = root
  const view = ownerDocument.defaultView as (Window & typeof globalThis) | null
  if (words.length === 0 || !view?.CSS?.highlights || !view.Highlight) return () => {}
  const ranges = rangesOf(root, words)
  if (ranges.length === 0) return () => {}
  const { highlights } = view.CSS
  const highlight = highlights.get(name) ?? new view.Highlight()
  for (const range of ranges) highlight.add(range)
  highlights.set(name, highlight)
  return () => {
    for (const range of ranges) highlight.delete(range)
  }
}

function rangesOf(root: HTMLElement, words: readonly string[]): readonly Range[] {
  const { ownerDocument } = root
  const walker = ownerDocument.createTreeWalker(root, 4 /* NodeFilter.SHOW_TEXT */)
  const nodes: { readonly node: Node; readonly from: number }[] = []
  let text = ''
  let block: Element | null = null
  while (walker.nextNode() && text.length < maxTextLength) {
    const node = walker.currentNode
    const own = node.parentElement?.closest(blocks) ?? null
    if (own !== block) text += '\n'
    block = own
    nodes.push({ node, from: text.length })
    text += node.nodeValue ?? ''
  }
  let at = 0
  return wordPlaces(text, words).flatMap(([start, end]) => {
    while (nodes[at + 1] && nodes[at + 1]!.from <= start) at++
    let last = at
    while (nodes[last + 1] && nodes[last + 1]!.from < end) last++
    const [first, final] = [nodes[at], nodes[last]]
    // Between two blocks there is a line break of ours that belongs to none.
    if (!first || !final || start - first.from > (first.node.nodeValue ?? '').length) return []
    const range = ownerDocument.createRange()
    range.setStart(first.node, start - first.from)
    range.setEnd(final.node, Math.min(end - final.from, (final.node.nodeValue ?? '').length))
    return [range]
  })
}
