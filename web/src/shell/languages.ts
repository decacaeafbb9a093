// The languages of the interface: a new one is a line here and a `strings.<tag>.json` beside each English one (docs/languages.md).
// Pure: scripts/check-i18n.ts reads this table too.

export const languages = {
  en: { name: 'English', direction: 'ltr' },
  de: { name: 'Deutsch', direction: 'ltr' },
  fr: { name: 'Français', direction: 'ltr' },
  es: { name: 'Español', direction: 'ltr' },
  ar: { name: 'العربية', direction: 'rtl' },
  ja: { name: '日本語', direction: 'ltr' },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly direction: 'ltr' | 'rtl' }>>

export type Language = keyof typeof languages
