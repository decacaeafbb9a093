// What may be meant by what stands in the search box so far: the words at its end completed, and searches of the past. Pure.

import { escapeValue, lastTerm } from './last-term.ts'

export interface Suggestion {
  readonly id: string
  readonly kind: 'recent' | 'person' | 'folder' | 'label' | 'operator' | 'forget'
  readonly label: string
  /** What else tells it from others: an address, where a folder lies. */
  readonly detail?: string
  /** What stands in the box once it is chosen. */
  readonly text: string
}

export interface SuggestionSources {
  /** Newest first. */
  readonly recent: readonly string[]
  /** Who comes to mind for these words, the best first. */
  readonly peopleFor: (words: string) => readonly { readonly name: string | null; readonly email: string }[]
  /** `key`: what `in:` calls it. */
  readonly folders: readonly { readonly name: string; readonly path: string; readonly key: string }[]
  readonly labels: readonly { readonly name: string; readonly keyword: string }[]
  /** «from:» and what it is for, in the reader's language. */
  readonly operators: readonly { readonly name: string; readonly meaning: string }[]
  readonly forgetLabel: string
}

const most = { recent: 6, recentBeside: 2, people: 4, folders: 3, labels: 3, operators: 3 }
const peopleOperators = ['from', 'to', 'cc', 'bcc']
/** Values that an operator knows, besides names. */
const values: Readonly<Record<string, readonly string[]>> = {
  is: ['unread', 'read', 'flagged', 'answered', 'draft'],
  has: ['attachment'],
  before: ['today', 'yesterday'],
  after: ['today', 'yesterday'],
}

export function suggestSearch(typed: string, sources: SuggestionSources): readonly Suggestion[] {
  if (typed.trim() === '') return pastSearches(sources)
  const { before, operator, value } = lastTerm(typed)
  const complete = (name: string, text: string) => `${before}${name}:${escapeValue(text)} `
  const people = (name: string, limit: number) =>
    sources
      .peopleFor(value)
      .slice(0, limit)
      .map(
        (person): Suggestion => ({
          id: `${name}:${person.email}`,
          kind: 'person',
          label: person.name ?? person.email,
          ...(person.name === null ? {} : { detail: person.email }),
          text: complete(name, person.email),
        }),
      )
  const folders = sources.folders
    .filter(({ name, key }) => begins(name, value) || begins(key, value))
    .map(({ name, path, key }): Suggestion => {
      return { id: `in:${path}`, kind: 'folder', label: name, detail: path, text: complete('in', key) }
    })
  const labels = sources.labels
    .filter(({ name }) => begins(name, value))
    .map(({ name, keyword }): Suggestion => {
      return { id: `label:${keyword}`, kind: 'label', label: name, text: complete('label', keyword) }
    })
  if (operator !== undefined) {
    if (peopleOperators.includes(operator)) return people(operator, most.people + most.people)
    if (operator === 'in') return folders.slice(0, most.people * 2)
    if (operator === 'label') return labels.slice(0, most.people * 2)
    return (values[operator] ?? [])
      .filter((one) => one.startsWith(value.toLowerCase()) && one !== value.toLowerCase())
      .map((one) => {
        return {
          id: `${operator}:${one}`,
          kind: 'operator',
          label: `${operator}:${one}`,
          text: complete(operator, one),
        }
      })
  }
  if (value === '') return []
  const whole = typed.trim().toLocaleLowerCase()
  const recent = sources.recent.filter((search) => begins(search, whole) && search.toLocaleLowerCase() !== whole)
  const operators = sources.operators
    .filter(({ name }) => name.startsWith(value.toLowerCase()))
    .map(({ name, meaning }): Suggestion => {
      return { id: `op:${name}`, kind: 'operator', label: `${name}:`, detail: meaning, text: `${before}${name}:` }
    })
  return [
    ...recent.slice(0, most.recentBeside).map(asRecent),
    ...people('from', most.people),
    ...folders.slice(0, most.folders),
    ...labels.slice(0, most.labels),
    ...operators.slice(0, most.operators),
  ]
}

function pastSearches({ recent, forgetLabel }: SuggestionSources): readonly Suggestion[] {
  if (recent.length === 0) return []
  const forget: Suggestion = { id: 'forget', kind: 'forget', label: forgetLabel, text: '' }
  return [...recent.slice(0, most.recent).map(asRecent), forget]
}

function asRecent(search: string): Suggestion {
  return { id: `recent:${search}`, kind: 'recent', label: search, text: search }
}

/** Some word of it does. */
function begins(name: string, typed: string): boolean {
  const wanted = typed.toLocaleLowerCase()
  const words = name.toLocaleLowerCase()
  return words.startsWith(wanted) || words.split(/[\s/._-]+/).some((word) => word.startsWith(wanted))
}
