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
  const answers = await Promise.all(others.map(({ address }) => ask(address, check, signal)))
  const told = answers.filter((answer) => answer !== null)
  // One that fails at something else is not better: two such nodes would leave nobody.
  const isBetter = told.some(({ ready, passesNow }) => ready && passesNow)
  if (told.length === 0) return 'unknown'
  return isBetter ? 'better' : 'alike'
}

interface Answer {
  readonly ready: boolean
  readonly passesNow: boolean
}

async function ask(address: string, check: string, signal: AbortSignal): Promise<Answer | null> {
  try {
    // By a look of this moment: when a server dies, an answer of two seconds ago would make each node believe that another does better.
    const reply = await fetch(`http://${address}/readyz?now=${encodeURIComponent(check)}`, {
      signal,
      redirect: 'error',
    })
    const { ready, passesNow } = (await reply.json()) as Partial<Answer>
    return ready === undefined ? null : { ready, passesNow: passesNow === true }
  } catch {
    return null
  }
}
