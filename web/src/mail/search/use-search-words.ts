// The words that the message being read was searched by; none where nobody searched.

import { useMemo } from 'react'
import { parseSearch } from '#shared/search.ts'
import { searchWords } from '#shared/search-words.ts'
import { useMailPlace } from '../../shell/place.ts'

export function useSearchWords(): readonly string[] {
  const { q } = useMailPlace().search
  return useMemo(() => {
    if (!q) return []
    // Which folder a name means makes no difference to the words.
    const { words } = parseSearch(q, { now: new Date(), mailboxId: () => '' })
    return words.flatMap(searchWords)
  }, [q])
}
