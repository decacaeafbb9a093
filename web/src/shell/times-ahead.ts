// Times that people mean: this evening, tomorrow morning. In the browser's zone.

import { currentLocale } from './i18n.ts'

export type TimeAhead = 'laterToday' | 'tomorrowMorning' | 'thisWeekend' | 'mondayMorning'

/** Those that are ahead and differ, the nearest first. */
export function timesAhead(now: Date): readonly (readonly [TimeAhead, Date])[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const untilMonday = (8 - now.getDay()) % 7 || 7
  const untilSaturday = 6 - now.getDay()
  return [
    ...(now.getHours() < 16 ? [['laterToday', at(0, 18)] as const] : []),
    ['tomorrowMorning', at(1, 8)],
    ...(untilSaturday > 1 && untilSaturday < 6 ? [['thisWeekend', at(untilSaturday, 9)] as const] : []),
    ...(untilMonday > 1 ? [['mondayMorning', at(untilMonday, 8)] as const] : []),
  ]
}

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
