// A row's subject or preview with the words of the search marked; as it is where none of them stands in it. Loaded with the first search.

import type { QuerySpec } from '../../store/index.ts'
import styles from './found-words.module.css'
import { markedText } from './marked-text.ts'
import { useSnippet } from './snippets.ts'

export interface FoundWordsProps {
  readonly emailId: string
  readonly filter: QuerySpec['filter']
  readonly field: 'subject' | 'preview'
  /** What is shown where nothing is marked. */
  readonly plain: string
}

export default function FoundWords({ emailId, filter, field, plain }: FoundWordsProps) {
  const marked = useSnippet(emailId, filter)?.[field]
  if (!marked) return plain
  return markedText(marked).map(({ text, isFound }, at) =>
    isFound ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces never move
      <mark key={at} className={styles.found}>
        {text}
      </mark>
    ) : (
      text
    ),
  )
}
