// The structured values that JMAP has forms for, besides addresses: message ids, dates and URLs (RFC 8621 §4.1.2.5–7).
// Each gives null when the value is not of its kind.

/** Text without comments (RFC 5322 §3.2.2), which may nest and hold quoted pairs; quoted strings stay whole. */
export function stripComments(text: string): string {
  if (!text.includes('(')) return text
  let out = ''
  let depth = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\') {
      const pair = char + (text[++at] ?? '')
      if (depth === 0) out += pair
    } else if (isQuoted || (char === '"' && depth === 0)) {
      if (char === '"') isQuoted = !isQuoted
      out += char
    } else if (char === '(') depth++
    else if (char === ')') {
      if (depth > 0 && --depth === 0) out += ' '
    } else if (depth === 0) out += char
  }
  return out
}

/** RFC 5322 §3.6.4; the phrases that its obsolete syntax lets stand between ids are passed over. */
export function parseMessageIds(value: string): readonly string[] | null {
  const ids = [...stripComments(value).matchAll(/<([^<>]*)>/g)].map((match) => match[1]!.replace(/\s+/g, ''))
  const found = ids.filter((id) => id !== '')
  return found.length > 0 ? found : null
}

/** RFC 2369 §2: URLs in angle brackets, comments and white space around them ignored. */
export function parseUrls(value: string): readonly string[] | null {
  // Comments stand between the brackets only: a URL may hold parentheses.
  const urls = [...value.matchAll(/<([^<>]*)>/g)].map((match) => match[1]!.replace(/\s+/g, ''))
  const found = urls.filter((url) => url !== '')
  return found.length > 0 ? found : null
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** RFC 5322 §4.3; any other name means an unknown offset, -0000. */
const zones: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
}

const dateTime =
  /^\s*(?:[a-z]+\.?\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{2,4})[\s,]+(\d{1,2})\s*:\s*(\d{2})(?:\s*:\s*(\d{2})(?:\.\d+)?)?(?:\s*([+-]\d{4}|[a-z]{1,5}))?/i

export interface DateTime {
  /** Ms since 1970. */
  readonly time: number
  readonly offsetMinutes: number
}

/** RFC 5322 §3.3 with the obsolete years and zones of §4.3. */
export function parseDateTime(value: string): DateTime | null {
  const match = dateTime.exec(stripComments(value).replace(/\s+/g, ' '))
  if (!match) return null
  const [, day, monthName = '', yearText = '', hour, minute, second = '0', zone = ''] = match
  const month = months.indexOf(monthName.toLowerCase())
  let year = Number(yearText)
  // RFC 5322 §4.3: two digits below 50 are of this century, other two and all three digits count from 1900.
  if (yearText.length === 2) year += year < 50 ? 2000 : 1900
  else if (yearText.length === 3) year += 1900
  const offsetMinutes = parseZone(zone)
  if (month < 0 || offsetMinutes === null) return null
  // A leap second is kept within its minute.
  const seconds = Math.min(Number(second), 59)
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null
  const local = Date.UTC(year, month, Number(day), Number(hour), Number(minute), seconds)
  if (new Date(local).getUTCDate() !== Number(day)) return null
  return { time: local - offsetMinutes * 60_000, offsetMinutes }
}

function parseZone(zone: string): number | null {
  if (!/^[+-]/.test(zone)) return zones[zone.toLowerCase()] ?? 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  if (minutes >= 24 * 60 || Number(zone.slice(3)) > 59) return null
  return zone.startsWith('-') ? -minutes : minutes
}

const two = (value: number) => String(value).padStart(2, '0')

/** RFC 8620 §1.4 (Date): RFC 3339 with the offset of the original, `Z` where that is nought. */
export function formatJmapDate(date: DateTime): string {
  const local = new Date(date.time + date.offsetMinutes * 60_000).toISOString().slice(0, 19)
  if (date.offsetMinutes === 0) return `${local}Z`
  const offset = Math.abs(date.offsetMinutes)
  return `${local}${date.offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}:${two(offset % 60)}`
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** RFC 5322 §3.3, for what we write. */
export function formatMailDate(date: DateTime): string {
  const local = new Date(date.time + date.offsetMinutes * 60_000)
  const month = months[local.getUTCMonth()]!
  const offset = Math.abs(date.offsetMinutes)
  const clock = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`
  const zone = `${date.offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}${two(offset % 60)}`
  const year = String(local.getUTCFullYear()).padStart(4, '0')
  const name = month[0]!.toUpperCase() + month.slice(1)
  return `${weekdays[local.getUTCDay()]}, ${two(local.getUTCDate())} ${name} ${year} ${clock} ${zone}`
}

/** RFC 8620 §1.4 (Date), strict: upper case T and Z, no fraction of noughts needed; null when it is none. */
export function parseJmapDate(text: string): DateTime | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text)
  if (!match) return null
  const [, year, month, day, hour, minute, second, sign, zoneHours = '0', zoneMinutes = '0'] = match
  if (Number(month) < 1 || Number(month) > 12 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) {
    return null
  }
  if (Number(zoneHours) > 23 || Number(zoneMinutes) > 59) return null
  const seconds = Math.min(Number(second), 59)
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), seconds)
  if (new Date(local).getUTCDate() !== Number(day)) return null
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1)
  return { time: local - offset * 60_000, offsetMinutes: offset }
}
