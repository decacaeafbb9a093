// Whether what fails here fails on the other nodes as well (http/health-monitor.ts): asked of them directly, because the database, by which
// nodes know each other, may be what fails.

import type { NodeRecord } from '#domain/nodes/index.ts'
import type { OthersDo } from '#http/health-monitor.ts'

/** Whether somebody who takes requests passes this check. */
export async function askOthers(
  others: readonly Pick<NodeRecord, 'address'>[],
  check: string,
  signal: AbortSignal,
): Promise<OthersDo> {
  const answers = await Promise.all(others.map(({ address }) => ask(address, signal)))
  const told = answers.filter((checks) => checks !== null)
  const isBetter = told.some((checks) => checks[check] === 'ok' && checks.draining === undefined)
  if (told.length === 0) return 'unknown'
  return isBetter ? 'better' : 'alike'
}

async function ask(address: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const reply = await fetch(`http://${address}/readyz`, { signal, redirect: 'error' })
    const { checks } = (await reply.json()) as { checks?: Record<string, unknown> }
    return checks ?? null
  } catch {
    return null
  }
}
