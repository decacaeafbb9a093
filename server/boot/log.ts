// The log made of pino: JSON lines on standard output, one event a line. Errors are written with their causes; fields whose names
// promise a secret are blacked out, in case one slips in.

import { type DestinationStream, type Logger, pino } from 'pino'
import type { Log, LogFields } from '#core/log.ts'

const secretNames = ['password', 'secret', 'token', 'cookie', 'authorization', 'credential', 'sealed', 'key']

export function openLog(level: 'debug' | 'info' | 'warn' | 'error', to?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'event',
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    serializers: { error: describe },
  }
  return wrap(to ? pino(options, to) : pino(options))
}

function wrap(logger: Logger): Log {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (event: string, fields?: LogFields) =>
    logger[level](fields ?? {}, event)
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => wrap(logger.child(fields)),
  }
}

/** An error with its code, detail, stack and causes, as plain values. */
function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error
  const { code, detail } = error as { code?: unknown; detail?: unknown }
  const parts =
    error instanceof AggregateError ? error.errors.slice(0, 5).map((part) => describe(part, depth + 1)) : undefined
  return {
    name: error.name,
    message: error.message,
    code,
    detail,
    stack: depth === 0 || error.cause === undefined ? error.stack : undefined,
    cause: error.cause === undefined || depth > 4 ? undefined : describe(error.cause, depth + 1),
    parts,
  }
}
