// `npm run check`: everything that needs no server, three jobs at a time (tests wait as well), each with its time. Exit 1 if any failed.
// With names as arguments, only those: `npm run check -- types lint`.

import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { unitTests } from './test-files.ts'

const node = process.execPath
const bin = (path: string, ...args: string[]) => [node, `node_modules/${path}`, ...args]
const tsc = (project: string) => bin('typescript-native/bin/tsc', '-p', project)

// All files of one job in one process: they share nothing but the modules, whose loading is what most of them cost.
const unit = (isOurs: (file: string) => boolean) => [
  node,
  '--test',
  '--test-isolation=none',
  '--test-reporter=dot',
  ...unitTests().filter(isOurs),
]

const isDriver = (file: string) => file.startsWith('server/drivers/')
const isServer = (file: string) => file.startsWith('server/') && !isDriver(file)

/** The long ones first. */
const jobs: Record<string, () => string[][]> = {
  'unit-drivers': () => [unit(isDriver)],
  'unit-server': () => [unit(isServer)],
  'unit-others': () => [unit((file) => !file.startsWith('server/'))],
  types: () => [
    tsc('tsconfig.server.json'),
    tsc('tsconfig.web.json'),
    tsc('tsconfig.browser.json'),
    tsc('tsconfig.shared.json'),
    tsc('tsconfig.lab.json'),
  ],
  lint: () => [
    bin('@biomejs/biome/bin/biome', 'ci', '--colors=off', '--max-diagnostics=30', '--error-on-warnings', '.'),
  ],
  walls: () => [
    bin(
      'dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'server',
      'shared',
      'plugin-api',
      'plugins',
      'web/src',
    ),
  ],
  dead: () => [bin('knip/bin/knip.js')],
  sizes: () => [[node, 'scripts/check-sizes.ts']],
  lock: () => [[node, 'scripts/complete-lock.ts', '--check']],
  words: () => [[node, 'scripts/check-i18n.ts']],
  weight: () => [[node, 'scripts/check-budget.ts']],
  docs: () => [[node, 'scripts/docs.ts', '--check']],
}

function run(command: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

const asked = process.argv.slice(2)
const names = asked.length > 0 ? asked : Object.keys(jobs)
const queue = names.map((name) => {
  const job = jobs[name]
  if (!job) throw new Error(`no such check: ${name}; there are ${Object.keys(jobs).join(' ')}`)
  return { name, commands: job() }
})
let failed = 0
async function worker(): Promise<void> {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const started = Date.now()
    let failure = ''
    for (const command of next.commands) {
      const { code, output } = await run(command)
      if (code !== 0) failure += output
    }
    console.log(`${failure ? '✖' : '✔'} ${next.name} ${((Date.now() - started) / 1000).toFixed(1)} s`)
    if (failure) {
      failed++
      console.log(failure)
    }
  }
}
await Promise.all(Array.from({ length: Math.min(3, availableParallelism() + 1) }, worker))
process.exit(failed > 0 ? 1 : 0)
