// Words. Each folder that shows words has a `strings.<language>.json` for each of languages.ts; the folder's name is its
// namespace, and each is loaded with its screen (`loadStrings`), in one language. `scripts/check-i18n.ts` finds what is missing, unused or hard-coded.
//
//   const t = useText('compose')
//   t('send')                          «Send»
//   t('attached', { count: 2 })        attached_one, attached_other: plural forms by Intl.PluralRules

import { useMemo, useSyncExternalStore } from 'react'
import { type Language, languages } from './languages.ts'
import { isolate, type Spoken, speak, type Values, type WordTree, wording } from './wording.ts'

export { type Language, languages } from './languages.ts'
/** `t('key')`; a key of another namespace is `t('mail:moved')`. A key that does not exist is shown as it is. */
export type Text = (key: string, values?: Values) => string

const files = import.meta.glob<WordTree>('../**/strings.*.json', { import: 'default' })
const paths = new Map(
  Object.keys(files).map(
    (path) =>
      [path.replace(/^\.\//, '../shell/').replace(/^.*\/([^/]+)\/strings\.(\w+)\.json$/, '$1.$2'), path] as const,
  ),
)
const wanted = new Set<string>()
/** By `namespace.language`. */
const loaded = new Map<string, WordTree>()
const listeners = new Set<() => void>()
let current: { readonly tag: Language; readonly spoken: Spoken } = spokenIn('en')

/** Starts with the language of the person's choice, else the browser's first that we speak. */
export async function startI18n(choice: Language | 'system', namespaces: readonly string[]): Promise<void> {
  const tag = resolveLanguage(choice)
  current = spokenIn(tag)
  await loadStrings(...namespaces)
  applyToDocument()
}

/** Loads the words of a screen; a lazy screen waits for this beside its code. */
export async function loadStrings(...namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) wanted.add(namespace)
  await load(current.tag, namespaces)
}

export async function changeLanguage(choice: Language | 'system'): Promise<void> {
  const tag = resolveLanguage(choice)
  if (tag === current.tag) return
  await load(tag, [...wanted])
  current = spokenIn(tag)
  applyToDocument()
  for (const listener of listeners) listener()
}

async function load(tag: Language, namespaces: readonly string[]): Promise<void> {
  await Promise.all(
    namespaces.map(async (namespace) => {
      const name = `${namespace}.${tag}`
      const file = files[paths.get(name) ?? '']
      if (file && !loaded.has(name)) loaded.set(name, await file())
    }),
  )
}

/** The words of one namespace; the component renders again when the language changes. */
export function useText(namespace: string): Text {
  const language = useSyncExternalStore(subscribeLanguage, currentLanguage)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another function for another language, so that what was made of its words is made anew.
  return useMemo(() => (key: string, values?: Values) => textIn(namespace, key, values), [language, namespace])
}

/** For code outside of components: `text('mail:moved', { count })`. */
export const text: Text = (key, values) => textIn('shell', key, values)

function textIn(namespace: string, key: string, values: Values | undefined): string {
  const [first, rest] = key.split(':') as [string, string | undefined]
  const words = loaded.get(`${rest === undefined ? namespace : first}.${current.tag}`)
  return (words && wording(current.spoken, words, rest ?? first, values)) ?? key
}

/** A name among others, which would else change places with one of the other direction. */
export function isolated(name: string): string {
  return isolate(current.spoken, name)
}

export function currentLanguage(): string {
  return current.tag
}

/** For Intl: the reader's own region where it goes with the language, as 24 hours in British English. */
export function currentLocale(): string {
  return localeOf(current.tag)
}

function localeOf(language: Language): string {
  return navigator.languages.find((tag) => tag.slice(0, 2) === language) ?? language
}

function spokenIn(tag: Language): typeof current {
  return { tag, spoken: speak(tag, localeOf(tag), languages[tag].direction) }
}

function subscribeLanguage(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function resolveLanguage(choice: Language | 'system'): Language {
  // What this browser remembers may be of a version that spoke another language.
  const wanted = choice === 'system' ? [] : [choice]
  const tags = [...wanted, ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return tags.find((tag): tag is Language => Object.hasOwn(languages, tag)) ?? 'en'
}

function applyToDocument(): void {
  document.documentElement.lang = current.tag
  document.documentElement.dir = languages[current.tag].direction
}
