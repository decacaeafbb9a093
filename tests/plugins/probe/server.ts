// A plugin that listens to every hook, keeps what it was told, and does what the test in the same process says.

import type { Context, HookHandlers, HookName, Plugin } from 'paquebot/plugin-api'

export interface Probe {
  readonly heard: { readonly hook: HookName; readonly event: never; readonly accountId: string | null }[]
  /** What the plugin answers, until the test takes it away. */
  readonly answers: Partial<Record<HookName, (event: never, context: Context) => unknown>>
  readonly hooks: readonly HookName[]
}

const key = Symbol.for('paquebot.test.probe')
export const probe = (): Probe => (globalThis as unknown as Record<symbol, Probe>)[key]!

const plugin: Plugin = async () => {
  const { default: manifest } = await import('./plugin.json', { with: { type: 'json' } })
  const hooks = Object.keys(manifest.hooks) as HookName[]
  const made: Probe = { heard: [], answers: {}, hooks }
  ;(globalThis as unknown as Record<symbol, Probe>)[key] = made
  const handlers = hooks.map((hook) => [
    hook,
    (event: never, context: Context) => {
      made.heard.push({ hook, event, accountId: context.accountId })
      return made.answers[hook]?.(event, context)
    },
  ])
  return { hooks: Object.fromEntries(handlers) as HookHandlers }
}

export default plugin
