// Results of SEARCH, SORT, ESEARCH and THREAD (RFC 9051 §7.3.4, 4731, 5256, 5267, 7162).

import type { Cursor } from './cursor.ts'
import { maxDepth } from './limits.ts'
import { expandRanges, parseRanges } from './number-set.ts'
import type { EsearchRow, Modseq, ThreadNode } from './types.ts'

const SP = 32
const OPEN = 40
const CLOSE = 41

/** ` 2 84 882 (MODSEQ 917162500)`. */
export function parseNumbers(cursor: Cursor): { numbers: Uint32Array; modseq: Modseq | null } {
  const { bytes } = cursor
  // One pass to count the spaces bounds the memory by the line itself.
  let numbers = new Uint32Array(Math.ceil((cursor.end - cursor.pos) / 2))
  let count = 0
  let modseq: Modseq | null = null
  while (!cursor.atEnd()) {
    if (bytes[cursor.pos] === SP) {
      cursor.pos++
      continue
    }
    if (bytes[cursor.pos] === OPEN) {
      cursor.pos++
      if (cursor.atom().toUpperCase() !== 'MODSEQ') cursor.fail('expected MODSEQ')
      cursor.space()
      modseq = cursor.bigint()
      cursor.expect(CLOSE)
      continue
    }
    numbers[count++] = cursor.number()
  }
  numbers = numbers.slice(0, count)
  return { numbers, modseq }
}

/** ` (TAG "A1") UID COUNT 5 PARTIAL (1:2 7,9)`. */
export function parseEsearch(cursor: Cursor): EsearchRow {
  let tag: string | null = null
  let isUid = false
  let min: number | null = null
  let max: number | null = null
  let count: number | null = null
  let modseq: Modseq | null = null
  let all: Uint32Array | null = null
  let partial: Uint32Array | null = null
  while (!cursor.atEnd()) {
    cursor.space()
    if (cursor.atEnd()) break
    if (cursor.peek() === OPEN) {
      cursor.list(() => {
        const name = cursor.atom().toUpperCase()
        cursor.space()
        const value = cursor.astring()
        if (name === 'TAG') tag = value
      })
      continue
    }
    const name = cursor.atom().toUpperCase()
    if (name === 'UID') {
      isUid = true
      continue
    }
    cursor.space()
    if (name === 'MIN') min = cursor.number()
    else if (name === 'MAX') max = cursor.number()
    else if (name === 'COUNT') count = cursor.number()
    else if (name === 'MODSEQ') modseq = cursor.bigint()
    else if (name === 'ALL') all = expandRanges(parseRanges(cursor.atom()))
    else if (name === 'PARTIAL') partial = parsePartial(cursor)
    else cursor.skip()
  }
  return { tag, isUid, min, max, count, modseq, all, partial }
}

/** RFC 9394 §3.1: `(1:50 7,9)` or `(1:50 NIL)`. */
function parsePartial(cursor: Cursor): Uint32Array {
  cursor.expect(OPEN)
  cursor.atom()
  cursor.space()
  const set = cursor.atom()
  cursor.expect(CLOSE)
  return set.toUpperCase() === 'NIL' ? new Uint32Array(0) : expandRanges(parseRanges(set))
}

/** RFC 5256 §4: ` (2)(3 6 (4 23)(44 7 96))`. */
export function parseThreads(cursor: Cursor): ThreadNode[] {
  const threads: ThreadNode[] = []
  while (!cursor.atEnd()) {
    if (cursor.peek() === SP) cursor.pos++
    else threads.push(parseThread(cursor, 0))
  }
  return threads
}

/** A chain of ids, each the child of the one before, ended by the branches of the last. Long chains cost no stack. */
function parseThread(cursor: Cursor, depth: number): ThreadNode {
  if (depth > maxDepth) cursor.fail('nested too deep')
  cursor.expect(OPEN)
  const ids: number[] = []
  const branches: ThreadNode[] = []
  while (!cursor.take(CLOSE)) {
    if (cursor.peek() === SP) cursor.pos++
    else if (cursor.peek() === OPEN) branches.push(parseThread(cursor, depth + 1))
    else if (branches.length > 0) cursor.fail('expected )')
    else ids.push(cursor.number())
  }
  if (ids.length === 0) ids.push(0) // branches of a parent that is not there
  let node: ThreadNode = { id: ids.pop() as number, children: branches }
  while (ids.length > 0) node = { id: ids.pop() as number, children: [node] }
  return node
}
