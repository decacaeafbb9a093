// The people from outside their process: starts them on their host, tells them to pause, and reads their journal.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { spawnIn } from '../net/host.ts'
import type { Cluster } from '../topologies/cluster.ts'
import { password, personAddress, webName } from '../topologies/plan.ts'
import { type Entry, parseJournal } from './journal.ts'
import type { LoadOptions, Verified, VerifyRequest } from './main.ts'

export interface Crowd {
  readonly size: number
  /** No new action begins; false when some did not come to an end. */
  pause(): Promise<boolean>
  resume(): Promise<void>
  /** Asks every node for what the people rely on. */
  verify(request: VerifyRequest): Promise<Verified>
  /** Everything since they arrived. */
  entries(): readonly Entry[]
  stop(): Promise<void>
}

export async function startCrowd(cluster: Cluster, pauseMs: number): Promise<Crowd> {
  const journal = join(cluster.lab.logDir, `people-${Date.now()}.jsonl`)
  const options: LoadOptions = {
    origin: `https://${webName}`,
    addresses: Array.from({ length: cluster.settings.people }, (_, index) => personAddress(index)),
    password,
    journal,
    pauseMs,
  }
  const child = spawnIn(cluster.lab, 'people', [process.execPath, fileURLToPath(new URL('main.ts', import.meta.url))], {
    LAB_LOAD: JSON.stringify(options),
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<unknown> => {
    const { value, done } = await answers.next()
    if (done) throw new Error('the people have gone: their process ended')
    return JSON.parse(value)
  }
  const ask = (line: string) => {
    child.stdin.write(`${line}\n`)
    return next()
  }
  const { ready, refused } = (await next()) as { ready: number; refused: readonly string[] }
  if (refused.length > 0) {
    child.kill('SIGKILL')
    const reasons = parseJournal(readFileSync(journal, 'utf8')).flatMap((entry) =>
      entry.type === 'action' && entry.error ? [entry.error] : [],
    )
    throw new Error(`${refused.join('; ')}: ${[...new Set(reasons)].slice(0, 5).join('; ')}`)
  }
  return {
    size: ready,
    pause: async () => ((await ask('pause')) as { paused: boolean }).paused,
    resume: async () => void (await ask('resume')),
    verify: async (request) => (await ask(`verify ${JSON.stringify(request)}`)) as Verified,
    entries: () => parseJournal(readFileSync(journal, 'utf8')),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.write('stop\n')
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 10_000).unref())])
      child.kill('SIGKILL')
    },
  }
}
