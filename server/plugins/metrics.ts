// What plugins did, for Prometheus: calls by outcome, their time, and which are switched off.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type CallOutcome = 'done' | 'changed' | 'aborted' | 'failed' | 'timeout' | 'off' | 'dropped'

export interface PluginMetrics {
  called(plugin: string, hook: string, outcome: CallOutcome, ms: number): void
  /** To the node's own registry. */
  register(registry: Registry): void
}

/** @param isOn asked when the figures are. */
export function openPluginMetrics(plugins: readonly string[], isOn: (plugin: string) => boolean): PluginMetrics {
  const calls = new Counter({
    name: 'paquebot_plugin_calls_total',
    help: 'Hooks of plugins by outcome; off: the plugin is switched off after failures; dropped: too many at once.',
    labelNames: ['plugin', 'hook', 'outcome'],
    registers: [],
  })
  const duration = new Histogram({
    name: 'paquebot_plugin_call_duration_seconds',
    help: 'Time that a hook of a plugin took.',
    labelNames: ['plugin'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30],
    registers: [],
  })
  const on = new Gauge({
    name: 'paquebot_plugin_on',
    help: '0 while the plugin is switched off after repeated failures.',
    labelNames: ['plugin'],
    registers: [],
    collect() {
      for (const plugin of plugins) this.set({ plugin }, isOn(plugin) ? 1 : 0)
    },
  })
  return {
    called(plugin, hook, outcome, ms) {
      calls.inc({ plugin, hook, outcome })
      if (outcome !== 'off' && outcome !== 'dropped') duration.observe({ plugin }, ms / 1000)
    },
    register(registry) {
      for (const metric of [calls, duration, on]) registry.registerMetric(metric)
    },
  }
}
