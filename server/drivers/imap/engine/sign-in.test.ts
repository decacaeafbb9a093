import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { connectScripted, cut, failureOf, never, openAtEnd, testLimits } from '#testing/scripted-connection.ts'
import { startScriptedImap } from '#testing/scripted-imap.ts'
import { openConnection } from './open-connection.ts'
import type { ConnectionOptions } from './types.ts'

test('LOGIN sends what is not ASCII as a literal, waiting for the go-ahead', async () => {
  const { server } = await connectScripted()
  assert.equal(server.commands[0], 'LOGIN "alice" {6}\r\np\xc3\xa4"ss')
})

test('AUTHENTICATE PLAIN goes in one line with SASL-IR, in two without', async () => {
  const plain = Buffer.from('\0alice\0pä"ss').toString('base64')
  const direct = await connectScripted({ capabilities: 'IMAP4rev1 SASL-IR AUTH=PLAIN' })
  assert.equal(direct.server.commands[0], `AUTHENTICATE PLAIN ${plain}`)
  const asked: string[] = []
  await connectScripted({
    capabilities: 'IMAP4rev1 AUTH=PLAIN',
    script({ tag, text }, connection) {
      if (text.startsWith('AUTHENTICATE')) {
        connection.socket.once('data', (line) => {
          asked.push(line.toString())
          connection.send(`${tag} OK in\r\n`)
        })
        return '+ \r\n'
      }
      return text === plain || tag === '' ? '' : undefined
    },
  })
  assert.deepEqual(asked, [`${plain}\r\n`])
})

test('a token goes by OAUTHBEARER or XOAUTH2, and a master user by his authzid or separator', async () => {
  const token = { kind: 'token', username: 'a=b', token: 'tok' } as const
  const bearer = await connectScripted({
    capabilities: 'IMAP4rev1 SASL-IR AUTH=OAUTHBEARER AUTH=XOAUTH2',
    options: { credential: token },
  })
  const sent = Buffer.from(bearer.server.commands[0]?.split(' ')[2] ?? '', 'base64').toString()
  assert.match(sent, /^n,a=a=3Db,\x01host=127\.0\.0\.1\x01port=\d+\x01auth=Bearer tok\x01\x01$/)
  const google = await connectScripted({
    capabilities: 'IMAP4rev1 SASL-IR AUTH=XOAUTH2',
    options: { credential: token },
  })
  assert.equal(
    google.server.commands[0],
    `AUTHENTICATE XOAUTH2 ${Buffer.from('user=a=b\x01auth=Bearer tok\x01\x01').toString('base64')}`,
  )
  const credential = { kind: 'master', username: 'alice', master: 'root', password: 'pw' } as const
  const master = await connectScripted({ capabilities: 'IMAP4rev1 SASL-IR AUTH=PLAIN', options: { credential } })
  assert.equal(master.server.commands[0], `AUTHENTICATE PLAIN ${Buffer.from('alice\0root\0pw').toString('base64')}`)
  const separated = await connectScripted({ options: { credential, masterSeparator: '*' } })
  assert.equal(separated.server.commands[0], 'LOGIN "alice*root" "pw"')
})

const refusals: readonly (readonly [string, ErrorCode])[] = [
  ['NO [AUTHENTICATIONFAILED] Authentication failed.', 'badCredentials'],
  ['NO Login failed.', 'badCredentials'],
  ['NO [ALERT] Application-specific password required', 'badCredentials'],
  ['NO [UNAVAILABLE] Temporary authentication failure.', 'unavailable'],
  ['NO [LIMIT] Too many', 'tooManyConnections'],
  ['NO [ALERT] Maximum number of connections from user+IP exceeded', 'tooManyConnections'],
  ['NO [PRIVACYREQUIRED] Plaintext authentication disallowed', 'untrustedServer'],
]
for (const [answer, code] of refusals) {
  test(`sign-in refused by "${answer}" is ${code}`, async () => {
    const script = ({ text }: { text: string }) => (text.startsWith('LOGIN') ? `$T ${answer}\r\n` : undefined)
    const refused = await failureOf(connectScripted({ script }))
    assert.equal(refused.code, code)
    assert.ok(!JSON.stringify(refused.detail).includes('pä'))
  })
}

test('a greeting that ends, or that claims we are signed in already, is no sign-in', async () => {
  const bye = await failureOf(connectScripted({ greeting: '* BYE Too many connections from your host\r\n' }))
  assert.equal(bye.code, 'tooManyConnections')
  const preauth = await failureOf(connectScripted({ greeting: '* PREAUTH welcome\r\n' }))
  assert.equal(preauth.code, 'untrustedServer')
})

test('a server that is down, mute, or drops us in the middle of it: each has its code, soon', async () => {
  const gone = await startScriptedImap()
  await gone.stop()
  const options: ConnectionOptions = {
    server: { host: '127.0.0.1', port: gone.port, tls: 'none' },
    credential: { kind: 'password', username: 'a', password: 'b' },
    limits: { ...testLimits, loginTimeoutMs: 200 },
    log: silentLog,
  }
  assert.equal((await failureOf(openConnection(options, never))).code, 'unavailable')
  const mute = await failureOf(
    connectScripted({ script: () => '', options: { limits: { ...testLimits, loginTimeoutMs: 200 } } }),
  )
  assert.equal(mute.code, 'timeout')
  const dropping = await failureOf(connectScripted({ script: (_, connection) => cut(connection) }))
  assert.equal(dropping.code, 'unavailable')
  const given = AbortSignal.abort(new Error('the user left'))
  assert.equal((await failureOf(openConnection(options, given))).code, 'canceled')
})

test('STARTTLS refused, or with plain text behind its OK, is never gone on with', async () => {
  const starttls = (port: number): Partial<ConnectionOptions> => ({
    server: { host: '127.0.0.1', port, tls: 'starttls' },
  })
  for (const answer of [
    '$T NO not now\r\n',
    '$T OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n',
    '$T OK go\r\n* CAP',
  ]) {
    const server = await startScriptedImap({ script: ({ text }) => (text === 'STARTTLS' ? answer : undefined) })
    openAtEnd(() => server.stop())
    const refused = await failureOf(
      openConnection(
        {
          credential: { kind: 'password', username: 'a', password: 'b' },
          limits: testLimits,
          log: silentLog,
          ...(starttls(server.port) as Pick<ConnectionOptions, 'server'>),
        },
        never,
      ),
    )
    assert.equal(refused.code, 'untrustedServer', answer)
    assert.ok(!server.commands.some((text) => text.startsWith('LOGIN')))
  }
})
