// Which file is which kind of test: `*.live.test.ts` and all below tests/ need real servers, the rest is unit.

import { globSync } from 'node:fs'

const roots = ['server', 'shared', 'web', 'testing', 'scripts', 'demo', 'bench', 'plugins', 'lab', 'ui-test']

export function unitTests(): string[] {
  return roots
    .flatMap((root) => globSync(`${root}/**/*.test.ts`))
    .filter((file) => !file.endsWith('.live.test.ts') && !file.includes('node_modules'))
    .sort()
}

export function liveTests(): string[] {
  return [...roots.flatMap((root) => globSync(`${root}/**/*.live.test.ts`)), ...globSync('tests/**/*.test.ts')]
    .filter((file) => !file.includes('node_modules'))
    .sort()
}
