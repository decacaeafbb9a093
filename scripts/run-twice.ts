// Files of tests with real servers. What fails while others run beside it is run once more alone, and then counts: see
// docs/adr/2026-12-01-unsteady-tests.md.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of more than these something is wrong that a second run would only hide. */
const maxUnsteady = 3

const reporter = fileURLToPath(new URL('failed-files.ts', import.meta.url))

export interface Outcome {
  readonly isPassed: boolean
  /** Failed beside others and passed alone. */
  readonly unsteady: readonly string[]
}

export interface Options {
  readonly timeoutMs: number
  /** How many files run at a time at first. */
  readonly beside: number
  readonly output?: 'inherit' | 'ignore'
}

export function runTwice(files: readonly string[], options: Options): Outcome {
  const failed = runOnce(files, options)
  if (failed !== null && failed.length === 0) return { isPassed: true, unsteady: [] }
  if (failed === null || failed.length > maxUnsteady) return { isPassed: false, unsteady: [] }
  console.log(`── once more, alone: ${failed.join(' ')}`)
  const isPassed = runOnce(failed, { ...options, beside: 1 })?.length === 0
  return { isPassed, unsteady: isPassed ? failed : [] }
}

/** The files of which something failed; null when nobody can say, as after a signal. */
function runOnce(
  files: readonly string[],
  { timeoutMs, beside, output = 'inherit' }: Options,
): readonly string[] | null {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-tests-'))
  const told = join(folder, 'failed')
  try {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const reporters = [
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...[`--test-reporter=${reporter}`, `--test-reporter-destination=${told}`],
    ]
    const { status } = spawnSync(
      process.execPath,
      ['--test', `--test-concurrency=${beside}`, `--test-timeout=${timeoutMs}`, ...reporters, ...files],
      { stdio: output, env },
    )
    const failed = [...new Set(readFileSync(told, 'utf8').split('\n').filter(Boolean))].map((file) =>
      relative('', resolve(file)),
    )
    if (status === 0) return []
    return status === 1 && failed.length > 0 && failed.every((file) => files.includes(file)) ? failed : null
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
