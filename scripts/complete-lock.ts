// `npm run lock`: makes package-lock.json anew and completes it. A registry that does not carry the builds of other platforms makes npm leave
// those optional packages out of the lock, and `npm ci` then refuses the lock as incomplete, everywhere. Their entries need no more than
// version and platform: npm passes over what is not for the machine it is on. `--check` only tells whether some are missing.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Entry {
  readonly version: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly dev?: boolean
}
interface Lock {
  packages: Record<string, Entry & Record<string, unknown>>
}

const operatingSystems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64']

function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | null {
  const words = name.split('/').at(-1)?.split('-') ?? []
  const os = operatingSystems.find((one) => words.includes(one))
  const cpu = processors.find((one) => words.includes(one))
  if (!os || !cpu) return null
  const musl = words.some((word) => word.startsWith('musl'))
  return { os: [os], cpu: [cpu], ...(os === 'linux' && { libc: [musl ? 'musl' : 'glibc'] }) }
}

/** Adds what is missing; returns the names. */
function complete(lock: Lock): string[] {
  const missing: string[] = []
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`
      const platform = platformOf(name)
      if (lock.packages[path] || !platform || !/^\d/.test(version)) continue
      missing.push(name)
      lock.packages[path] = { version, ...(entry.dev && { dev: true }), optional: true, ...platform }
    }
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  return missing
}

const read = (): Lock => JSON.parse(readFileSync('package-lock.json', 'utf8'))
if (process.argv.includes('--check')) {
  const missing = complete(read())
  if (missing.length > 0) console.error(`package-lock.json lacks ${missing.join(', ')}: run \`npm run lock\``)
  process.exit(missing.length > 0 ? 1 : 0)
}
const folder = mkdtempSync(join(tmpdir(), 'paquebot-lock-'))
for (const file of ['package.json', 'package-lock.json']) copyFileSync(file, join(folder, file))
execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], {
  cwd: folder,
  stdio: 'inherit',
})
copyFileSync(join(folder, 'package-lock.json'), 'package-lock.json')
rmSync(folder, { recursive: true })
const lock = read()
const added = complete(lock)
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
console.log(`package-lock.json: ${added.length} optional packages of other platforms added`)
