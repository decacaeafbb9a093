// `npm test`: installs the Debian packages that are missing, then check, then every test with real parts.

import { spawnSync } from 'node:child_process'
import { runTwice } from './run-twice.ts'
import { liveTests } from './test-files.ts'

const node = process.execPath
function step(name: string, command: string[]): void {
  console.log(`── ${name}`)
  const { status, signal } = spawnSync(command[0] as string, command.slice(1), { stdio: 'inherit' })
  if (status !== 0) {
    console.error(`✖ ${name} failed${signal ? ` by ${signal}` : ''}`)
    process.exit(1)
  }
}

step('Debian packages', [node, 'scripts/install-debian.ts', 'test'])
step('web client', [node, 'scripts/build-web.ts'])
step('check', [node, 'scripts/check.ts'])
// Files with real servers share two cores: two at a time, each with its own servers on free ports.
console.log('── live tests')
const { isPassed, unsteady } = runTwice(liveTests(), { timeoutMs: 600_000, beside: 2 })
for (const file of unsteady)
  console.log(`! unsteady: ${file} failed beside others and passed alone; what it said stands above`)
if (!isPassed) {
  console.error('✖ live tests failed')
  process.exit(1)
}
