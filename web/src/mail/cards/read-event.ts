// Events of a text/calendar part (RFC 5545, RFC 5546) as a card shows them, and the answer to an invitation. A stranger wrote them: what does
// not read is left out, and a part that is no calendar at all has no events.

import ICAL from 'ical.js'
import { parseLeniently } from './parse-leniently.ts'

export type Answer = 'accepted' | 'tentative' | 'declined'

export interface Person {
  readonly name: string | null
  readonly email: string
}

export interface Attendee extends Person {
  readonly answer: Answer | 'delegated' | 'open'
  readonly isOptional: boolean
}

/** Days are `2026-07-01`, the last one included. */
export type When =
  | { readonly kind: 'days'; readonly first: string; readonly last: string }
  | {
      readonly kind: 'times'
      readonly start: Date
      readonly end: Date | null
      /** The times are those of a clock in this place, which nobody told us how to find («» for any place): read them in UTC. */
      readonly clockOf: string | null
    }

export interface Repetition {
  readonly frequency: 'daily' | 'weekly' | 'monthly' | 'yearly'
  readonly interval: number
  /** Days of the week, Sunday is 0; of a weekly one alone. */
  readonly weekdays: readonly number[]
  readonly count: number | null
  readonly until: Date | null
}

export interface CalendarEvent {
  readonly uid: string
  readonly summary: string
  readonly location: string
  readonly description: string
  readonly when: When | null
  readonly repeats: Repetition | null
  readonly isCancelled: boolean
  readonly organizer: Person | null
  readonly attendees: readonly Attendee[]
}

export interface CalendarPart {
  /** RFC 5546 §1.4; `publish` where there is none. */
  readonly method: 'publish' | 'request' | 'cancel' | 'reply' | 'other'
  readonly events: readonly CalendarEvent[]
}

/** Null when it is no calendar. */
export function readCalendar(text: string): CalendarPart | null {
  const calendar = parse(text)
  if (!calendar) return null
  const told = textOf(calendar, 'method').toLowerCase()
  const known = (['publish', 'request', 'cancel', 'reply'] as const).find((method) => method === told)
  const method = known ?? (told === '' ? 'publish' : 'other')
  return { method, events: mainEvents(calendar).map((event) => readEvent(event, method === 'cancel')) }
}

