// SEARCH, SORT and THREAD (RFC 9051 §6.4.4, 5256, 5267, 9394), results alike whatever the server offers.

import { Failure } from '#core/errors.ts'
import { hasNonAscii, searchParts, sortParts } from '#formats/imap/search-key.ts'
import type { Part } from '#formats/imap/serialize.ts'
import type { EsearchRow, Modseq, SearchKey, ThreadNode } from '#formats/imap/types.ts'
import type { Command, Commands, Connection, SearchRequest, SearchResult } from '../types.ts'

const none: Uint32Array = new Uint32Array(0)

export const searchMessages: Commands['searchMessages'] = (connection, request, signal) => {
  const { esearch, searchPartial } = connection.features
  const charset = charsetParts(connection, request.criteria)
  const options = returnOptions(request, esearch, searchPartial)
  const parts: Part[] = ['UID SEARCH', ...options, ...charset, ...searchParts(request.criteria)]
  return connection.run(resultCommand('search', parts, request, options.length > 0, searchPartial), signal)
}

export const sortMessages: Commands['sortMessages'] = async (connection, request, signal) => {
  const { sort, esort, sortPartial, sortDisplay } = connection.features
  if (!sort) throw new Failure('unsupported', { command: 'SORT' })
  if (!sortDisplay && request.sort.some(({ by }) => by.startsWith('DISPLAY')))
    throw new Failure('unsupported', { command: 'SORT=DISPLAY' })
  const options = returnOptions(request, esort, sortPartial)
  // RFC 5256 §3: SORT always names its charset.
  const parts: Part[] = ['UID SORT', ...options, sortParts(request.sort), 'UTF-8', ...searchParts(request.criteria)]
  return connection.run(resultCommand('sort', parts, request, options.length > 0, sortPartial), signal)
}

/** RETURN (…) as asked; none where the server knows no RETURN. */
function returnOptions(request: SearchRequest, isExtended: boolean, hasPartial: boolean): string[] {
  if (!isExtended) return []
  if (request.ids === false) return ['RETURN (COUNT)']
  if (!request.partial || !hasPartial) return ['RETURN (COUNT ALL)']
  return [`RETURN (COUNT PARTIAL ${request.partial[0]}:${request.partial[1]})`]
}

/** RFC 6855 §3: once UTF8=ACCEPT is enabled a charset must not be named. */
function charsetParts({ features }: Connection, criteria: SearchKey): string[] {
  return hasNonAscii(criteria) && !features.utf8Accept ? ['CHARSET UTF-8'] : []
}

function resultCommand(
  kind: 'search' | 'sort',
  parts: readonly Part[],
  request: SearchRequest,
  isExtended: boolean,
  hasPartial: boolean,
): Command<SearchResult> {
  return {
    name: kind === 'search' ? 'UID SEARCH' : 'UID SORT',
    parts,
    effect: 'read',
    // RFC 4731 §3.1: ESEARCH names its tag.
    ...(isExtended ? {} : { yields: { kind } }),
    start: (tag) => {
      let row: EsearchRow | null = null
      let numbers: Uint32Array = none
      let modseq: Modseq | null = null
      return {
        untagged(response) {
          if (response.kind === 'esearch' && isExtended) {
            // RFC 4731 §3.1: the tag says whose it is.
            if (response.row.tag !== null && response.row.tag !== tag) return false
            row = response.row
            return true
          }
          if (response.kind !== kind) return false
          numbers = response.numbers
          modseq = response.modseq
          return true
        },
        done(): SearchResult {
          const ids = request.ids !== false
          if (row !== null) {
            const whole = request.partial && hasPartial ? row.partial : row.all
            const found = whole ?? none
            const uids = request.partial && !hasPartial ? windowOf(found, request.partial) : found
            return { count: row.count ?? found.length, uids: ids ? uids : none, modseq: row.modseq }
          }
          // RFC 9051 §6.4.4: SEARCH gives them in no order that one may rely on.
          const found = kind === 'search' ? numbers.sort() : numbers
          const uids = request.partial ? windowOf(found, request.partial) : found
          return { count: found.length, uids: ids ? uids : none, modseq }
        },
      }
    },
  }
}

function windowOf(numbers: Uint32Array, [first, last]: readonly [number, number]): Uint32Array {
  return numbers.slice(first - 1, last)
}

export const threadMessages: Commands['threadMessages'] = async (connection, criteria, signal) => {
  const algorithm = connection.features.thread
  if (!algorithm) throw new Failure('unsupported', { command: 'THREAD' })
  const command: Command<readonly ThreadNode[]> = {
    name: 'UID THREAD',
    parts: [`UID THREAD ${algorithm} UTF-8`, ...searchParts(criteria)],
    effect: 'read',
    yields: { kind: 'thread' },
    start: () => {
      let threads: readonly ThreadNode[] = []
      return {
        untagged(response) {
          if (response.kind !== 'thread') return false
          threads = response.threads
          return true
        },
        done: () => threads,
      }
    },
  }
  return connection.run(command, signal)
}
