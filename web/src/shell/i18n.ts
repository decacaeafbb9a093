// Words. Each folder that shows words has `strings.en.json` and `strings.de.json`; the folder's name is its namespace, and
// each is loaded with its screen (`loadStrings`). `scripts/check-i18n.ts` finds what is missing, unused or hard-coded.
//
//   const t = useText('compose')
//   t('send')                          «Send»
//   t('attached', { count: 2 })        attached_one, attached_other: plural forms by Intl.PluralRules

import i18next, { type TFunction } from 'i18next'
import { useMemo, useSyncExternalStore } from 'react'

export const languages = { en: 'English', de: 'Deutsch' } as const
export type Language = keyof typeof languages
export type Text = TFunction

const rightToLeft = new Set(['ar', 'fa', 'he', 'ur'])
type Strings = Record<string, unknown>
const files = import.meta.glob<Strings>('../**/strings.*.json', { import: 'default' })
const paths = new Map(
  Object.keys(files).map(
    (path) =>
      [path.replace(/^\.\//, '../shell/').replace(/^.*\/([^/]+)\/strings\.(\w+)\.json$/, '$1.$2'), path] as const,
  ),
)
const wanted = new Set<string>()

/** Starts with the language of the person's choice, else the browser's first that we speak. */
export async function startI18n(choice: Language | 'system', namespaces: readonly string[]): Promise<void> {
  await i18next.init({
    lng: resolveLanguage(choice),
    fallbackLng: false,
    ns: [],
    resources: {},
    interpolation: { escapeValue: false }, // React escapes; nothing else may render these.
    returnNull: false,
  })
  await loadStrings(...namespaces)
  applyToDocument()
}

/** Loads the words of a screen; a lazy screen waits for this beside its code. */
export async function loadStrings(...namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) wanted.add(namespace)
  const language = i18next.language
  await Promise.all(
    namespaces.map(async (namespace) => {
      if (i18next.hasResourceBundle(language, namespace)) return
      const load = files[paths.get(`${namespace}.${language}`) ?? '']
      if (load) i18next.addResourceBundle(language, namespace, await load())
    }),
  )
}

export async function changeLanguage(choice: Language | 'system'): Promise<void> {
  const language = resolveLanguage(choice)
  if (language === i18next.language) return
  await Promise.all(
    [...wanted].map(async (namespace) => {
      const load = files[paths.get(`${namespace}.${language}`) ?? '']
      if (load && !i18next.hasResourceBundle(language, namespace)) {
        i18next.addResourceBundle(language, namespace, await load())
      }
    }),
  )
  await i18next.changeLanguage(language)
  applyToDocument()
}

/** The words of one namespace; the component renders again when the language changes. */
export function useText(namespace: string): Text {
  const language = useSyncExternalStore(subscribeLanguage, currentLanguage)
  return useMemo(() => i18next.getFixedT(language, namespace), [language, namespace])
}

/** For code outside of components: `text('mail:moved', { count })`. */
export const text: Text = i18next.t

export function currentLanguage(): string {
  return i18next.language
}

/** For Intl: the reader's own region where it goes with the language, as 24 hours in British English. */
export function currentLocale(): string {
  const language = i18next.language
  return navigator.languages.find((tag) => tag.slice(0, 2) === language) ?? language
}

function subscribeLanguage(listener: () => void): () => void {
  i18next.on('languageChanged', listener)
  return () => i18next.off('languageChanged', listener)
}

function resolveLanguage(choice: Language | 'system'): Language {
  if (choice !== 'system') return choice
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in languages)
  return (spoken as Language | undefined) ?? 'en'
}

function applyToDocument(): void {
  document.documentElement.lang = i18next.language
  document.documentElement.dir = rightToLeft.has(i18next.language) ? 'rtl' : 'ltr'
}
