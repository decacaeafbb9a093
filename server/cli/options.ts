// The command line: options that stand for configuration keys, and where the rest of the configuration is.

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BadConfig, type Config, type ConfigSources, loadConfig } from '#config/load.ts'

const defaultFile = 'paquebot.toml'

/** Option → section and key, and the text of `--help`. */
const shortcuts = {
  imap: ['mailServers', 'imap', 'IMAP server: imaps://HOST[:PORT], imap://HOST (STARTTLS)'],
  smtp: ['mailServers', 'smtp', 'submission server: submissions://HOST[:PORT], submission://HOST (STARTTLS)'],
  sieve: ['mailServers', 'sieve', 'ManageSieve server: sieve://HOST[:PORT]'],
  'imap-pin': ['mailServers', 'imapPin', 'SHA-256 of the IMAP server certificate, for a self-signed one'],
  'smtp-pin': ['mailServers', 'smtpPin', 'the same for the submission server'],
  'sieve-pin': ['mailServers', 'sievePin', 'the same for the ManageSieve server'],
  listen: ['http', 'listen', 'address to listen on, HOST:PORT (127.0.0.1:8080)'],
  data: ['data', 'dir', 'folder for database, uploads and keys (./data)'],
} as const

export const optionsHelp = [
  `  --config FILE      configuration file (${defaultFile} where it exists); every key is in docs/config.md`,
  ...Object.entries(shortcuts).map(([name, [, , text]]) => `  --${`${name} VALUE`.padEnd(16)} ${text}`),
].join('\n')

/** Throws BadConfig with every fault, unknown options included. */
export function readOptions(args: readonly string[], environment: ConfigSources['environment']): Config {
  const options = {
    config: { type: 'string' },
    ...Object.fromEntries(Object.keys(shortcuts).map((name) => [name, { type: 'string' }])),
  } as Record<string, { type: 'string' }>
  let values: Record<string, string | undefined>
  try {
    values = parseArgs({ args: [...args], options, strict: true }).values as Record<string, string | undefined>
  } catch (error) {
    throw new BadConfig([{ where: 'command line', what: (error as Error).message }])
  }
  const chosen: Record<string, Record<string, unknown>> = {}
  for (const [name, [section, key]] of Object.entries(shortcuts)) {
    if (values[name] === undefined) continue
    chosen[section] ??= {}
    chosen[section][key] = values[name]
  }
  return loadConfig({
    file: values.config ?? (existsSync(defaultFile) ? defaultFile : null),
    environment,
    options: chosen,
  })
}
