// Fails when the JavaScript that must arrive before the inbox can be used, as gzip, is over its budget: the entry, what it
// imports, and the words of one language. What is over is named file by file.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildWeb } from './build-web.ts'

const budgetBytes = 180_000
/** Loaded before the first render, see web/src/main.tsx. */
const firstWords = ['src/shell/strings.en.json', 'src/mail/strings.en.json']

interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
}

await buildWeb()
const dist = join(import.meta.dirname, '../web/dist')
const manifest = JSON.parse(await readFile(join(dist, 'manifest.json'), 'utf8')) as Record<string, Chunk>
const html = await readFile(join(dist, 'index.html'), 'utf8')

const files = new Set<string>()
function need(file: string): void {
  if (files.has(file)) return
  files.add(file)
  const chunk = Object.values(manifest).find((other) => other.file === file)
  for (const key of chunk?.imports ?? []) if (manifest[key]) need(manifest[key].file)
}
for (const [, file] of html.matchAll(/<script[^>]* src="\/([^"]+)"/g)) if (file) need(file)
if (files.size === 0) throw new Error('check-budget: no script in index.html')
for (const words of firstWords) {
  if (!manifest[words]) throw new Error(`check-budget: no chunk for ${words}`)
  need(manifest[words].file)
}

let total = 0
const lines: string[] = []
for (const file of files) {
  if (!file.endsWith('.js')) continue
  const bytes = gzipSync(await readFile(join(dist, file)), { level: 9 }).length
  total += bytes
  lines.push(`${String(bytes).padStart(8)}  ${file}`)
}
console.log(`web: ${(total / 1000).toFixed(1)} kB of JavaScript (gzip) until the inbox, of ${budgetBytes / 1000}`)
if (process.argv.includes('--list')) console.log(lines.sort().reverse().join('\n'))
if (total > budgetBytes) {
  console.error(`over budget by ${total - budgetBytes} bytes:\n${lines.sort().reverse().join('\n')}`)
  process.exitCode = 1
}
