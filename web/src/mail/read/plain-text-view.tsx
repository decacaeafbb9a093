// Plain text as people read it: links that lead where they say, quotes folded away, the signature faint.

import { useEffect, useMemo, useRef } from 'react'
import { findLinks, type PlainBlock, type PlainTextFormat, readPlainText } from '../sanitize/plain-text.ts'
import { highlightWords } from '../search/highlight-words.ts'
import styles from './plain-text-view.module.css'

export interface PlainTextViewProps {
  readonly text: string
  readonly format: PlainTextFormat
  readonly quoteLabel: string
  /** Of the search that found it. */
  readonly words?: readonly string[]
  readonly onMailto: (url: string) => void
}

const noWords: readonly string[] = []
/** Quotes of more lines than this are folded. */
const foldedLines = 4

export function PlainTextView({ text, format, quoteLabel, words = noWords, onMailto }: PlainTextViewProps) {
  const blocks = useMemo(() => readPlainText(text, format), [text, format])
  const root = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: other blocks are another text
  useEffect(() => (root.current ? highlightWords(root.current, words) : undefined), [blocks, words])
  return (
    <div ref={root} className={styles.text} dir="auto">
      <Blocks blocks={blocks} quoteLabel={quoteLabel} onMailto={onMailto} mayFold />
    </div>
  )
}

interface BlocksProps extends Pick<PlainTextViewProps, 'quoteLabel' | 'onMailto'> {
  readonly blocks: readonly PlainBlock[]
  readonly mayFold: boolean
}

// Blocks never move among one another: their place is their key.
function Blocks({ blocks, quoteLabel, onMailto, mayFold }: BlocksProps) {
  return blocks.map((block, at) => {
    if (block.kind !== 'quote') {
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={at} className={block.kind === 'signature' ? styles.signature : undefined}>
          <Lines lines={block.kind === 'signature' ? ['-- ', ...block.lines] : block.lines} onMailto={onMailto} />
        </div>
      )
    }
    const isFolded = mayFold && countLines(block) > foldedLines
    const quote = (
      <blockquote className={styles.quote}>
        <Blocks blocks={block.blocks} quoteLabel={quoteLabel} onMailto={onMailto} mayFold={mayFold && !isFolded} />
      </blockquote>
    )
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: see above
      <div key={at}>
        {isFolded ? (
          <details className={styles.fold}>
            <summary aria-label={quoteLabel} title={quoteLabel}>
              •••
            </summary>
            {quote}
          </details>
        ) : (
          quote
        )}
      </div>
    )
  })
}

function Lines({ lines, onMailto }: { lines: readonly string[]; onMailto: (url: string) => void }) {
  return findLinks(lines.join('\n')).map((piece, at) =>
    typeof piece === 'string' ? (
      piece
    ) : (
      <a
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces never move
        key={at}
        href={piece.href}
        title={piece.href}
        target="_blank"
        rel="noopener noreferrer"
        onClick={(event) => {
          if (!piece.href.startsWith('mailto:')) return
          event.preventDefault()
          onMailto(piece.href)
        }}
      >
        {piece.text}
      </a>
    ),
  )
}

function countLines(block: PlainBlock): number {
  return block.kind === 'quote' ? block.blocks.reduce((sum, inner) => sum + countLines(inner), 0) : block.lines.length
}
