// How far the database must have come for us to see what we wrote, whichever node and replica answers: texts that the server gives us
// and that we give back unread. Each reply covers all that its request told; what came in between is told beside it. To know none is to be
// answered by the server that is written to: always right, never the fastest.

const maxLength = 1000

export interface Known {
  readonly texts: readonly string[]
  readonly age: number
}

export interface Positions {
  /** What is to be told with a request. */
  known(): Known
  header(known: Known): Readonly<Record<string, string>>
  /** `position`: of the reply to a request that told `known`. */
  told(known: Known, position: string | null): void
  /** Heard by push. */
  add(position: string): void
  /** A request was lost that may have changed something. What is under way knows nothing of it, and what it brings is not taken. */
  forget(): void
}

export function openPositions(): Positions {
  const seen = new Set<string>()
  let age = 0
  return {
    known: () => ({ texts: [...seen], age }),
    header({ texts }): Readonly<Record<string, string>> {
      const text = texts.join(' ')
      return text === '' || text.length > maxLength ? {} : { 'paquebot-position': text }
    },
    told(known, position) {
      if (position === null || known.age !== age) return
      for (const text of known.texts) seen.delete(text)
      seen.add(position)
    },
    add(position) {
      if (seen.size > 0) seen.add(position)
    },
    forget() {
      seen.clear()
      age++
    },
  }
}

/** Of this page: all that it sends is one reader. */
export const positions = openPositions()
