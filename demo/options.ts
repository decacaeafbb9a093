// The command line of `npm run demo`.

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { cacheFolder } from '#testing/cache-folder.ts'

export interface DemoOptions {
  readonly port: number
  readonly dataDir: string
  readonly reset: boolean
  readonly messages: number
}

export const usage = `npm run demo -- [--port 8080] [--data DIR] [--messages 2000] [--reset]

  --port      where the webmail listens on 127.0.0.1 (0: any free port)
  --data      where mail and database are kept
  --messages  how many each of the three people has, when they are made
  --reset     makes everything anew`

/** Throws an Error whose message is for the person at the terminal. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8080' },
      data: { type: 'string' },
      messages: { type: 'string', default: '2000' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    port: count('--port', values.port, 0, 65_535),
    dataDir: resolve(values.data ?? cacheFolder('demo')),
    reset: values.reset,
    messages: count('--messages', values.messages, 10, 100_000),
  }
}

function count(name: string, value: string, min: number, max: number): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < min || number > max)
    throw new Error(`${name} must be a number from ${min} to ${max}, not ${value}`)
  return number
}
