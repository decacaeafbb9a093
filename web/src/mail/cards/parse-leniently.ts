// Calendars and contacts by ical.js, which gives a whole part up for one line that it cannot read: without such lines it is read again.

import ICAL from 'ical.js'

/** Of a part with more lines nothing is taken out: each would be read by itself. */
const maxLines = 20_000

type Parsed = readonly [name: string, properties: unknown[], components: unknown[]]

/** The components at the top, in jCal or jCard (RFC 7265, RFC 7095). Throws for what is neither. */
export function parseLeniently(text: string): readonly ICAL.Component[] {
  let parsed: unknown
  try {
    parsed = ICAL.parse(text)
  } catch {
    parsed = ICAL.parse(readableLines(text))
  }
  const all = (Array.isArray((parsed as unknown[])[0]) ? parsed : [parsed]) as readonly Parsed[]
  return all.map((one) => new ICAL.Component([...one]))
}

function readableLines(text: string): string {
  // RFC 5545 §3.1: a line goes on in one that begins with a blank.
  const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)
  if (lines.length > maxLines) return text
  return lines.filter((line) => /^(?:BEGIN|END):/i.test(line) || isReadable(line)).join('\r\n')
}

function isReadable(line: string): boolean {
  try {
    ICAL.parse.property(line)
    return true
  } catch {
    return false
  }
}
