// The term at the end of a search, which is the one that somebody is writing (the grammar is that of shared/search.ts).

export interface LastTerm {
  /** All before it, the minus that excludes it included. */
  readonly before: string
  /** Lower case; undefined for plain words. */
  readonly operator: string | undefined
  /** Without its quotes. */
  readonly value: string
}

export function lastTerm(typed: string): LastTerm {
  const match = /(?:^|[\s(])(-?)(?:([\p{L}_]+):)?("[^"]*|[^\s"()]*)$/u.exec(typed)
  if (!match) return { before: typed, operator: undefined, value: '' }
  const [, , operator, raw = ''] = match
  const length = raw.length + (operator === undefined ? 0 : operator.length + 1)
  return {
    before: typed.slice(0, typed.length - length),
    operator: operator?.toLowerCase(),
    value: raw.replace('"', ''),
  }
}

export function escapeValue(value: string): string {
  return /^[^\s()"]+$/.test(value) ? value : `"${value.replaceAll('"', '')}"`
}
