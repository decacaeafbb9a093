// A stranger's words made fit for a log line and for a person's eyes: no control characters, nothing that turns the direction of
// what stands around it, white space folded, cut to a length.

/** Characters. What was cut ends in «…». */
export function plainText(text: string, maxLength: number): string {
  const clean = text
    .toWellFormed()
    // C0, C1, line and paragraph separators; the marks by which text is shown in another order than it is read (UAX #9).
    .replace(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  if (clean.length <= maxLength) return clean
  return `${clean
    .slice(0, maxLength - 1)
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`
}
