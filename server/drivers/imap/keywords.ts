// IMAP flags and JMAP keywords (RFC 8621 §4.1.1), and the interned sets of them: an index row holds the number of its set. Mailboxes
// have few distinct sets, so that a test for a keyword is one look into a small table.

const systemKeywords = new Map([
  ['\\seen', '$seen'],
  ['\\flagged', '$flagged'],
  ['\\answered', '$answered'],
  ['\\draft', '$draft'],
])
const systemFlags = new Map([
  ['$seen', '\\Seen'],
  ['$flagged', '\\Flagged'],
  ['$answered', '\\Answered'],
  ['$draft', '\\Draft'],
])

/** RFC 8621 §4.1.1: \Deleted and \Recent are never shown, and no other flag begins with a backslash. */
export function keywordOf(flag: string): string | null {
  const lower = flag.toLowerCase()
  return lower.startsWith('\\') ? (systemKeywords.get(lower) ?? null) : lower
}

export function flagOf(keyword: string): string {
  return systemFlags.get(keyword.toLowerCase()) ?? keyword
}

export interface KeywordSets {
  /** The number of the set of these flags. */
  intern(flags: readonly string[]): number
  keywords(set: number): readonly string[]
  /** One octet a set: 1 where it has the keyword. Valid until the next intern. */
  having(keyword: string): Uint8Array
  /** For the snapshot. */
  all(): readonly (readonly string[])[]
}

export function createKeywordSets(start: readonly (readonly string[])[] = []): KeywordSets {
  const sets: (readonly string[])[] = []
  const numbers = new Map<string, number>()
  // The engine interns equal flag lists, so that most rows of a build are found by identity.
  const seen = new WeakMap<readonly string[], number>()
  const memberships = new Map<string, Uint8Array>()

  const add = (keywords: readonly string[]): number => {
    const key = keywords.join(' ')
    const known = numbers.get(key)
    if (known !== undefined) return known
    sets.push(keywords)
    numbers.set(key, sets.length - 1)
    memberships.clear()
    return sets.length - 1
  }
  for (const keywords of start) add(keywords)

  return {
    intern(flags) {
      const before = seen.get(flags)
      if (before !== undefined) return before
      const keywords = [...new Set(flags.flatMap((flag) => keywordOf(flag) ?? []))].sort()
      const set = add(keywords)
      seen.set(flags, set)
      return set
    },
    keywords: (set) => sets[set] ?? [],
    having(keyword) {
      const wanted = keyword.toLowerCase()
      let table = memberships.get(wanted)
      if (!table) {
        table = Uint8Array.from(sets, (keywords) => Number(keywords.includes(wanted)))
        memberships.set(wanted, table)
      }
      return table
    },
    all: () => sets,
  }
}
