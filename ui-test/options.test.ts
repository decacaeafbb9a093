import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readOptions, type Surroundings, UsageError } from './options.ts'

const nowhere: Surroundings = { environment: {}, ask: null, readStdin: async () => '' }
const given = ['--url', 'https://mail.example.org/', '--user', 'a@example.org']

test('the password comes from standard input, a file, the environment or the terminal, without its line end', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-ui-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'password')
  writeFileSync(path, 'from file\n')
  const passwordOf = async (args: string[], around: Partial<Surroundings> = {}) => {
    const options = await readOptions([...given, ...args], { ...nowhere, ...around })
    assert.ok(options !== 'help')
    assert.equal(options.url, 'https://mail.example.org')
    return options.password
  }
  assert.equal(await passwordOf(['--password-file', path]), 'from file')
  assert.equal(
    await passwordOf(['--password-file', '-'], { readStdin: async () => ' spaces stay \r\n' }),
    ' spaces stay ',
  )
  assert.equal(await passwordOf([], { environment: { PAQUEBOT_TEST_PASSWORD: 'env' } }), 'env')
  assert.equal(await passwordOf([], { ask: async () => 'typed' }), 'typed')
})

test('what is wrong with the call is told by name', async () => {
  const refused = (args: string[], message: RegExp) =>
    assert.rejects(readOptions(args, nowhere), (error) => error instanceof UsageError && message.test(error.message))
  await refused(['--user', 'a'], /--url/)
  await refused(['--url', 'ftp://x', '--user', 'a'], /--url/)
  await refused(['--url', 'https://x'], /--user/)
  await refused(given, /no password/)
  await refused([...given, '--password-file', '/no/such/file'], /--password-file/)
  await refused([...given, '--patience', 'long'], /--patience/)
  await refused([...given, '--delivery', '0'], /--delivery/)
  await refused([...given, '--what'], /--what/)
})
