// `paquebot config check` tells all faults; `paquebot config print` shows what differs from the defaults, secrets left out.

import { configSections } from '#config/all.ts'
import type { Key, Section } from '#config/keys.ts'
import { type Config, snake } from '#config/load.ts'

export function printConfig(config: Config): string {
  const lines: string[] = []
  for (const [name, section] of Object.entries(configSections) as [keyof Config, Section][]) {
    const tables = section.many
      ? (config[name] as readonly Record<string, unknown>[])
      : [config[name] as Record<string, unknown>]
    for (const table of tables) {
      const changed = (Object.entries(section.keys) as [string, Key<unknown>][])
        .filter(([key, { type, default: standard }]) => type.show(table[key]) !== type.show(standard))
        .map(([key, { type, secret }]) => `${snake(key)} = ${secret ? '# set, not shown' : type.show(table[key])}`)
      if (changed.length > 0) lines.push(section.many ? `[[${section.name}]]` : `[${section.name}]`, ...changed, '')
    }
  }
  return lines.join('\n')
}
