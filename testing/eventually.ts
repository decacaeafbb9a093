// For what happens by itself, on another connection or in a job: read until it holds. Nothing is measured with it.

import { fail } from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** The first value that `holds`. After `maxMs`, generous for a loaded machine, the test fails with `what` and the last value. */
export async function eventually<Value>(
  read: () => Value | Promise<Value>,
  holds: (value: Value) => boolean,
  what: string,
  maxMs = 15_000,
): Promise<Value> {
  for (const end = Date.now() + maxMs; ; await sleep(50)) {
    const value = await read()
    if (holds(value)) return value
    if (Date.now() > end) fail(`${what}: ${JSON.stringify(value)?.slice(0, 500)}`)
  }
}