/** A calendar to send to the organizer (RFC 5546 §3.2.3): what `who` answers to the first event. */
export function answerTo(text: string, who: Person, answer: Answer, now: Date): string {
  const asked = mainEvents(parse(text) ?? new ICAL.Component('vcalendar'))[0]
  if (!asked) throw new Error('no event')
  const event = new ICAL.Component('vevent')
  for (const name of ['uid', 'sequence', 'organizer', 'recurrence-id', 'dtstart', 'dtend', 'duration', 'summary']) {
    const property = asked.getFirstProperty(name)
    if (property) event.addProperty(new ICAL.Property(structuredClone(property.jCal), event))
  }
  event.updatePropertyWithValue('dtstamp', ICAL.Time.fromJSDate(now, true))
  const attendee = new ICAL.Property('attendee', event)
  attendee.setParameter('partstat', answer.toUpperCase())
  if (who.name) attendee.setParameter('cn', who.name.replace(/["\p{Cc}]/gu, ' '))
  attendee.setValue(`mailto:${who.email}`)
  event.addProperty(attendee)
  const calendar = new ICAL.Component('vcalendar')
  calendar.updatePropertyWithValue('prodid', '-//Paquebot//EN')
  calendar.updatePropertyWithValue('version', '2.0')
  calendar.updatePropertyWithValue('method', 'REPLY')
  // The zones that its times are in (RFC 5545 §3.6.5).
  for (const zone of asked.parent?.getAllSubcomponents('vtimezone') ?? []) {
    calendar.addSubcomponent(new ICAL.Component(structuredClone(zone.jCal)))
  }
  calendar.addSubcomponent(event)
  return `${calendar.toString()}\r\n`
}

function parse(text: string): ICAL.Component | null {
  const [first] = attempt(() => parseLeniently(text)) ?? []
  return first?.name === 'vcalendar' ? first : null
}

/** Each event once: single days that differ from the rest of a series (RECURRENCE-ID) are left to a calendar, unless they are all there is. */
function mainEvents(calendar: ICAL.Component): readonly ICAL.Component[] {
  const all = calendar.getAllSubcomponents('vevent')
  const whole = all.filter((event) => !event.hasProperty('recurrence-id'))
  return whole.length > 0 ? whole : all
}

function readEvent(event: ICAL.Component, isCancel: boolean): CalendarEvent {
  return {
    uid: textOf(event, 'uid'),
    summary: textOf(event, 'summary').trim(),
    location: textOf(event, 'location').trim(),
    description: textOf(event, 'description').trim(),
    when: attempt(() => readWhen(event)),
    repeats: attempt(() => readRepetition(event)),
    isCancelled: isCancel || textOf(event, 'status').toUpperCase() === 'CANCELLED',
    organizer: readPeople(event, 'organizer')[0] ?? null,
    attendees: readPeople(event, 'attendee').map(({ property, ...person }) => ({
      ...person,
      answer: answerOf(parameterOf(property, 'partstat')),
      isOptional: parameterOf(property, 'role').toUpperCase() === 'OPT-PARTICIPANT',
    })),
  }
}

/** What is written in a wrong form is as good as not written. */
function attempt<Value>(read: () => Value): Value | null {
  try {
    return read()
  } catch {
    return null
  }
}

function textOf(component: ICAL.Component, name: string): string {
  const value = attempt(() => component.getFirstPropertyValue(name))
  return typeof value === 'string' ? value : ''
}

function parameterOf(property: ICAL.Property, name: string): string {
  const value = property.getParameter(name)
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

function readPeople(event: ICAL.Component, name: string) {
  return event.getAllProperties(name).flatMap((property) => {
    const value = attempt(() => property.getFirstValue())
    // Exchange writes a path of its directory where somebody has no address.
    const given = typeof value === 'string' && /^mailto:/i.test(value) ? value.slice(7) : parameterOf(property, 'email')
    const email = given.trim()
    return email.includes('@') ? [{ property, email, name: parameterOf(property, 'cn').trim() || null }] : []
  })
}

function answerOf(partstat: string): Attendee['answer'] {
  const told = partstat.toLowerCase()
  return (['accepted', 'tentative', 'declined', 'delegated'] as const).find((answer) => answer === told) ?? 'open'
}

function readWhen(event: ICAL.Component): When | null {
  const start = event.getFirstProperty('dtstart')
  const first = start?.getFirstValue()
  if (!start || !(first instanceof ICAL.Time) || !Number.isFinite(first.year)) return null
  const last = endOf(event, first)
  if (first.isDate) {
    // RFC 5545 §3.6.1: the day after the last.
    const end = last ? last.time.clone() : first.clone()
    if (last) end.adjust(-1, 0, 0, 0)
    return { kind: 'days', first: first.toString(), last: end.compare(first) < 0 ? first.toString() : end.toString() }
  }
  const begun = instantOf(first, zoneNameOf(start))
  const ended = last && !last.time.isDate ? instantOf(last.time, last.zone ?? zoneNameOf(start)) : null
  return { kind: 'times', start: begun.at, end: ended?.at ?? null, clockOf: begun.clockOf }
}

function endOf(event: ICAL.Component, start: ICAL.Time): { time: ICAL.Time; zone: string | null } | null {
  const end = event.getFirstProperty('dtend')
  const time = end?.getFirstValue()
  if (end && time instanceof ICAL.Time) return { time, zone: zoneNameOf(end) }
  const duration = event.getFirstPropertyValue('duration')
  if (!(duration instanceof ICAL.Duration)) return null
  const later = start.clone()
  later.addDuration(duration)
  return { time: later, zone: null }
}

const zoneNameOf = (property: ICAL.Property) => parameterOf(property, 'tzid') || null

function instantOf(time: ICAL.Time, zone: string | null): { readonly at: Date; readonly clockOf: string | null } {
  const clock = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second)
  if (time.zone?.tzid !== 'floating') return { at: time.toJSDate(), clockOf: null }
  if (zone === null) return { at: new Date(clock), clockOf: '' }
  // A zone that the part does not describe: by its name, where it is one that browsers know.
  const at = attempt(() => inZone(clock, zone))
  return at ? { at, clockOf: null } : { at: new Date(clock), clockOf: zone }
}

/** When a clock in `zone` shows what one in UTC shows at `clock`. Throws for a zone that nobody knows. */
function inZone(clock: number, zone: string): Date {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-hc-h23', {
    timeZone: zone,
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  const shownAt = (at: number) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  }
  // Twice: the first guess may lie on the other side of a change of the clocks.
  let at = clock
  for (let round = 0; round < 2; round++) at += clock - shownAt(at)
  return new Date(at)
}

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

function readRepetition(event: ICAL.Component): Repetition | null {
  const rule = event.getFirstPropertyValue('rrule')
  if (!(rule instanceof ICAL.Recur)) return null
  const told = rule.freq.toLowerCase()
  const frequency = (['daily', 'weekly', 'monthly', 'yearly'] as const).find((one) => one === told)
  if (!frequency) return null
  const days = (rule.parts.BYDAY ?? []) as readonly string[]
  return {
    frequency,
    interval: Math.max(1, rule.interval),
    weekdays:
      frequency === 'weekly'
        ? days.flatMap((day) => Math.max(-1, weekdays.indexOf(day))).filter((day) => day >= 0)
        : [],
    count: rule.count ?? null,
    until: rule.until ? rule.until.toJSDate() : null,
  }
}
