// Runs the hooks: in order, each within its time, each failure kept to the plugin that made it. Nothing that a plugin throws, forgets or
// answers wrongly reaches a request, unless the operator has declared that plugin required.
//
// Lists are made once, at start: a hook that nobody listens to costs a look into a map, and where doors are wrapped not even that.

import type { Caller } from '#core/caller.ts'
import { Failure, toFailure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { HookEvent, HookHandlers, HookName } from '#plugin-api/hooks.ts'
import type { Context, PluginParts } from '#plugin-api/plugin.ts'
import type { AskedHook, Hooks, ToldHook } from '#ports/hooks.ts'
import type { Breaker } from './breaker.ts'
import { readChange } from './hook-kinds.ts'
import type { CallOutcome, PluginMetrics } from './metrics.ts'

export interface LoadedPlugin {
  readonly name: string
  readonly handlers: HookHandlers
  readonly calls: NonNullable<PluginParts['calls']>
  /** By hook; lower first. */
  readonly order: Readonly<Partial<Record<HookName, number>>>
  /** Its failure refuses what it was asked about. */
  readonly isRequired: boolean
  readonly breaker: Breaker
  readonly contextFor: (caller: Caller | null, signal: AbortSignal) => Context
}

export interface CallDeps {
  readonly plugins: readonly LoadedPlugin[]
  readonly metrics: Pick<PluginMetrics, 'called'>
  readonly log: Log
  readonly config: {
    readonly timeLimitMs: number
    /** Of hooks that nobody waits for. */
    readonly backgroundTimeLimitMs: number
    readonly maxBlockingMs?: number
  }
}

type Fields = Readonly<Record<string, unknown>>
type Handler = (event: unknown, context: Context) => unknown
interface Subscriber {
  readonly plugin: LoadedPlugin
  readonly handler: Handler
}

export interface HookCalls extends Hooks {
  /** What the server part of a plugin says to its client part. `notFound` for what there is not, `unavailable` when it failed or is off. */
  callPlugin(plugin: string, name: string, argument: unknown, caller: Caller): Promise<unknown>
  /** Resolves when what was told has been heard, or its time is over. */
  settle(): Promise<void>
}

const defaultOrder = 50
/** Of one plugin at once; what comes beyond is dropped and counted, so that a slow one does not hold a node's memory. */
const maxTold = 200
/** A handler that holds the event loop for longer holds everybody's requests: no time limit can end that, so it counts as a failure. */
const defaultMaxBlockingMs = 250

/** Of what a client part is told, as JSON. */
const maxAnswer = 65_536

class TimeOver extends Error {}

export function openHookCalls(deps: CallDeps): HookCalls {
  const { plugins, metrics, log, config } = deps
  const subscribers = subscribersOf(plugins)
  const told = new Map<LoadedPlugin, number>()
  const running = new Set<Promise<void>>()

  function failed(plugin: LoadedPlugin, hook: string, error: unknown): void {
    log.error('plugin.failed', { plugin: plugin.name, hook, error })
    if (plugin.breaker.failed()) log.error('plugin.switchedOff', { plugin: plugin.name, hook })
  }

  /** What `read` makes of its answer; null when it failed, which has been logged and counted then. */
  async function within<T>(
    { plugin, handler }: Subscriber,
    name: string,
    given: unknown,
    caller: Caller | null,
    limit: { readonly ms: number; readonly outer: AbortSignal | null },
    read: (answer: unknown) => readonly [outcome: CallOutcome, value: T],
  ): Promise<{ readonly value: T } | null> {
    const startedAt = performance.now()
    const elapsed = () => performance.now() - startedAt
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(new TimeOver(`${limit.ms} ms are over`)), limit.ms)
    const signal = limit.outer ? AbortSignal.any([over.signal, limit.outer]) : over.signal
    try {
      const cpu = process.threadCpuUsage()
      const answering = Promise.resolve(handler(given, plugin.contextFor(caller, signal)))
      const { user, system } = process.threadCpuUsage(cpu)
      const heldMs = (user + system) / 1000
      if (heldMs > (config.maxBlockingMs ?? defaultMaxBlockingMs))
        failed(plugin, name, new Error(`held the event loop for ${Math.round(heldMs)} ms`))
      const [outcome, value] = read(await untilAborted(answering, signal))
      metrics.called(plugin.name, name, outcome, elapsed())
      return { value }
    } catch (error) {
      // The person went away: nobody's fault.
      if (limit.outer?.aborted) throw new Failure('canceled', {}, error)
      const isLate = over.signal.aborted
      metrics.called(plugin.name, name, isLate ? 'timeout' : 'failed', elapsed())
      failed(plugin, name, error)
      return null
    } finally {
      clearTimeout(timer)
    }
  }

  const ofHook =
    (hook: HookName) =>
    (answer: unknown): readonly [CallOutcome, Fields] => {
      if (answer === undefined || answer === null) return ['done', {}]
      if (typeof answer !== 'object') throw new Error(`answered with a ${typeof answer}`)
      const fields = answer as Fields
      if ('abort' in fields) {
        if (typeof fields.abort !== 'string' || fields.abort === '') throw new Error('abort must be a text')
        return ['aborted', fields]
      }
      const change = readChange(hook, fields)
      if (!change) throw new Error('answered with a member of another type')
      return [Object.keys(change).length > 0 ? 'changed' : 'done', change]
    }

  return {
    listens: (name) => subscribers.has(name),

    async ask<Name extends AskedHook>(name: Name, event: HookEvent<Name>, caller: Caller | null) {
      let current: object = event
      for (const subscriber of subscribers.get(name) ?? []) {
        const { plugin } = subscriber
        const isOn = plugin.breaker.isOn()
        if (!isOn) metrics.called(plugin.name, name, 'off', 0)
        const limit = { ms: config.timeLimitMs, outer: caller?.signal ?? null }
        const answer = isOn
          ? ((await within(subscriber, name, current, caller, limit, ofHook(name)))?.value ?? null)
          : null
        if (answer && typeof answer.abort === 'string') {
          log.info('plugin.aborted', { plugin: plugin.name, hook: name, account: caller?.account ?? null })
          throw new Failure('forbidden', { plugin: plugin.name, hook: name, description: answer.abort })
        }
        if (answer) current = { ...current, ...answer }
        else if (plugin.isRequired) {
          const description = 'A check that this server requires cannot be made at the moment. Try again later.'
          throw new Failure('unavailable', { plugin: plugin.name, hook: name, description })
        }
      }
      return current as HookEvent<Name>
    },

    tell<Name extends ToldHook>(name: Name, event: HookEvent<Name>, caller: Caller | null) {
      for (const subscriber of subscribers.get(name) ?? []) {
        const { plugin } = subscriber
        const now = told.get(plugin) ?? 0
        if (!plugin.breaker.isOn() || now >= maxTold) {
          metrics.called(plugin.name, name, now >= maxTold ? 'dropped' : 'off', 0)
          log.warn('plugin.notTold', { plugin: plugin.name, hook: name })
          continue
        }
        told.set(plugin, now + 1)
        const limit = { ms: config.backgroundTimeLimitMs, outer: null }
        // In a turn of its own: what the plugin does first must not stand between the reply and the person either.
        const run: Promise<void> = new Promise<void>((resolve) => setImmediate(resolve))
          .then(() => within(subscriber, name, event, caller, limit, ofHook(name)))
          .catch((error: unknown) => log.error('plugin.told', { plugin: plugin.name, code: toFailure(error).code }))
          .then(() => {
            told.set(plugin, (told.get(plugin) ?? 1) - 1)
            running.delete(run)
          })
        running.add(run)
      }
    },

    async callPlugin(pluginName, name, argument, caller) {
      const plugin = plugins.find((one) => one.name === pluginName)
      const handler = plugin && Object.hasOwn(plugin.calls, name) ? plugin.calls[name] : undefined
      if (!plugin || !handler) throw new Failure('notFound', { plugin: pluginName, call: name })
      const label = `call ${name}`
      const isOn = plugin.breaker.isOn()
      if (!isOn) metrics.called(plugin.name, label, 'off', 0)
      const limit = { ms: config.timeLimitMs, outer: caller.signal }
      const answer = isOn ? await within({ plugin, handler }, label, argument, caller, limit, asJson) : null
      if (!answer) throw new Failure('unavailable', { plugin: plugin.name, call: name })
      return answer.value
    },

    async settle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}

/** As it will travel, so that what cannot is the plugin's failure and not the request's. */
function asJson(answer: unknown): readonly [CallOutcome, unknown] {
  const text = JSON.stringify(answer ?? null)
  if (text === undefined) throw new Error(`answered with a ${typeof answer}`)
  if (text.length > maxAnswer) throw new Error(`answered with ${text.length} characters`)
  return ['done', JSON.parse(text)]
}

function subscribersOf(plugins: readonly LoadedPlugin[]): ReadonlyMap<HookName, readonly Subscriber[]> {
  const all = new Map<HookName, Subscriber[]>()
  for (const plugin of plugins) {
    for (const [name, handler] of Object.entries(plugin.handlers) as [HookName, Handler][]) {
      const list = all.get(name) ?? []
      list.push({ plugin, handler })
      all.set(name, list)
    }
  }
  // Stable: of equal ones the first that is enabled.
  for (const [name, list] of all)
    list.sort((a, b) => (a.plugin.order[name] ?? defaultOrder) - (b.plugin.order[name] ?? defaultOrder))
  return all
}

/** The answer, or the signal's reason; what comes after that, good or bad, is nobody's any more. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  work.catch(() => {})
  try {
    signal.throwIfAborted()
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
