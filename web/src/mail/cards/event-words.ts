// When an event is, in the reader's language and at his clock.

import { currentLocale, type Text } from '../../shell/i18n.ts'
import type { Repetition, When } from './read-event.ts'

export function whenInWords(when: When, t: Text): string {
  if (when.kind === 'days') {
    const format = new Intl.DateTimeFormat(currentLocale(), { dateStyle: 'full', timeZone: 'UTC' })
    return format.formatRange(new Date(`${when.first}T00:00:00Z`), new Date(`${when.last}T00:00:00Z`))
  }
  const { start, end, clockOf } = when
  const format = new Intl.DateTimeFormat(currentLocale(), {
    dateStyle: 'full',
    timeStyle: 'short',
    ...(clockOf !== null && { timeZone: 'UTC' }),
  })
  const time = end && end > start ? format.formatRange(start, end) : format.format(start)
  return clockOf ? t('atClockOf', { time, place: clockOf }) : time
}

/** «Weekly on Monday and Friday, 10 times». */
export function repetitionInWords({ frequency, interval, weekdays, count, until }: Repetition, t: Text): string {
  const words = [t(`repeats.${frequency}`, { count: interval })]
  if (weekdays.length > 0) {
    const day = new Intl.DateTimeFormat(currentLocale(), { weekday: 'long', timeZone: 'UTC' })
    // 4 January 1970 was a Sunday.
    const names = weekdays.map((weekday) => day.format(new Date(Date.UTC(1970, 0, 4 + weekday))))
    words.push(new Intl.ListFormat(currentLocale(), { type: 'unit', style: 'short' }).format(names))
  }
  if (count !== null) words.push(t('repeats.times', { count }))
  if (until) {
    const date = new Intl.DateTimeFormat(currentLocale(), { dateStyle: 'medium' }).format(until)
    words.push(t('repeats.until', { date }))
  }
  return words.join(' · ')
}
