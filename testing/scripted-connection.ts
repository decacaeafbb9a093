// A connection of the IMAP engine to a scripted server, both ended after the tests.

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openConnection } from '#drivers/imap/engine/open-connection.ts'
import type { Connection, ConnectionLimits, ConnectionOptions } from '#drivers/imap/engine/types.ts'
import {
  type ScriptedConnection,
  type ScriptedOptions,
  type ScriptedServer,
  startScriptedImap,
} from './scripted-imap.ts'

export const testLimits: ConnectionLimits = {
  connectTimeoutMs: 2000,
  loginTimeoutMs: 2000,
  commandTimeoutMs: 2000,
  suspectAfterMs: 4_000,
  pathTimeoutMs: 4_000,
  reachTimeoutMs: 4_000,
  restartMs: 4_000,
  stalledReaderTimeoutMs: 2000,
  maxResponseBytes: 1_000_000,
  maxPipelined: 50,
}
export const never = new AbortController().signal
const open: (() => Promise<void>)[] = []
/** Ended when the tests of the file are done. */
export const openAtEnd = (stop: () => Promise<void>): unknown => open.push(stop)
after(async () => {
  for (const stop of open) await stop()
})

export type Given = ScriptedOptions & { readonly options?: Partial<ConnectionOptions> }

export async function connectScripted(given: Given = {}): Promise<{ server: ScriptedServer; connection: Connection }> {
  const server = await startScriptedImap(given)
  open.push(() => server.stop())
  const connection = await openConnection(
    {
      server: { host: server.host, port: server.port, tls: 'none' },
      credential: { kind: 'password', username: 'alice', password: 'pä"ss' },
      limits: testLimits,
      log: silentLog,
      ...given.options,
    },
    never,
  )
  open.push(async () => connection.destroy(new Failure('canceled')))
  return { server, connection }
}

export function cut({ socket }: ScriptedConnection): string {
  socket.destroy()
  return ''
}

export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Failure, String(error))
  return error
}
