// Times ahead in the reader's words.

import { currentLocale } from './i18n.ts'

export function showTimeAhead(date: Date): string {
  return date.toLocaleString(currentLocale(), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
  })
}

const weekMs = 7 * 86_400_000

/** For a narrow place: the day of the week as long as that says which day. */
export function showBriefly(date: Date): string {
  const isNear = date.getTime() - Date.now() < weekMs
  const day = isNear ? ({ weekday: 'short' } as const) : ({ day: 'numeric', month: 'short' } as const)
  return date.toLocaleString(currentLocale(), { ...day, hour: 'numeric', minute: '2-digit' })
}
