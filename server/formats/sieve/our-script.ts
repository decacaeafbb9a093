// The one script of ours: what blocks, refuses, answers, forwards and files, and then runs the person's own (include, RFC 6609). What it
// was made of stands in base64 in its first line, beside a digest of that and of the rest, from which it is read back: no Sieve is parsed, and a
// script of ours that was edited elsewhere is told from one that was not.

import { createHash } from 'node:crypto'
import { hasEffect, type KeptRules, noRules, readRules } from './filter-rules.ts'
import { printBlocked, printForwarding, printRefusals, printRules } from './print-rules.ts'
import { quote, quoteList, type SieveCode } from './quote.ts'
import { printVacation, readVacation, type Vacation } from './vacation.ts'

export interface OurScript {
  readonly vacation: Vacation & { readonly isEnabled: boolean }
  readonly rules: KeptRules
  /** The script that was active before, which runs after all of ours; null when there was none. */
  readonly include: string | null
}

const mark = '# paquebot-2 '
/** Before there were rules: the answer alone, with no digest. Such a script was active as long as it answered. */
const firstMark = '# paquebot-vacation-1 '

export interface ScriptOptions {
  /** Whom the person is: to other recipients nothing is answered (RFC 5230 §4.5). */
  readonly addresses: readonly string[]
  /** The server's extensions. */
  readonly extensions: readonly string[]
}

/** The script, and the extensions that it needs: whether the server has them is the caller's question. */
export function makeOurScript(ours: OurScript, options: ScriptOptions): { script: string; needs: readonly string[] } {
  const { vacation, rules, include } = ours
  const knowsMailboxes = options.extensions.includes('mailbox')
  const parts: readonly SieveCode[] = [
    printBlocked(rules.blocked, { knowsMailboxes }),
    printRefusals(rules.rules),
    ...(vacation.isEnabled ? [printVacation(vacation, options.addresses)] : []),
    printForwarding(rules.forwarding),
    printRules(rules.rules, { knowsMailboxes }),
    ...(include === null
      ? []
      : [{ needs: ['include'], lines: [`include :personal :optional ${quote(include)};`] } satisfies SieveCode]),
  ]
  const needs = [...new Set(parts.flatMap((part) => part.needs))]
  const body = [
    '# Made by Paquebot: change it there. A change made elsewhere is not overwritten, and stops Paquebot from changing anything here.',
    ...(needs.length > 0 ? [`require ${quoteList(needs)};`] : []),
    ...parts.flatMap((part) => part.lines),
    '',
  ].join('\r\n')
  const state = Buffer.from(JSON.stringify(ours)).toString('base64url')
  return { script: `${mark}${digestOf(state, body)} ${state}\r\n${body}`, needs }
}

/** What it was made of; null when it is not one of ours, or not any more. */
export function readOurScript(script: string): OurScript | null {
  const [, first = '', body = ''] = /^(.*?)\r?\n([\s\S]*)$/.exec(script) ?? []
  try {
    if (first.startsWith(firstMark)) {
      const { vacation, include } = parsed(first.slice(firstMark.length))
      return { vacation: { ...readVacation(vacation), isEnabled: true }, rules: noRules, include: nameOf(include) }
    }
    if (!first.startsWith(mark)) return null
    const [digest, state = ''] = first.slice(mark.length).trim().split(' ')
    if (digest !== digestOf(state, body)) return null
    const { vacation, rules, include } = parsed(state)
    return {
      vacation: { ...readVacation(vacation), isEnabled: (vacation as { isEnabled?: unknown }).isEnabled === true },
      rules: readRules(rules),
      include: nameOf(include),
    }
  } catch {
    // Damaged by hand: as good as not ours.
    return null
  }
}

/** Whether there is anything for it to do. */
export function isNeeded({ vacation, rules }: Pick<OurScript, 'vacation' | 'rules'>): boolean {
  return vacation.isEnabled || hasEffect(rules)
}

const parsed = (state: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(state.trim(), 'base64url').toString('utf8'))
const nameOf = (value: unknown) => (typeof value === 'string' ? value : null)

/** Servers may keep line ends, and the last of them, in their own way. */
const digestOf = (state: string, body: string) =>
  createHash('sha256')
    .update(`${state}\n`)
    .update(body.replace(/\r\n/g, '\n').trimEnd())
    .digest('base64url')
    .slice(0, 22)
