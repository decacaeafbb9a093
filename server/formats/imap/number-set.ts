// Sets of UIDs or sequence numbers (RFC 9051 §9: sequence-set): reading, writing, and the little arithmetic they need.

import { maxExpandedSet } from './limits.ts'
import { ProtocolError } from './protocol-error.ts'
import type { NumberRange, NumberSet } from './types.ts'

const MAX = 0xffffffff

/** The set of these numbers, in any order, with repeats. */
export function toSet(numbers: Iterable<number>): NumberSet {
  const sorted = Uint32Array.from(numbers).sort()
  const out: [number, number][] = []
  let last: [number, number] | undefined
  for (const n of sorted) {
    if (last && n <= last[1] + 1) last[1] = Math.max(last[1], n)
    else out.push((last = [n, n]))
  }
  return out
}

export function formatSet(set: NumberSet): string {
  if (set.length === 0) throw new RangeError('an empty set cannot be written')
  return set.map(([first, last]) => (first === last ? `${check(first)}` : `${check(first)}:${check(last)}`)).join(',')
}

function check(n: number): number {
  if (!Number.isInteger(n) || n < 1 || n > MAX) throw new RangeError(`not a message number: ${n}`)
  return n
}

/** Reads `1:3,7` as the server wrote it, in its order; ranges may run backwards (`7:3`). No `*`. */
export function parseRanges(text: string): NumberRange[] {
  const out: NumberRange[] = []
  for (const part of text.split(',')) {
    const colon = part.indexOf(':')
    const first = parseNumber(colon === -1 ? part : part.slice(0, colon))
    const last = colon === -1 ? first : parseNumber(part.slice(colon + 1))
    out.push([first, last])
  }
  return out
}

function parseNumber(text: string): number {
  const n = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(n <= MAX)) throw new ProtocolError(`not a number in a set: ${text.slice(0, 20)}`)
  return n
}

/** Ascending and disjoint. */
export function parseSet(text: string): NumberSet {
  return mergeSets(parseRanges(text).map(([a, b]) => (a <= b ? [a, b] : [b, a])))
}

/** Ascending and disjoint, of ranges in any order. */
export function mergeSets(...sets: readonly NumberSet[]): NumberSet {
  const sorted = sets.flat().sort((a, b) => a[0] - b[0])
  const out: [number, number][] = []
  let last: [number, number] | undefined
  for (const [first, end] of sorted) {
    if (last && first <= last[1] + 1) last[1] = Math.max(last[1], end)
    else out.push((last = [first, end]))
  }
  return out
}

export function countSet(set: NumberSet): number {
  return set.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

export function intersects(a: NumberSet, b: NumberSet): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [left, right] = [a[i] as NumberRange, b[j] as NumberRange]
    if (left[1] < right[0]) i++
    else if (right[1] < left[0]) j++
    else return true
  }
  return false
}

export function setHas(set: NumberSet, n: number): boolean {
  let low = 0
  let high = set.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = set[middle] as NumberRange
    if (n < first) high = middle - 1
    else if (n > last) low = middle + 1
    else return true
  }
  return false
}

/** Each number, in the order of the ranges; a range that runs backwards is given backwards (RFC 5267 §3.1). */
export function expandRanges(ranges: readonly NumberRange[]): Uint32Array {
  let total = 0
  for (const [first, last] of ranges) total += Math.abs(last - first) + 1
  if (total > maxExpandedSet) throw new ProtocolError(`a set of ${total} numbers`)
  const out = new Uint32Array(total)
  let at = 0
  for (const [first, last] of ranges) {
    const step = first <= last ? 1 : -1
    for (let n = first; n !== last; n += step) out[at++] = n
    out[at++] = last
  }
  return out
}

/** The set in pieces whose text is at most `maxChars` long. */
export function splitSet(set: NumberSet, maxChars: number): NumberSet[] {
  const out: NumberRange[][] = []
  let chars = Number.POSITIVE_INFINITY
  for (const range of set) {
    const width = range[0] === range[1] ? `${range[0]}`.length + 1 : `${range[0]}:${range[1]}`.length + 1
    if (chars + width > maxChars) {
      out.push([])
      chars = 0
    }
    out.at(-1)?.push(range)
    chars += width
  }
  return out
}
