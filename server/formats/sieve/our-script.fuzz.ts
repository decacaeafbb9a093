// Our script made of whatever a person may type, read back, and damaged.

import type { FilterCondition } from '#shared/jmap/filters.ts'
import type { KeptAction, KeptRule } from './filter-rules.ts'
import { makeOurScript, type OurScript, readOurScript } from './our-script.ts'

const pieces = [
  '"',
  '\\',
  ';',
  'discard',
  '\r\n',
  '\n',
  '.',
  '#',
  '/*',
  '*/',
  '{',
  '}',
  'text:',
  '*',
  '?',
  'ü',
  '🚢',
  ' ',
  'a',
  '%',
  '\u2028',
]

export interface FuzzResult {
  readonly made: number
  /** Of the damaged ones: those that were still read as ours, which must be none. */
  readonly fooled: readonly string[]
  /** Scripts in which something typed got out of its string. */
  readonly escaped: readonly string[]
  /** Those that were not read back as what they were made of. */
  readonly lost: readonly string[]
}

export function fuzzOurScript(runs: number, seed: number): FuzzResult {
  let state = seed >>> 0
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const pick = <T>(from: readonly T[]): T => from[random(from.length)]!
  const text = () => Array.from({ length: 1 + random(8) }, () => pick(pieces)).join('')
  const many = <T>(most: number, one: () => T) => Array.from({ length: random(most + 1) }, one)
  const condition = (): FilterCondition =>
    pick<() => FilterCondition>([
      () => ({ field: 'size', op: pick(['over', 'under']), size: random(2 ** 31 - 1) }),
      () => ({ field: 'attachment', op: pick(['has', 'hasNot']) }),
      () => ({ field: 'body', op: pick(['contains', 'containsNot']), value: text(), header: null }),
      () => ({ field: 'header', op: pick(['contains', 'isNot']), value: text(), header: 'X-Spam' }),
      () => ({
        field: pick(['from', 'to', 'subject', 'listId']),
        op: pick(['contains', 'containsNot', 'is', 'isNot']),
        value: text(),
        header: null,
      }),
    ])()
  const action = (): KeptAction =>
    pick<() => KeptAction>([
      () => ({ type: pick(['move', 'copy']), mailbox: text() }),
      () => ({ type: 'keyword', keyword: pick(['$seen', '$flagged', 'work']) }),
      () => ({ type: 'forward', email: pick(['a@x.test', "o'b@ü.test"]), keepsCopy: random(2) === 0 }),
      () => ({ type: 'discard' }),
    ])()
  const rule = (_: unknown, at: number): KeptRule => ({
    id: `${at}`,
    name: text(),
    isEnabled: random(4) > 0,
    match: pick(['all', 'any']),
    conditions: many(3, condition),
    actions: random(5) === 0 ? [{ type: 'reject', reason: text() }] : [action(), ...many(2, action)],
    stops: random(2) === 0,
  })
  const ours = (): OurScript => ({
    vacation: {
      fromDate: null,
      toDate: null,
      subject: text(),
      textBody: text(),
      htmlBody: random(2) ? text() : null,
      isEnabled: random(2) === 0,
    },
    rules: {
      rules: Array.from({ length: random(4) }, rule),
      forwarding: { isEnabled: random(2) === 0, emails: ['b@x.test'], keepsCopy: random(2) === 0 },
      blocked: { senders: random(2) ? ['c@x.test', '@y.test'] : [], target: { mailbox: text() } },
    },
    include: random(2) ? text() : null,
  })

  const fooled: string[] = []
  const escaped: string[] = []
  const lost: string[] = []
  for (let run = 0; run < runs; run++) {
    const wanted = ours()
    const extensions = random(2) ? ['mailbox'] : []
    const { script } = makeOurScript(wanted, { addresses: [text()], extensions })
    if (JSON.stringify(readOurScript(script)) !== JSON.stringify(wanted)) lost.push(script)
    if (!isOnlyOurWords(script)) escaped.push(script)
    const at = random(script.length)
    const damaged = script.slice(0, at) + pick(pieces.filter((piece) => piece.trim() !== '')) + script.slice(at + 1)
    if (damaged !== script && JSON.stringify(readOurScript(damaged) ?? wanted) !== JSON.stringify(wanted)) {
      fooled.push(damaged)
    }
  }
  return { made: runs, fooled, escaped, lost }
}

/** Outside strings and comments stands nothing but what we write. */
function isOnlyOurWords(script: string): boolean {
  const code = script.replace(/#[^\r\n]*\r\n|"(?:[^"\\]|\\.)*"/gs, (found) => (found.startsWith('#') ? '' : '""'))
  const words = code.match(/[^\s()[\]{},;]+/g) ?? []
  return words.every((word) => /^""$|^:?[a-z0-9]+$/.test(word)) && words.every((word) => !/^(text:)/.test(word))
}
