// IMAP's date-time (`"17-Jul-1996 02:44:25 -0700"`) and date (`17-Jul-1996`), RFC 9051 §9.

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const monthCodes = new Map(
  months.map((name, index) => [(name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2), index]),
)

/** ms since 1970 of the 26 octets between the quotes; null when they are no date. */
export function parseDateTime(bytes: Buffer, at: number, length: number): number | null {
  // quirk: a day of one digit without the leading space
  if (length === 25) at--
  else if (length !== 26) return null
  const isOneDigit = length === 25 || bytes[at] === 32
  const day = isOneDigit ? digit(bytes, at + 1) : two(bytes, at)
  if (!(day >= 1 && day <= 31)) return null
  const code = (cap(bytes, at + 3) << 16) | (low(bytes, at + 4) << 8) | low(bytes, at + 5)
  const month = monthCodes.get(code)
  if (month === undefined) return null
  const year = two(bytes, at + 7) * 100 + two(bytes, at + 9)
  const sign = bytes[at + 21] === 45 ? -1 : 1
  const zone = sign * (two(bytes, at + 22) * 60 + two(bytes, at + 24))
  const time = Date.UTC(year, month, day, two(bytes, at + 12), two(bytes, at + 15), two(bytes, at + 18)) - zone * 60_000
  return Number.isNaN(time) ? null : time
}

const digit = (bytes: Buffer, at: number) => (bytes[at] as number) - 48
const two = (bytes: Buffer, at: number) => {
  const value = digit(bytes, at) * 10 + digit(bytes, at + 1)
  return digit(bytes, at) >= 0 && digit(bytes, at) <= 9 && digit(bytes, at + 1) >= 0 && digit(bytes, at + 1) <= 9
    ? value
    : Number.NaN
}
const cap = (bytes: Buffer, at: number) => (bytes[at] as number) & 0xdf
const low = (bytes: Buffer, at: number) => (bytes[at] as number) | 0x20

/** In UTC; `17-Jul-1996 09:44:25 +0000`, a day of one digit with its leading space. */
export function formatDateTime(ms: number): string {
  const time = new Date(ms)
  const day = `${time.getUTCDate()}`.padStart(2, ' ')
  return `${day}-${months[time.getUTCMonth()]}-${year(time)} ${time.toISOString().slice(11, 19)} +0000`
}

export function formatDate(ms: number): string {
  const time = new Date(ms)
  return `${time.getUTCDate()}-${months[time.getUTCMonth()]}-${year(time)}`
}

function year(time: Date): string {
  const value = time.getUTCFullYear()
  // The grammar has four digits.
  if (!(value >= 0 && value <= 9999)) throw new RangeError('a year of more than four digits')
  return `${value}`.padStart(4, '0')
}
