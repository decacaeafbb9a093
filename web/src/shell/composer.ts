// How any screen asks for a composer, without loading one. The dock (`compose/index.tsx`, default export, no props) is
// fetched at the first request and takes requests from `takeComposeRequests`.

import { holdTyping } from './type-ahead.ts'

export type ComposeRequest =
  | { readonly kind: 'new'; readonly to?: string; readonly subject?: string; readonly body?: string }
  | { readonly kind: 'mailto'; readonly url: string }
  /** What was typed in a tab that is gone and never reached the server. */
  | { readonly kind: 'restore'; readonly key: string }
  | {
      readonly kind: 'reply' | 'replyAll' | 'forward' | 'forwardAsAttachment' | 'editAsNew' | 'redirect' | 'draft'
      readonly emailId: string
    }

const waiting: ComposeRequest[] = []
let taker: ((request: ComposeRequest) => void) | undefined
const openers = new Set<() => void>()

export function compose(request: ComposeRequest): void {
  // What a dead tab left comes by itself: nobody types into it yet.
  if (request.kind !== 'restore') holdTyping()
  if (taker) {
    taker(request)
    return
  }
  waiting.push(request)
  for (const open of openers) open()
}

/** For the dock: gets what was asked before it was there, and all that follows, until the returned function is called. */
export function takeComposeRequests(take: (request: ComposeRequest) => void): () => void {
  taker = take
  for (const request of waiting.splice(0)) take(request)
  return () => {
    if (taker === take) taker = undefined
  }
}

/** For the shell: told that a dock is needed. */
export function onComposerWanted(open: () => void): () => void {
  openers.add(open)
  if (waiting.length > 0) open()
  return () => {
    openers.delete(open)
  }
}
