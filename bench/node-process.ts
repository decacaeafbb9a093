// A node in a process of its own, so that whoever measures it does not share its thread or its memory: told what to do by messages.
// argv: the configuration's options as JSON.

import { readdirSync } from 'node:fs'
import { openLog } from '#boot/log.ts'
import { startNode } from '#boot/node.ts'
import { loadConfig } from '#config/load.ts'

export type Question = 'statements' | 'memory' | 'usage' | 'stop'
export type Answer =
  | { readonly kind: 'started'; readonly url: string }
  | { readonly kind: 'statements'; readonly statements: readonly string[] }
  | { readonly kind: 'memory'; readonly bytes: number }
  | {
      readonly kind: 'usage'
      readonly residentBytes: number
      readonly heapBytes: number
      readonly fileDescriptors: number
    }
  | { readonly kind: 'stop' }

let statements: string[] = []
const config = loadConfig({ file: null, environment: {}, options: JSON.parse(process.argv[2] as string) })
const node = await startNode(config, { log: openLog('error'), onStatement: (sql) => statements.push(sql) })
const tell = (answer: Answer) => process.send?.(answer)

function heapBytes(): number {
  for (let n = 0; n < 4; n++) globalThis.gc?.()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + Math.max(external, arrayBuffers)
}

process.on('message', async (question: Question) => {
  switch (question) {
    case 'statements':
      tell({ kind: 'statements', statements })
      statements = []
      break
    case 'memory':
      tell({ kind: 'memory', bytes: heapBytes() })
      break
    case 'usage': {
      const held = heapBytes()
      const fileDescriptors = readdirSync('/proc/self/fd').length
      tell({ kind: 'usage', heapBytes: held, residentBytes: process.memoryUsage.rss(), fileDescriptors })
      break
    }
    case 'stop':
      await node.stop()
      tell({ kind: 'stop' })
      process.disconnect?.()
  }
})
process.on('disconnect', () => process.exit(0))
tell({ kind: 'started', url: node.url })
