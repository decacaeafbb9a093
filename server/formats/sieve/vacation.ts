// The script that answers while somebody is away: made of a VacationResponse (RFC 8621 §8), and read back. Sieve (RFC 5228) with
// vacation (RFC 5230), date (RFC 5260), relational (RFC 5231) and include (RFC 6609). What the person typed stands in quoted strings
// alone, and once more, in base64, in the first line, from which it is read back: no Sieve is parsed.

export interface Vacation {
  readonly fromDate: string | null
  readonly toDate: string | null
  readonly subject: string | null
  readonly textBody: string | null
  readonly htmlBody: string | null
}

export interface VacationScript {
  readonly vacation: Vacation
  /** The script that was active before, which runs after the answer; null when there was none. */
  readonly include: string | null
}

const mark = '# paquebot-vacation-1 '
const defaultText = 'I am away and cannot read my mail at the moment.'

/** RFC 5228 §2.4.2: in a quoted string only `"` and `\` are special. NUL may not stand in a script; line ends are CRLF. */
export function quote(text: string): string {
  const lines = text.replaceAll('\0', '').replace(/\r\n?|\n/g, '\r\n')
  return `"${lines.replace(/["\\]/g, '\\$&')}"`
}

export function makeVacationScript({ vacation, include }: VacationScript, addresses: readonly string[]): string {
  const { fromDate, toDate, subject, textBody, htmlBody } = vacation
  const state = Buffer.from(JSON.stringify({ vacation, include })).toString('base64url')
  const needs = [
    'vacation',
    ...(fromDate || toDate ? ['date', 'relational'] : []),
    ...(include === null ? [] : ['include']),
  ]
  const tests = [
    // Compared as text, from year to second, in UTC: what follows in the server's form (a zone) makes it only greater.
    ...(fromDate ? [`currentdate :zone "+0000" :value "ge" "iso8601" ${quote(toSeconds(fromDate))}`] : []),
    ...(toDate ? [`currentdate :zone "+0000" :value "lt" "iso8601" ${quote(toSeconds(toDate))}`] : []),
  ]
  const oneLine = subject?.replace(/[\r\n]+/g, ' ').trim()
  const body = htmlBody === null ? quote(textBody || defaultText) : quote(mimeBody(textBody, htmlBody))
  const action = [
    'vacation :days 7',
    ...(addresses.length > 0 ? [`:addresses [${addresses.map(quote).join(', ')}]`] : []),
    ...(oneLine ? [`:subject ${quote(oneLine)}`] : []),
    ...(htmlBody === null ? [] : [':mime']),
    `${body};`,
  ].join(' ')
  return [
    mark + state,
    '# Made by Paquebot. What is changed here is overwritten when the absence is edited there.',
    `require [${needs.map(quote).join(', ')}];`,
    tests.length > 0 ? `if allof(${tests.join(', ')}) {\r\n  ${action}\r\n}` : action,
    ...(include === null ? [] : [`include :personal :optional ${quote(include)};`]),
    '',
  ].join('\r\n')
}

/** What it was made of; null when it is not one of ours. */
export function readVacationScript(script: string): VacationScript | null {
  const [first = ''] = script.split(/\r?\n/, 1)
  if (!first.startsWith(mark)) return null
  try {
    const state = JSON.parse(Buffer.from(first.slice(mark.length).trim(), 'base64url').toString('utf8'))
    const text = (value: unknown) => (typeof value === 'string' ? value : null)
    const { fromDate, toDate, subject, textBody, htmlBody } = state.vacation
    const vacation = {
      fromDate: text(fromDate),
      toDate: text(toDate),
      subject: text(subject),
      textBody: text(textBody),
      htmlBody: text(htmlBody),
    }
    return { vacation, include: text(state.include) }
  } catch {
    // Damaged by hand: as good as not ours.
    return null
  }
}

const toSeconds = (date: string) => new Date(date).toISOString().slice(0, 19)

/** RFC 5230 §4.4: a MIME entity; base64, so that no line of it can end anything. */
function mimeBody(textBody: string | null, htmlBody: string): string {
  const boundary = 'paquebot-vacation'
  const part = (type: string, text: string) => {
    const encoded = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n')
    return `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}\r\n`
  }
  // RFC 8621 §8: without a text body the server makes one of the HTML.
  const text = textBody || textOf(htmlBody) || defaultText
  return `Content-Type: multipart/alternative; boundary="${boundary}"\r\n\r\n${part('text/plain', text)}${part('text/html', htmlBody)}--${boundary}--\r\n`
}

/** The words of an HTML text, for those who read none. */
function textOf(html: string): string {
  return html
    .replace(/<(style|script|head)\b[\s\S]*?(<\/\1\s*>|$)/gi, '')
    .replace(/<(br|\/p|\/div|\/li|\/h\d|\/tr)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(
      /&(amp|lt|gt|quot|nbsp|#39);/g,
      (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', '#39': "'" })[name]!,
    )
    .replace(/[ \t]+/g, ' ')
    .replace(/\n\s*\n\s*/g, '\n\n')
    .trim()
}
