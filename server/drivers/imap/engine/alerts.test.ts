import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#core/log.ts'
import { connectScripted, failureOf, never, testLimits } from '#testing/scripted-connection.ts'
import { startScriptedImap } from '#testing/scripted-imap.ts'
import { openConnection } from './open-connection.ts'

const capability = 'CAPABILITY IMAP4rev1'

test('alerts of the greeting, the sign-in, a tagged and an untagged reply are all heard, in order', async () => {
  const heard: string[] = []
  const { connection } = await connectScripted({
    greeting: '* OK [ALERT] moving on Sunday\r\n',
    script: ({ text }) => {
      if (text.startsWith('LOGIN')) return '* OK [ALERT] password expires\r\n$T OK [ALERT] welcome\r\n'
      if (text === 'NOOP') return '* NO [ALERT] 95% full\r\n$T OK done\r\n'
      return undefined
    },
    options: { onAlert: (text) => heard.push(text) },
  })
  assert.deepEqual(heard, ['moving on Sunday', 'password expires', 'welcome'])
  await connection.run({ name: 'NOOP', parts: ['NOOP'], effect: 'read', start: () => ({ done() {} }) })
  assert.equal(heard.at(-1), '95% full')
})

test('what is said to a refused sign-in goes with the refusal, and is not told as the account’s', async (t) => {
  const heard: string[] = []
  const server = await startScriptedImap({
    greeting: `* OK [${capability}] ready\r\n`,
    script: ({ text }) =>
      text.startsWith('LOGIN') ? '$T NO [ALERT] Application-specific password required\r\n' : undefined,
  })
  t.after(() => server.stop())
  const failure = await failureOf(
    openConnection(
      {
        server: { host: server.host, port: server.port, tls: 'none' },
        credential: { kind: 'password', username: 'alice', password: 'no' },
        limits: testLimits,
        log: silentLog,
        onAlert: (text) => heard.push(text),
      },
      never,
    ),
  )
  assert.deepEqual([failure.code, failure.detail.alert], ['badCredentials', 'Application-specific password required'])
  assert.deepEqual(heard, [])
})
