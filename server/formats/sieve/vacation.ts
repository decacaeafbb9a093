// The answer that goes out while somebody is away: a VacationResponse (RFC 8621 §8) as Sieve (RFC 5228) with vacation (RFC 5230), date
// (RFC 5260) and relational (RFC 5231). What the person typed stands in quoted strings alone.

import { quote, quoteList, type SieveCode } from './quote.ts'

export interface Vacation {
  readonly fromDate: string | null
  readonly toDate: string | null
  readonly subject: string | null
  readonly textBody: string | null
  readonly htmlBody: string | null
}

const defaultText = 'I am away and cannot read my mail at the moment.'

export function printVacation(vacation: Vacation, addresses: readonly string[]): SieveCode {
  const { fromDate, toDate, subject, textBody, htmlBody } = vacation
  const tests = [
    // Compared as text, from year to second, in UTC: what follows in the server's form (a zone) makes it only greater.
    ...(fromDate ? [`currentdate :zone "+0000" :value "ge" "iso8601" ${quote(toSeconds(fromDate))}`] : []),
    ...(toDate ? [`currentdate :zone "+0000" :value "lt" "iso8601" ${quote(toSeconds(toDate))}`] : []),
  ]
  const oneLine = subject?.replace(/[\r\n]+/g, ' ').trim()
  const body = htmlBody === null ? quote(textBody || defaultText) : quote(mimeBody(textBody, htmlBody))
  const action = [
    'vacation :days 7',
    ...(addresses.length > 0 ? [`:addresses ${quoteList(addresses)}`] : []),
    ...(oneLine ? [`:subject ${quote(oneLine)}`] : []),
    ...(htmlBody === null ? [] : [':mime']),
    `${body};`,
  ].join(' ')
  return {
    needs: ['vacation', ...(tests.length > 0 ? ['date', 'relational'] : [])],
    lines: tests.length > 0 ? [`if allof(${tests.join(', ')}) {`, `  ${action}`, '}'] : [action],
  }
}

/** As it is remembered; what is no text is null. */
export function readVacation(value: unknown): Vacation {
  const { fromDate, toDate, subject, textBody, htmlBody } = value as Readonly<Record<string, unknown>>
  const text = (given: unknown) => (typeof given === 'string' ? given : null)
  return {
    fromDate: dateOf(fromDate),
    toDate: dateOf(toDate),
    subject: text(subject),
    textBody: text(textBody),
    htmlBody: text(htmlBody),
  }
}

const dateOf = (given: unknown) => (typeof given === 'string' && !Number.isNaN(Date.parse(given)) ? given : null)
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
