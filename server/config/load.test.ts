import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BadConfig, type ConfigSources, loadConfig } from './load.ts'

function load(toml: string | null, environment: ConfigSources['environment'] = {}, options?: ConfigSources['options']) {
  if (toml === null) return loadConfig({ file: null, environment, options })
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-config-'))
  try {
    writeFileSync(join(folder, 'p.toml'), toml)
    return loadConfig({ file: join(folder, 'p.toml'), environment, options })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function faults(toml: string | null, environment: ConfigSources['environment'] = {}): string[] {
  try {
    load(toml, environment)
  } catch (error) {
    if (error instanceof BadConfig)
      return error.faults.map(({ where, what }) => `${where.replace(/^.*\//, '')} ${what}`)
    throw error
  }
  return []
}

test('an empty configuration is all defaults', () => {
  const config = load(null)
  assert.equal(config.http.listen, '127.0.0.1:8080')
  assert.deepEqual(config.mailServers, [])
})

test('the file is over the defaults, the environment over the file, options over both', () => {
  const toml = '[http]\nlisten = "[::1]:1"\nrequest_timeout = "5 s"\n'
  assert.equal(load(toml).http.listen, '[::1]:1')
  assert.equal(load(toml).http.requestTimeout, 5000)
  assert.equal(load(toml, { PAQUEBOT_HTTP_LISTEN: 'h:2' }).http.listen, 'h:2')
  assert.equal(load(toml, { PAQUEBOT_HTTP_LISTEN: 'h:2' }, { http: { listen: 'h:3' } }).http.listen, 'h:3')
})

test('several mail servers keep their order, and one from the environment comes first', () => {
  const toml =
    '[[mail_server]]\ndomains = ["a.test"]\nimap = "imaps://a"\n[[mail_server]]\nimap = "imap://[::1]:1143"\n'
  const config = load(toml, { PAQUEBOT_MAIL_SERVER_IMAP: 'imap+insecure://c' })
  assert.deepEqual(
    config.mailServers.map(({ imap }) => imap),
    [
      { host: 'c', port: 143, tls: 'none' },
      { host: 'a', port: 993, tls: 'implicit' },
      { host: '::1', port: 1143, tls: 'starttls' },
    ],
  )
})

test('all faults are told at once, each with its line', () => {
  const toml =
    '[http]\nlisten = 5\nlissten = "x"\n\n[[mail_server]]\nimap = "imaps://a"\n[[mail_server]]\nlogin = "both"\nsmtp = "http://x"\n[htpp]\n'
  assert.deepEqual(faults(toml, { PAQUEBOT_HTTP_LISTN: '1' }), [
    'p.toml:10 there is no section [htpp]; did you mean http?',
    'p.toml:3 [http] has no key lissten; did you mean listen?',
    'p.toml:2 http.listen must be a text, not 5',
    'p.toml:9 mail_server.smtp must be submissions://HOST[:PORT], or smtps://HOST[:PORT], or submission://HOST[:PORT], or smtp://HOST[:PORT], or smtp+insecure://HOST[:PORT], not "http://x"',
    'p.toml:8 mail_server.login must be "address" or "local-part", not "both"',
    'environment PAQUEBOT_HTTP_LISTN names no key; did you mean PAQUEBOT_HTTP_LISTEN?',
  ])
})

test('a syntax error names its line, and a missing file says so', () => {
  assert.match(faults('[http]\nlisten = = 1\n')[0] as string, /^p\.toml:2 Invalid TOML/)
  assert.throws(() => loadConfig({ file: '/no/such.toml', environment: {} }), /cannot be read/)
})

test('sizes and durations take units, and refuse what they do not know', () => {
  assert.equal(load('[http]\ndrain_timeout = "1.5 min"').http.drainTimeout, 90_000)
  assert.equal(faults('[http]\ndrain_timeout = "5 parsecs"').length, 1)
  assert.equal(faults('[http]\ndrain_timeout = -1').length, 1)
})
