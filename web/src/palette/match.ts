// What of the palette's entries fits what was typed: each word must be found, in any order, whatever its case and accents.

export interface Match {
  /** Higher is better. */
  readonly score: number
  /** Which characters of the label were found, as half-open ranges of UTF-16 units, in order. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** Null: does not fit. No words fit everything. */
export function matchLabel(label: string, typed: string): Match | null {
  const folded = fold(label)
  const found = new Set<number>()
  let score = 0
  for (const word of fold(typed).join('').split(/\s+/).filter(Boolean)) {
    const at = bestPlace(folded, word)
    if (at === null) return null
    score += at.score
    for (let n = 0; n < at.length; n++) found.add(at.from + n)
  }
  return { score: score - label.length / 1000, ranges: rangesOf(found) }
}

/** One entry for each UTF-16 unit of the text, so that places in the one are places in the other. */
function fold(text: string): string[] {
  return [...text].flatMap((sign) => {
    const plain = sign.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
    return [plain, ...Array.from({ length: sign.length - 1 }, () => '')]
  })
}

/** The beginning of the label before the beginning of a word before its middle. */
function bestPlace(folded: readonly string[], word: string): { from: number; length: number; score: number } | null {
  let best: { from: number; length: number; score: number } | null = null
  for (let from = 0; from < folded.length; from++) {
    const length = lengthAt(folded, from, word)
    if (length === 0) continue
    const score = from === 0 ? 3 : /[\p{L}\p{N}]/u.test(folded[from - 1] ?? '') ? 1 : 2
    if (best === null || score > best.score) best = { from, length, score }
  }
  return best
}

function lengthAt(folded: readonly string[], from: number, word: string): number {
  let seen = ''
  if (folded[from] === '') return 0
  for (let at = from; at < folded.length; at++) {
    seen += folded[at]
    if (!word.startsWith(seen)) return 0
    if (seen.length < word.length) continue
    let end = at + 1
    while (folded[end] === '') end++ // The rest of a sign of two units.
    return end - from
  }
  return 0
}

function rangesOf(found: ReadonlySet<number>): [number, number][] {
  const ranges: [number, number][] = []
  for (const at of [...found].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && last[1] === at) last[1] = at + 1
    else ranges.push([at, at + 1])
  }
  return ranges
}
