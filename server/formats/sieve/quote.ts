// Strings of a Sieve script.

/** RFC 5228 §2.4.2: in a quoted string only `"` and `\` are special. NUL may not stand in a script; line ends are CRLF. */
export function quote(text: string): string {
  const lines = text.replaceAll('\0', '').replace(/\r\n?|\n/g, '\r\n')
  return `"${lines.replace(/["\\]/g, '\\$&')}"`
}

export const quoteList = (texts: readonly string[]): string => `[${texts.map(quote).join(', ')}]`

/** What stands in a script, and the extensions that it needs (RFC 5228 §3.2). */
export interface SieveCode {
  readonly needs: readonly string[]
  readonly lines: readonly string[]
}
