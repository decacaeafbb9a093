// Asks the client part of a plugin, each in a worker of its own: whatever it does there, the page goes on. What fails, answers in another form or
// takes too long is told in the console, counted, and begun anew the next time; five failures within a minute switch it off for five.

import type { CodedPlaceName, PlaceTable } from '#plugin-api/web.ts'
import type { PluginCall } from '#shared/jmap/settings.ts'
import type { FromPart, ToPart } from '#shared/plugin-worker.ts'
import type { JmapClient } from '../jmap/client.ts'
import type { MethodShape } from '../jmap/methods.ts'
import { currentLanguage } from '../shell/i18n.ts'
import { readAnswer } from './answers.ts'
import type { Part } from './places.ts'

declare module '../jmap/methods.ts' {
  interface Methods {
    'Plugin/call': MethodShape<PluginCall, { readonly answer: unknown }>
  }
}

/** Without an answer or one of its calls being answered: a part may take its server part's time, not keep silent. */
const limitMs = 5_000
const maxFailures = 5
const windowMs = 60_000
const offMs = 300_000

interface Running {
  ask(place: string, given: unknown): Promise<unknown>
  end(why: Error): void
}
interface Conduct {
  failures: readonly number[]
  offUntil: number
}

/** Those of one person: another who signs in on this page begins with workers of his own. */
const running = new WeakMap<JmapClient, Map<string, Running>>()
const records = new Map<string, Conduct>()

/** Why there is no answer; the console has the rest. */
export class PartFailed extends Error {}

/** Another question had the worker ended; this one is asked again. */
class BegunAnew extends Error {}

/** Whether it would be asked now. */
export const isOn = (name: string): boolean => (records.get(name)?.offUntil ?? 0) <= Date.now()

/** Throws PartFailed. */
export async function askPart<Name extends CodedPlaceName>(
  client: JmapClient,
  part: Part<Name>,
  place: Name,
  given: PlaceTable[Name]['given'],
  isAgain = false,
): Promise<PlaceTable[Name]['answer']> {
  if (!isOn(part.name)) throw new PartFailed(`${part.name} is switched off`)
  const key = `${part.url} ${currentLanguage()}`
  const mine = running.get(client) ?? new Map<string, Running>()
  running.set(client, mine)
  let worker: Running | undefined
  try {
    worker = mine.get(key) ?? start(client, part)
    mine.set(key, worker)
    return readAnswer(place, await worker.ask(place, given))
  } catch (error) {
    // Another question may have had it ended already, and a new one stands in its place.
    if (mine.get(key) === worker) mine.delete(key)
    worker?.end(new BegunAnew())
    if (error instanceof BegunAnew && !isAgain) return askPart(client, part, place, given, true)
    console.error(`plugin ${part.name}: ${place}`, error)
    count(part.name)
    throw new PartFailed(part.name, { cause: error })
  }
}

/** The same where nobody waits for it: null when it failed. */
export async function askQuietly<Name extends CodedPlaceName>(
  ...[client, part, place, given]: Parameters<typeof askPart<Name>>
): Promise<PlaceTable[Name]['answer'] | null> {
  try {
    return await askPart(client, part, place, given)
  } catch {
    return null
  }
}

function count(name: string): void {
  const now = Date.now()
  const failures = [...(records.get(name)?.failures ?? []).filter((at) => at > now - windowMs), now]
  const isOver = failures.length >= maxFailures
  records.set(name, { failures: isOver ? [] : failures, offUntil: isOver ? now + offMs : 0 })
  if (isOver) console.error(`plugin ${name} is switched off for ${offMs / 60_000} minutes`)
}

function start(client: JmapClient, part: Part<CodedPlaceName>): Running {
  if (part.url === null) throw new Error('there is no code')
  const worker = new Worker(part.url, { type: 'module', name: `plugin ${part.name}` })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const timers = new Map<number, ReturnType<typeof setTimeout>>()
  let nextId = 1
  const tell = (message: ToPart) => worker.postMessage(message)
  const arm = (id: number) => {
    clearTimeout(timers.get(id))
    const late = () => waiting.get(id)?.reject(new Error(`${limitMs} ms are over`))
    timers.set(id, setTimeout(late, limitMs))
  }
  const end = (why: Error) => {
    worker.terminate()
    for (const { reject } of waiting.values()) reject(why)
    waiting.clear()
  }
  worker.onerror = (event) => {
    event.preventDefault()
    end(new Error(event.message || 'its code could not be loaded'))
  }
  worker.onmessage = ({ data }: MessageEvent<FromPart>) => {
    if (data.kind === 'answer') waiting.get(data.id)?.resolve(data.value)
    else if (data.kind === 'failed') waiting.get(data.id)?.reject(new Error(data.why))
    else {
      const { id, name, argument } = data
      client.call('Plugin/call', { accountId: client.accountId, plugin: part.name, name, argument }).then(
        ({ answer }) => {
          for (const asked of waiting.keys()) arm(asked)
          tell({ kind: 'said', id, value: answer })
        },
        (error: unknown) => tell({ kind: 'refused', id, why: error instanceof Error ? error.message : String(error) }),
      )
    }
  }
  tell({ kind: 'start', name: part.name, settings: part.settings, language: currentLanguage() })
  return {
    end,
    async ask(place, given) {
      const id = nextId++
      const answer = Promise.withResolvers<unknown>()
      waiting.set(id, answer)
      arm(id)
      tell({ kind: 'ask', id, place, given })
      try {
        return await answer.promise
      } finally {
        clearTimeout(timers.get(id))
        timers.delete(id)
        waiting.delete(id)
      }
    },
  }
}
