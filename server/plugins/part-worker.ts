// Runs in the browser, not here: the worker around the client part of a plugin. The server strips its types and serves it with a policy that
// allows no connection (web-parts.ts); it takes away the places where a worker could keep or find anything, then loads the part beside it
// and answers what the client asks. A part that hangs hangs its worker alone, which the client ends.

import type { WebHost, WebParts, WebPlugin } from '#plugin-api/web.ts'
import type { FromPart, ToPart } from '#shared/plugin-worker.ts'

interface Scope {
  onmessage: (event: { readonly data: ToPart }) => void
  postMessage(message: FromPart): void
}

const scope = globalThis as unknown as Scope
const tell = scope.postMessage.bind(scope)
const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (why: Error) => void }>()
let nextCall = 1
let parts: Promise<WebParts> | null = null

// `connect-src 'none'` closes the network; these have no directive. What a person wrote and has not sent lies in IndexedDB.
for (const name of ['indexedDB', 'caches', 'BroadcastChannel', 'Worker', 'navigator', 'postMessage']) {
  for (let at: object | null = globalThis; at !== null; at = Object.getPrototypeOf(at)) Reflect.deleteProperty(at, name)
}

scope.onmessage = ({ data }) => {
  if (data.kind === 'start') parts = start(data)
  else if (data.kind === 'ask') void answer(data.id, data.place as keyof WebParts, data.given)
  else {
    const call = waiting.get(data.id)
    waiting.delete(data.id)
    if (data.kind === 'said') call?.resolve(data.value)
    else call?.reject(new Error(data.why))
  }
}

async function start({ name, settings, language }: Extract<ToPart, { kind: 'start' }>): Promise<WebParts> {
  const host: WebHost = {
    name,
    settings,
    language,
    call: (called, argument = null) =>
      new Promise((resolve, reject) => {
        const id = nextCall++
        waiting.set(id, { resolve, reject })
        tell({ kind: 'call', id, name: called, argument })
      }),
  }
  const beside = import.meta.url.replace(/\.js$/, '.part.js')
  const module = (await import(beside)) as { readonly default: WebPlugin }
  return module.default(host)
}

async function answer(id: number, place: keyof WebParts, given: unknown): Promise<void> {
  try {
    const handler = (await parts)?.[place] as ((given: unknown) => unknown) | undefined
    if (!handler) throw new Error(`web.ts gives no ${place}`)
    tell({ kind: 'answer', id, value: (await handler(given)) ?? null })
  } catch (error) {
    tell({ kind: 'failed', id, why: error instanceof Error ? error.message : String(error) })
  }
}
