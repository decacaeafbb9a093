// What the lab runs on a host: a program with its configuration, started again after a kill, a power cut or for the first time by
// the same function, since a machine that comes back does nothing else.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../net/host.ts'

export interface Service {
  /** Name of the daemon (Host.start). */
  readonly name: string
  start(host: Host): Promise<void>
  /** Throws while it does not serve. */
  check(host: Host): Promise<unknown>
}

/** Until `check` holds. The last reason is told when it takes too long. */
export async function untilServing(service: Service, host: Host, maxMs = 30_000): Promise<void> {
  const what = `${service.name} on ${host.name}`
  const check = async () => {
    // A program that has ended will not serve however long it is waited for.
    if (!(await host.isRunning(service.name))) throw new Hopeless(`${what} has ended: ${host.logOf(service.name)}`)
    await service.check(host)
  }
  await until(check, what, maxMs)
}

class Hopeless extends Error {}

export async function until(check: () => Promise<unknown>, what: string, maxMs = 30_000): Promise<void> {
  let reason: unknown
  for (const end = Date.now() + maxMs; Date.now() < end; await sleep(100)) {
    try {
      await check()
      return
    } catch (error) {
      if (error instanceof Hopeless) throw error
      reason = error
    }
  }
  const last = reason instanceof Error ? reason.message : String(reason)
  throw new Error(`${what} did not come up in ${maxMs / 1000} s: ${last}`, { cause: reason })
}

/** Throws unless the first line that a TCP port sends begins so; bash has no need of a client program. */
export function greets(host: Host, port: number, start: string, address = '127.0.0.1'): Promise<string> {
  return host.exec(['bash', '-c', greetingScript(address, port, start)])
}

/** For the checks of keepalived too: a server that hangs accepts a connection, but does not greet. */
export function greetingScript(address: string, port: number, start: string): string {
  return `timeout 2.5 bash -c 'exec 3<>/dev/tcp/${address}/${port} && read -r line <&3 && [[ "$line" == "${start}"* ]]'`
}
