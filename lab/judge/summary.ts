// Results in words: one for a terminal, and the table of them all.

import type { Result } from './runner.ts'

const maxLines = 12

export function describe(result: Result): string {
  const { figures, checked, moments, missed } = result
  const lines = [
    `${missed.length === 0 ? '✔' : '✖'} ${result.title} (${(result.tookMs / 1000).toFixed(0)} s)`,
    ...moments.map(({ atMs, what }) => `    ${(atMs / 1000).toFixed(1).padStart(6)} s  ${what}`),
    `    ${figures.actions} actions, ${figures.failed} failed (load of the machine ${result.machineLoad}); p50 ${figures.p50Ms} ms, p99 ${figures.p99Ms} ms, slowest ${figures.slowestMs} ms (${figures.slowest})`,
    `    away: reading ${figures.readAwayMs} ms, writing ${figures.writeAwayMs} ms; ${figures.streamsBroken} streams broken, ${figures.loggedOut} logged out`,
    ...(checked
      ? [
          `    acknowledged and there: ${checked.drafts} drafts, ${checked.sends} sends, ${checked.flags} flags, ${checked.uploads} uploads; last delivery after ${checked.deliveredMs} ms`,
        ]
      : []),
    ...figures.failures.map((failure) => `    failed ${failure}`),
    ...shortened(missed).map((miss) => `    MISSED ${miss}`),
  ]
  return lines.join('\n')
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= maxLines ? lines : [...lines.slice(0, maxLines), `… and ${lines.length - maxLines} more`]
}

/** A Markdown table, for docs/run/high-availability.md. */
export function summarize(results: readonly Result[]): string {
  const rows = results.map(({ title, figures, missed, machineLoad }) => {
    const cells = [
      title,
      `${figures.actions}`,
      `${figures.failed}`,
      seconds(figures.slowestMs),
      seconds(figures.readAwayMs),
      seconds(figures.writeAwayMs),
      `${figures.acknowledged ?? '–'}`,
      `${machineLoad ?? '–'}`,
      missed.length === 0
        ? 'met'
        : `**missed**: ${missed.slice(0, 2).join('; ')}${missed.length > 2 ? ` and ${missed.length - 2} more` : ''}`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| scenario | actions | failed | slowest, s | reading away, s | writing away, s | acknowledged | load | aims |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---|',
    ...rows,
    '',
  ].join('\n')
}

const seconds = (ms: number) => (ms / 1000).toFixed(1)
