// The Range header (RFC 9110 §14.2), one range of octets; anything else is ignored, as the RFC allows, and the whole is sent.

export interface OctetRange {
  readonly start: number
  /** One past the last. */
  readonly end: number
}

export function readRange(header: string | undefined, size: number): OctetRange | 'unsatisfiable' | null {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  const [, first = '', last = ''] = match
  if (first === '') {
    // The last N octets.
    const length = Math.min(Number(last), size)
    return length > 0 ? { start: size - length, end: size } : 'unsatisfiable'
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  // §14.1.1: «An int-range is invalid if the last-pos value is present and less than first-pos.» An invalid header is ignored.
  if (last !== '' && Number(last) < start) return null
  return start < size ? { start, end } : 'unsatisfiable'
}
