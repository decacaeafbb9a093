import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runTwice } from './run-twice.ts'

/** Files with a test each: what it does at the first run and, with `again`, at the second. */
function write(t: TestContext, bodies: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-twice-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return Object.entries(bodies).map(([name, body]) => {
    const path = join(folder, `${name}.test.mjs`)
    const again = `const again = existsSync(${JSON.stringify(`${path}.seen`)}); writeFileSync(${JSON.stringify(`${path}.seen`)}, '')`
    writeFileSync(
      path,
      `import { existsSync, writeFileSync } from 'node:fs'\nimport { test } from 'node:test'\n${again}\ntest('it', () => { ${body} })\n`,
    )
    return relative('', path)
  })
}
const options = { timeoutMs: 60_000, beside: 2, output: 'ignore' } as const
const fails = "throw new Error('broken')"
const failsAtFirst = `if (!again) ${fails}`

test('what passes is run once, and nothing is said to be unsteady', (t) => {
  assert.deepEqual(runTwice(write(t, { good: `if (again) ${fails}` }), options), { isPassed: true, unsteady: [] })
})

test('what fails beside others and passes alone passes, by its name; the others are not run again', (t) => {
  const files = write(t, { good: `if (again) ${fails}`, shaky: failsAtFirst })
  assert.deepEqual(runTwice(files, options), { isPassed: true, unsteady: [files[1]] })
})

test('what fails twice fails', (t) => {
  assert.deepEqual(runTwice(write(t, { bad: fails, shaky: failsAtFirst }), options), { isPassed: false, unsteady: [] })
})

test('of many that fail none gets a second chance', (t) => {
  const files = write(t, { a: failsAtFirst, b: failsAtFirst, c: failsAtFirst, d: failsAtFirst })
  assert.equal(runTwice(files, options).isPassed, false)
})

test('a file that ends its process is a failed one', (t) => {
  const files = write(t, { ends: 'if (!again) process.exit(3)' })
  assert.deepEqual(runTwice(files, options), { isPassed: true, unsteady: files })
  assert.equal(runTwice(write(t, { ends: 'process.exit(3)' }), options).isPassed, false)
})
