// Runs steps one after the other and tells each: how long it took, or what went wrong, with a picture of the page. A step that needs
// one that failed is left out, not failed as well. Cleaning up is done whatever happened.

export interface Step {
  readonly name: string
  /** Names of the steps without which this one makes no sense. */
  readonly needs?: readonly string[]
  /** It may take so long, however little patience there is otherwise. */
  readonly atLeastMs?: number
  readonly run: () => Promise<string | undefined>
}

export type StepResult = {
  readonly name: string
  readonly ms: number
  /** What was seen, as «arrived after 12 s». */
  readonly note?: string
} & (
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed'; readonly error: string; readonly screenshot?: string }
  | { readonly outcome: 'left out'; readonly error: string }
)

export interface RunStepsDeps {
  readonly now: () => number
  readonly patienceMs: number
  /** Makes a picture and says where it lies. */
  readonly screenshot: (step: string) => Promise<string | undefined>
  readonly tell: (result: StepResult) => void
}

export async function runSteps(deps: RunStepsDeps, steps: readonly Step[]): Promise<StepResult[]> {
  const results: StepResult[] = []
  const passed = new Set<string>()
  for (const step of steps) {
    const result = await runStep(deps, step, passed)
    if (result.outcome === 'passed') passed.add(step.name)
    results.push(result)
    deps.tell(result)
  }
  return results
}

async function runStep(deps: RunStepsDeps, step: Step, passed: ReadonlySet<string>): Promise<StepResult> {
  const { name } = step
  const lacking = (step.needs ?? []).find((need) => !passed.has(need))
  if (lacking !== undefined) return { name, ms: 0, outcome: 'left out', error: `needs «${lacking}»` }
  const startedAt = deps.now()
  const took = () => Math.round(deps.now() - startedAt)
  try {
    const note = await inTime(step.run(), Math.max(deps.patienceMs, step.atLeastMs ?? 0))
    return { name, ms: took(), outcome: 'passed', ...(note === undefined ? {} : { note }) }
  } catch (error) {
    const ms = took()
    const screenshot = await deps.screenshot(name).catch(() => undefined)
    return {
      name,
      ms,
      outcome: 'failed',
      // Playwright's call log is for its developers; the first line says what was waited for.
      error: (error as Error).message.split('\n')[0] as string,
      ...(screenshot === undefined ? {} : { screenshot }),
    }
  }
}

async function inTime<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${Math.round(ms / 1_000)} s`)), ms)
  })
  work.catch(() => {}) // Told by the race, or too late for it.
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function line(result: StepResult, width = 0): string {
  const sign = { passed: '✔', failed: '✖', 'left out': '–' }[result.outcome]
  const more = result.outcome === 'passed' ? result.note : result.error
  const time = result.outcome === 'left out' ? '' : `${(result.ms / 1_000).toFixed(1)} s`
  return `${sign} ${result.name.padEnd(width)} ${time.padStart(7)}${more ? `  ${more}` : ''}`
}
