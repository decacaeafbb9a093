import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

function run(script: string, ...args: string[]) {
  // Its own test run, not a part of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const path = join(import.meta.dirname, script)
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: 'utf8', env })
  return { status, output: stdout + stderr }
}
function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-new-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a new plugin, far from the package, passes its tests and fits its types', (t) => {
  const folder = place(t)
  const made = run('new-plugin.ts', 'good-morning', folder)
  assert.equal(made.status, 0, made.output)
  const tried = run('plugin-test.ts', join(folder, 'good-morning'))
  assert.equal(tried.status, 0, tried.output)
  assert.match(tried.output, /a message gets the greeting of the settings/)
  const compiler = join(import.meta.dirname, '../node_modules/typescript-native/bin/tsc')
  const types = spawnSync(process.execPath, [compiler, '-p', join(folder, 'good-morning')], { encoding: 'utf8' })
  assert.equal(types.status, 0, types.stdout)
})

test('a test that a plugin fails is a failure of the run', (t) => {
  const folder = place(t)
  run('new-plugin.ts', 'bad', folder)
  const server = join(folder, 'bad/server.ts')
  writeFileSync(server, readFileSync(server, 'utf8').replace('X-Greeting', 'X-Other'))
  assert.notEqual(run('plugin-test.ts', join(folder, 'bad')).status, 0)
})

test('a name that is none, or taken, makes nothing', (t) => {
  // A folder within ours: what lies beside it is ours as well.
  const folder = join(place(t), 'plugins')
  mkdirSync(folder)
  assert.equal(run('new-plugin.ts', '../x', folder).status, 64)
  assert.equal(existsSync(join(folder, '../x')), false)
  run('new-plugin.ts', 'one', folder)
  assert.equal(run('new-plugin.ts', 'one', folder).status, 73)
  assert.equal(run('plugin-test.ts', join(folder, 'none')).status, 64)
})
