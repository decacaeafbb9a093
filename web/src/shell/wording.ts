// From a key and values to words: i18next's JSON format (v4), so that translators' tools know the files, and of it what our files use:
// nested keys, plural forms by `count`, `context`, `{{value}}` and `{{value, number}}`. Pure; docs/adr/2026-11-22-words.md says why
// not i18next itself.

export interface WordTree {
  readonly [key: string]: string | WordTree
}
/** Read: values that are shown as they are. `count` chooses the plural form as well, `context` the variant. */
export type Values = Readonly<Record<string, unknown>> & { readonly count?: number; readonly context?: string }

export interface Spoken {
  readonly plural: Intl.PluralRules
  readonly number: Intl.NumberFormat
  readonly direction: 'ltr' | 'rtl'
}

/** The plural forms go by the language, digits by the reader's region: Cairo writes ١٢, Rabat 12. */
export function speak(tag: string, locale = tag, direction: Spoken['direction'] = 'ltr'): Spoken {
  return { plural: new Intl.PluralRules(tag), number: new Intl.NumberFormat(locale), direction }
}

/** Undefined if there is no such key. */
export function wording(language: Spoken, words: WordTree, key: string, values: Values = {}): string | undefined {
  const { count, context } = values
  const withContext = context ? [`${key}_${context}`] : []
  const form = count === undefined ? undefined : language.plural.select(count)
  for (const name of [...withContext, key]) {
    const found = (form && find(words, `${name}_${form}`)) ?? find(words, name)
    if (found !== undefined) return fill(language, found, values)
  }
  return undefined
}

function find(words: WordTree, path: string): string | undefined {
  let node: string | WordTree | undefined = words
  for (const step of path.split('.')) {
    node = typeof node === 'object' && Object.hasOwn(node, step) ? node[step] : undefined
  }
  return typeof node === 'string' ? node : undefined
}

/** Values are put in once: one that holds «{{» itself (a subject, a folder's name) is shown as it is. */
function fill(language: Spoken, text: string, values: Values): string {
  return text.replace(/\{\{(\w+)(, number)?\}\}/g, (_, name: string, isNumber: string | undefined) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (isNumber && typeof value === 'number') return language.number.format(value)
    return value === undefined || value === null ? '' : isolate(language, value)
  })
}

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

/**
 * UAX #9 §2.7: a name of the other direction would else turn the words around it («A» in «B» of an Arabic sentence, an Arabic
 * folder before a full stop of an English one). What cannot turn anything stays free of marks that nobody sees.
 */
export function isolate({ direction }: Spoken, value: unknown): string {
  const text = String(value)
  const canTurn = typeof value === 'string' && (direction === 'rtl' || rightToLeft.test(text))
  return canTurn ? `\u2068${text}\u2069` : text
}
