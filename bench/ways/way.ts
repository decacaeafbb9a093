// The ways to the same result that are compared: our JMAP over HTTP, the floor (IMAP on a bare socket) and imapflow.

import type { Stage } from '../stage.ts'

export const actions = ['list', 'page', 'open', 'flag', 'search', 'conversation', 'send'] as const
export type Action = (typeof actions)[number]

export const actionTexts: Readonly<Record<Action, string>> = {
  list: 'newest 50 of the inbox',
  page: '50 from somewhere deep',
  open: 'open a message',
  flag: 'flag a message',
  search: 'search by subject',
  conversation: 'a conversation across folders',
  send: 'send with 1 MB attached',
}

/** One signed-in person; each call does the action once more, on another message where it is about one. */
export interface Person {
  readonly act: Readonly<Record<Action, () => Promise<void>>>
  readonly close: () => Promise<void>
}

export interface Way {
  readonly name: string
  readonly open: (stage: Stage, address: string) => Promise<Person>
}

export const PAGE = 50

/** The same targets on each way: spread over the mailbox, none twice in a row. */
export function spread(n: number, total: number): number {
  return Math.floor(((n * 0.618_033_988_75) % 1) * total)
}

export const attachment = Buffer.alloc(1_000_000, 'The manifest of the second hold. ')
export const searchWord = (n: number): string => String(100 + ((n * 37) % 100))

/** On, then off again: each time something changes, and no run finds what another has left. */
export const flagTurn = (count: number): { readonly n: number; readonly on: boolean } => ({
  n: Math.floor(count / 2),
  on: count % 2 === 0,
})

/** Where sent mail goes: to another domain, which the submission server takes and drops. The copy in Sent stays until the stage is closed. */
export const RECIPIENT = 'purser@elsewhere.example'
export const SENT_SUBJECT = 'Manifest'
