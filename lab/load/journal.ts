// What each simulated person did and was told: the clients' own records, against which mailboxes, database and blobs are checked
// from outside. A line of JSON each, written as it happens, so that nothing is lost with the process that wrote it.

import { appendFileSync } from 'node:fs'

export type ActionKind =
  | 'signIn'
  | 'list'
  | 'read'
  | 'flag'
  | 'search'
  | 'draft'
  | 'upload'
  | 'send'
  | 'setting'
  | 'probeRead'
  | 'probeWrite'

/** What a person may rely on once it was acknowledged. */
export type Promised =
  | { readonly kind: 'draft'; readonly messageId: string }
  | { readonly kind: 'send'; readonly messageId: string; readonly to: string; readonly attachmentSha256: string | null }
  | { readonly kind: 'flag'; readonly messageId: string; readonly isFlagged: boolean }
  | { readonly kind: 'setting'; readonly value: number }
  | { readonly kind: 'upload'; readonly blobId: string; readonly sha256: string }

export interface ActionEntry {
  readonly type: 'action'
  /** When it began, by the clock of the people's host. */
  readonly at: number
  readonly person: string
  readonly action: ActionKind
  readonly ms: number
  readonly outcome: 'done' | 'failed'
  /** Requests that it took; more than the usual means that some were repeated. */
  readonly requests: number
  /** What was asked for; acknowledged if the outcome is `done`. */
  readonly wish?: Promised
  readonly error?: string
}

export interface EventEntry {
  readonly type: 'event'
  readonly at: number
  readonly person: string
  readonly event: 'loggedOut' | 'streamOpened' | 'streamBroken' | 'pushed'
  readonly detail?: string
}

export type Entry = ActionEntry | EventEntry

export interface Journal {
  write(entry: Entry): void
}

export function openJournal(path: string): Journal {
  let waiting: string[] = []
  return {
    write(entry) {
      if (waiting.length === 0) {
        setImmediate(() => {
          appendFileSync(path, waiting.join(''))
          waiting = []
        })
      }
      waiting.push(`${JSON.stringify(entry)}\n`)
    },
  }
}

export function parseJournal(text: string): Entry[] {
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.filter(Boolean).map((line) => JSON.parse(line) as Entry)
}
