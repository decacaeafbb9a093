import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerTo, readCalendar, type When } from './read-event.ts'

const calendar = (method: string | null, event: readonly string[], zones: readonly string[] = []) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Somebody//EN',
    ...(method ? [`METHOD:${method}`] : []),
    ...zones,
    'BEGIN:VEVENT',
    'UID:1@example.org',
    ...event,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n')

const berlin = [
  'BEGIN:VTIMEZONE',
  'TZID:W. Europe Standard Time',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010101T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
]
const firstOf = (text: string) => readCalendar(text)!.events[0]!
const times = (start: string, end: string | null, clockOf: string | null = null): When => ({
  kind: 'times',
  start: new Date(start),
  end: end === null ? null : new Date(end),
  clockOf,
})

test('an invitation tells what, where, who asks and who was asked', () => {
  const read = readCalendar(
    calendar('REQUEST', [
      'SUMMARY:Berth plan\\, second',
      ' \tpart',
      'LOCATION:Pier 4',
      'ORGANIZER;CN="Hopper, Grace":mailto:Grace@Navy.example',
      'ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED;ROLE=OPT-PARTICIPANT:MAILTO:alice@example.test',
      'ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.test',
      'ATTENDEE;CN=Room:invalid:nomail',
      'DTSTART:20260701T080000Z',
      'DTEND:20260701T093000Z',
    ]),
  )
  assert.equal(read?.method, 'request')
  const [event] = read.events
  assert.equal(event?.summary, 'Berth plan, second\tpart')
  assert.equal(event.location, 'Pier 4')
  assert.deepEqual(event.organizer?.email, 'Grace@Navy.example')
  assert.equal(event.organizer?.name, 'Hopper, Grace')
  assert.deepEqual(
    event.attendees.map(({ email, answer, isOptional }) => [email, answer, isOptional]),
    [
      ['alice@example.test', 'accepted', true],
      ['bob@example.test', 'open', false],
    ],
  )
  assert.deepEqual(event.when, times('2026-07-01T08:00:00Z', '2026-07-01T09:30:00Z'))
  assert.equal(event.isCancelled, false)
})

test('times are those of the zone that comes along, in summer and winter', () => {
  const at = (day: string) =>
    firstOf(
      calendar(
        'REQUEST',
        [`DTSTART;TZID=W. Europe Standard Time:${day}T100000`, `DTEND;TZID=W. Europe Standard Time:${day}T110000`],
        berlin,
      ),
    ).when
  assert.deepEqual(at('20260701'), times('2026-07-01T08:00:00Z', '2026-07-01T09:00:00Z'))
  assert.deepEqual(at('20261201'), times('2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z'))
})

test('a zone that does not come along is known by its name, or told as it is', () => {
  const at = (zone: string, time: string) => firstOf(calendar(null, [`DTSTART${zone}:${time}`, 'DURATION:PT1H'])).when
  assert.deepEqual(
    at(';TZID=America/New_York', '20260701T100000'),
    times('2026-07-01T14:00:00Z', '2026-07-01T15:00:00Z'),
  )
  // The night in which the clocks are put back, after it.
  assert.deepEqual(at(';TZID=Europe/Berlin', '20261025T040000'), times('2026-10-25T03:00:00Z', '2026-10-25T04:00:00Z'))
  assert.deepEqual(
    at(';TZID=Harbour Time', '20260701T100000'),
    times('2026-07-01T10:00:00Z', '2026-07-01T11:00:00Z', 'Harbour Time'),
  )
  assert.deepEqual(at('', '20260701T100000'), times('2026-07-01T10:00:00Z', '2026-07-01T11:00:00Z', ''))
})

test('whole days end with the last one, not with the day after', () => {
  const days = (...lines: string[]) => firstOf(calendar(null, lines)).when
  assert.deepEqual(days('DTSTART;VALUE=DATE:20260701', 'DTEND;VALUE=DATE:20260704'), {
    kind: 'days',
    first: '2026-07-01',
    last: '2026-07-03',
  })
  assert.deepEqual(days('DTSTART;VALUE=DATE:20260701'), { kind: 'days', first: '2026-07-01', last: '2026-07-01' })
})

test('a series is told by its rule, and once although single days differ', () => {
  const text = calendar(null, [
    'DTSTART:20260701T080000Z',
    'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=10',
  ]).replace(
    'END:VCALENDAR',
    'BEGIN:VEVENT\r\nUID:1@example.org\r\nRECURRENCE-ID:20260708T080000Z\r\nDTSTART:20260708T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR',
  )
  const { events } = readCalendar(text)!
  assert.equal(events.length, 1)
  assert.deepEqual(events[0]?.repeats, {
    frequency: 'weekly',
    interval: 2,
    weekdays: [1, 5],
    count: 10,
    until: null,
  })
})

test('what was called off is told as that, by its method or its status', () => {
  assert.equal(firstOf(calendar('CANCEL', ['DTSTART:20260701T080000Z'])).isCancelled, true)
  assert.equal(firstOf(calendar('REQUEST', ['STATUS:CANCELLED'])).isCancelled, true)
})

test('what does not read is left out, and what is no calendar has no events', () => {
  const event = firstOf(calendar('REQUEST', ['DTSTART:tomorrow', 'RRULE:FREQ=SOMETIMES', 'SUMMARY:Still here']))
  assert.deepEqual([event.summary, event.when, event.repeats], ['Still here', null, null])
  for (const text of ['', 'BEGIN:VCALENDAR', '<html>', 'BEGIN:VCARD\r\nFN:x\r\nEND:VCARD', '\0\0\0']) {
    assert.equal(readCalendar(text), null, text)
  }
})

test('an answer names the event, the one who answers and nobody else, and is a calendar itself', () => {
  const asked = calendar(
    'REQUEST',
    [
      'SEQUENCE:3',
      'SUMMARY:Berth plan',
      'ORGANIZER;CN=Grace:mailto:grace@navy.example',
      'ATTENDEE:mailto:alice@example.test',
      'ATTENDEE:mailto:bob@example.test',
      'DTSTART;TZID=W. Europe Standard Time:20260701T100000',
      'X-SECRET:not for others',
    ],
    berlin,
  )
  const now = new Date('2026-06-01T12:00:00Z')
  const text = answerTo(asked, { name: 'Ali"ce', email: 'alice@example.test' }, 'declined', now)
  assert.match(text, /^BEGIN:VCALENDAR\r\n/)
  assert.match(text, /\r\nMETHOD:REPLY\r\n/)
  assert.match(text, /\r\nUID:1@example\.org\r\n/)
  assert.match(text, /\r\nSEQUENCE:3\r\n/)
  assert.match(text, /\r\nDTSTAMP:20260601T120000Z\r\n/)
  assert.doesNotMatch(text, /bob@|SECRET/)
  const reply = readCalendar(text)!
  assert.equal(reply.method, 'reply')
  assert.deepEqual(reply.events[0]?.attendees, [
    { name: 'Ali ce', email: 'alice@example.test', answer: 'declined', isOptional: false },
  ])
  assert.equal(reply.events[0]?.organizer?.email, 'grace@navy.example')
  assert.deepEqual(reply.events[0]?.when, times('2026-07-01T08:00:00Z', null))
})
