// Dates as a list needs them: the time for today, the day for this year, the date for what is older. By Intl alone.

import { currentLocale } from '../../shell/i18n.ts'

let language = ''
let formats: Record<'time' | 'day' | 'date' | 'full', Intl.DateTimeFormat>

export function listDate(iso: string, now = new Date()): string {
  const date = new Date(iso)
  if (date.toDateString() === now.toDateString()) return format('time', date)
  return format(date.getFullYear() === now.getFullYear() ? 'day' : 'date', date)
}

export function fullDate(iso: string): string {
  return format('full', new Date(iso))
}

function format(kind: keyof typeof formats, date: Date): string {
  if (language !== currentLocale()) {
    language = currentLocale()
    formats = {
      time: new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }),
      day: new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' }),
      date: new Intl.DateTimeFormat(language, { day: 'numeric', month: 'numeric', year: '2-digit' }),
      full: new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }),
    }
  }
  return Number.isNaN(date.getTime()) ? '' : formats[kind].format(date)
}
