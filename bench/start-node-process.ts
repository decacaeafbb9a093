// Starts bench/node-process.ts and speaks with it.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfigSources } from '#config/load.ts'
import type { Answer, Question } from './node-process.ts'

type AnswerTo<Q extends Question> = Extract<Answer, { kind: Q }>

export interface NodeProcess {
  readonly url: string
  readonly ask: <Q extends Question>(question: Q) => Promise<AnswerTo<Q>>
  readonly stop: () => Promise<void>
}

/** `options`: configuration beside a free port and a data folder of its own, which `stop` removes. */
export async function startNodeProcess(options: NonNullable<ConfigSources['options']>): Promise<NodeProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pq-bench-'))
  const all = {
    http: { listen: '127.0.0.1:0' },
    data: { dir: dataDir },
    ...options,
    session: { failuresPerRemote: 1000, ...options.session },
  }
  const script = join(import.meta.dirname, 'node-process.ts')
  const child: ChildProcess = fork(script, [JSON.stringify(all)], { execArgv: ['--expose-gc'], stdio: 'inherit' })
  child.setMaxListeners(0)
  const hear = async <Kind extends Answer['kind']>(kind: Kind) => {
    const [answer] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [null])])) as [
      Answer | null,
    ]
    if (answer?.kind !== kind)
      throw new Error(`the node said ${answer?.kind ?? 'nothing, and ended'} instead of ${kind}`)
    return answer as Extract<Answer, { kind: Kind }>
  }
  const { url } = await hear('started')
  return {
    url,
    async ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
      const answer = hear(question)
      child.send(question)
      return answer as Promise<AnswerTo<Q>>
    },
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : Promise.resolve()
      if (child.connected) child.send('stop' satisfies Question)
      await ended
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
