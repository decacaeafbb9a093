import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { test } from 'node:test'
import { Failure, isFailure } from '#core/errors.ts'
import type { Submission } from '#ports/mail-transport.ts'
import { type SmtpScript, startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { makeCertificate } from '#testing/servers/certificate.ts'
import { openSmtpTransport } from './index.ts'

const times = { connectTimeoutMs: 2000, commandTimeoutMs: 1000, blockTimeoutMs: 1000, finalTimeoutMs: 500 }
const credential = { kind: 'password', username: 'alice@example.test', password: 'demo' } as const
const signal = new AbortController().signal

const bare = (email: string) => ({ email, parameters: {} })
function submission(over: Partial<Submission> & { readonly text?: string } = {}): Submission {
  const text = over.text ?? 'Subject: hello\r\n\r\nhello\r\n'
  return {
    from: bare('alice@example.test'),
    to: [bare('bob@example.test')],
    size: text.length,
    has8BitBody: false,
    hasUtf8Header: false,
    message: async () =>
      (async function* () {
        yield Buffer.from(text)
      })(),
    ...over,
  }
}

async function submit(script: SmtpScript, what: Submission = submission()) {
  const server = await startScriptedSmtp(script)
  const transport = openSmtpTransport(times)
  try {
    const endpoint = { host: '127.0.0.1', port: server.port, tls: 'none' } as const
    return { outcome: await transport.submit(endpoint, credential, what, signal), server }
  } finally {
    await transport.close()
    await server.stop()
  }
}

test('each recipient has a fate of its own', async () => {
  const to = ['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test'].map(bare)
  const { outcome, server } = await submit(
    {
      answer: (verb, line) => {
        if (verb !== 'RCPT') return undefined
        return { a: undefined, b: '451 4.7.1 greylisted', c: '550 5.1.1 no such user', d: '552 5.5.3 too many' }[
          line[9]!
        ]
      },
    },
    submission({ to }),
  )
  assert.equal(outcome.outcome, 'accepted')
  assert.deepEqual(
    outcome.recipients.map(({ outcome, reply }) => `${outcome}: ${reply}`),
    [
      'accepted: 250 2.0.0 ok',
      'temporary: 451 4.7.1 greylisted',
      'permanent: 550 5.1.1 no such user',
      'temporary: 552 5.5.3 too many',
    ],
  )
  assert.equal(server.messages.length, 1)
})

test('without PIPELINING each command waits for its reply, and the result is the same', async () => {
  const { outcome, server } = await submit(
    { offers: ['SIZE 1000'] },
    submission({ to: ['a@x.test', 'b@x.test'].map(bare) }),
  )
  assert.equal(outcome.outcome, 'accepted')
  assert.deepEqual(server.commands.slice(1, 5), [
    'MAIL FROM:<alice@example.test> SIZE=25',
    'RCPT TO:<a@x.test>',
    'RCPT TO:<b@x.test>',
    'DATA',
  ])
})

test('nobody accepted: no DATA, and temporary wins over permanent', async () => {
  const answer: SmtpScript['answer'] = (verb, line) =>
    verb === 'RCPT' ? (line.includes('<a@') ? '550 5.1.1 no' : '450 4.2.0 later') : undefined
  const { outcome, server } = await submit({ answer }, submission({ to: ['a@x.test', 'b@x.test'].map(bare) }))
  assert.deepEqual([outcome.outcome, outcome.reply], ['temporary', '450 4.2.0 later'])
  assert.ok(!server.commands.includes('DATA'))
})

test('a refusal at the sender, at DATA and after the dot is everybody’s', async () => {
  for (const verb of ['MAIL', 'DATA', 'DOT']) {
    for (const [code, want] of [
      ['451', 'temporary'],
      ['554', 'permanent'],
    ] as const) {
      const { outcome } = await submit({ answer: (v) => (v === verb ? `${code} x` : undefined) })
      assert.equal(outcome.outcome, want, `${verb} ${code}`)
      assert.deepEqual(
        outcome.recipients.map((r) => r.outcome),
        [want],
      )
    }
  }
})

test('a connection lost before the dot is temporary; after it, unknown', async () => {
  for (const verb of ['EHLO', 'MAIL', 'RCPT', 'DATA']) {
    const { outcome } = await submit({ answer: (v) => (v === verb ? 'hangUp' : undefined) })
    assert.equal(outcome.outcome, 'temporary', verb)
  }
  const { outcome, server } = await submit({ answer: (v) => (v === 'DOT' ? 'hangUp' : undefined) })
  assert.equal(outcome.outcome, 'unknown')
  assert.equal(server.messages.length, 1)
})

test('no answer in time: temporary before the dot, unknown after it', async () => {
  const silent = await submit({ answer: (v) => (v === 'RCPT' ? null : undefined) })
  assert.equal(silent.outcome.outcome, 'temporary')
  const late = await submit({ answer: (v) => (v === 'DOT' ? null : undefined) })
  assert.equal(late.outcome.outcome, 'unknown')
})

test('an error in the message aborts the DATA: the server gets no final dot, and the error is told as it is', async () => {
  const server = await startScriptedSmtp()
  const transport = openSmtpTransport(times)
  const broken = submission({
    message: async () =>
      (async function* () {
        yield Buffer.from('Subject: half\r\n\r\nhalf\r\n')
        throw new Failure('unavailable', { mark: 'ours' })
      })(),
  })
  const endpoint = { host: '127.0.0.1', port: server.port, tls: 'none' } as const
  await assert.rejects(transport.submit(endpoint, credential, broken, signal), (error) => {
    assert.ok(isFailure(error, 'unavailable'))
    return error.detail.mark === 'ours'
  })
  await server.stop()
  assert.deepEqual(server.messages, [])
})

test('the final dot goes only after the stream has ended, whatever it awaits last', async () => {
  const server = await startScriptedSmtp()
  const transport = openSmtpTransport(times)
  let messagesSeen = -1
  const what = submission({
    message: async () =>
      (async function* () {
        yield Buffer.from('Subject: x\r\n\r\nx\r\n')
        await new Promise((resolve) => setTimeout(resolve, 100))
        messagesSeen = server.messages.length
      })(),
  })
  const endpoint = { host: '127.0.0.1', port: server.port, tls: 'none' } as const
  const outcome = await transport.submit(endpoint, credential, what, signal)
  assert.deepEqual([messagesSeen, server.messages.length, outcome.outcome], [0, 1, 'accepted'])
  await server.stop()
})

test('dots are stuffed, bare CR and LF leave as CRLF, wherever the pieces are cut', async () => {
  const text = 'Subject: dots\n\n.\r\n..x\rend.\r\n.\r\nno newline at the end'
  for (const size of [1, 2, 3, 100]) {
    const message = async () =>
      (async function* () {
        for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size))
      })()
    const { outcome, server } = await submit({}, submission({ message }))
    assert.equal(outcome.outcome, 'accepted')
    assert.deepEqual(
      server.messages,
      ['Subject: dots\r\n\r\n.\r\n..x\r\nend.\r\n.\r\nno newline at the end\r\n'],
      `pieces of ${size}`,
    )
    assert.ok(server.commands.at(-1) === 'DATA' || server.commands.at(-1) === 'QUIT')
  }
})

test('control characters in addresses and a NUL in the message never reach the server', async () => {
  for (const email of ['a@x.test>\r\nRCPT TO:<evil@x.test', 'a\0@x.test', 'a b@x.test', '<a@x.test>', 'a@x.test\n']) {
    const server = await startScriptedSmtp()
    const endpoint = { host: '127.0.0.1', port: server.port, tls: 'none' } as const
    const transport = openSmtpTransport(times)
    for (const what of [submission({ to: [bare(email)] }), submission({ from: bare(email) })]) {
      await assert.rejects(transport.submit(endpoint, credential, what, signal), (e) => isFailure(e, 'badInput'), email)
    }
    await server.stop()
    assert.ok(!server.commands.some((line) => line.includes('MAIL')), email)
  }
  await assert.rejects(submit({}, submission({ text: 'a\0b' })), (e) => isFailure(e, 'badInput'))
})

test('parameters go out where offered, encoded, and are refused where not', async () => {
  const from = {
    email: 'alice@example.test',
    parameters: { ENVID: 'a b+c', RET: 'HDRS', REQUIRETLS: null, BY: '120;R' },
  }
  const to = [{ email: 'bob@x.test', parameters: { NOTIFY: 'SUCCESS,FAILURE', ORCPT: 'rfc822;bob@x.test' } }]
  const offers = ['DSN', 'REQUIRETLS', 'DELIVERBY 60', '8BITMIME', 'SMTPUTF8']
  const { server } = await submit({ offers }, submission({ from, to, has8BitBody: true }))
  assert.ok(
    server.commands.includes(
      'MAIL FROM:<alice@example.test> ENVID=a+20b+2Bc RET=HDRS REQUIRETLS BY=120;R BODY=8BITMIME',
    ),
  )
  assert.ok(server.commands.includes('RCPT TO:<bob@x.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@x.test'))

  const refused = await submit({ offers: ['8BITMIME'] }, submission({ from }))
  assert.equal(refused.outcome.outcome, 'permanent')
  assert.match(refused.outcome.reply, /^555 5\.5\.4 .*ENVID/)
  const evil = { email: 'alice@example.test', parameters: { RET: 'FULL SIZE=1', 'X Y': null } }
  assert.equal((await submit({ offers }, submission({ from: evil }))).outcome.outcome, 'permanent')
})

test('a message over the announced SIZE is refused before MAIL', async () => {
  const { outcome, server } = await submit({ offers: ['SIZE 10'] })
  assert.match(outcome.reply, /^552 5\.3\.4 /)
  assert.equal(outcome.outcome, 'permanent')
  assert.ok(!server.commands.some((line) => line.startsWith('MAIL')))
})

test('addresses in other scripts need SMTPUTF8; a domain alone is written in ASCII', async () => {
  const to = [bare('bob@bücher.test')]
  const ascii = await submit({}, submission({ to }))
  assert.ok(ascii.server.commands.includes('RCPT TO:<bob@xn--bcher-kva.test>'))
  const utf8 = [bare('büb@x.test'), bare('b@x.test')]
  const without = await submit({}, submission({ to: utf8 }))
  assert.deepEqual(
    without.outcome.recipients.map((r) => r.outcome),
    ['permanent', 'accepted'],
  )
  const offered = await submit({ offers: ['SMTPUTF8', '8BITMIME'] }, submission({ to: utf8 }))
  assert.equal(offered.outcome.recipients[0]?.outcome, 'accepted')
  assert.ok(offered.server.commands.includes('MAIL FROM:<alice@example.test> SMTPUTF8'))
})

test('sign-in: PLAIN, LOGIN and tokens; a refusal is told apart from a server that is down', async () => {
  const plain = await submit({ offers: ['AUTH PLAIN LOGIN'] })
  assert.ok(
    plain.server.commands.includes(`AUTH PLAIN ${Buffer.from('\0alice@example.test\0demo').toString('base64')}`),
  )
  const challenges = ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6', '235 ok']
  const login = await submit({
    offers: ['AUTH LOGIN'],
    answer: (verb, line) =>
      verb === 'AUTH' || ['YWxpY2VAZXhhbXBsZS50ZXN0', 'ZGVtbw=='].includes(line) ? challenges.shift() : undefined,
  })
  assert.equal(login.outcome.outcome, 'accepted')
  const wrong = await submit({ offers: ['AUTH PLAIN'], answer: (v) => (v === 'AUTH' ? '535 5.7.8 no' : undefined) })
  assert.deepEqual([wrong.outcome.outcome, wrong.outcome.failure], ['temporary', 'badCredentials'])
  const busy = await submit({ offers: ['AUTH PLAIN'], answer: (v) => (v === 'AUTH' ? '454 4.7.0 busy' : undefined) })
  assert.equal(busy.outcome.failure, 'unavailable')
  const transport = openSmtpTransport(times)
  const down = await transport.submit({ host: '127.0.0.1', port: 1, tls: 'none' }, credential, submission(), signal)
  assert.deepEqual([down.outcome, down.failure], ['temporary', 'unavailable'])
})

test('STARTTLS is demanded, certificates are checked, a pin replaces the CA', async () => {
  const dir = await mkdtemp('/tmp/pq-smtp-')
  const made = await makeCertificate(dir)
  const tls = { cert: await readFile(made.certPath), key: await readFile(made.keyPath) }
  const transport = openSmtpTransport(times)
  const tried = async (script: SmtpScript, pinnedSha256?: string) => {
    const server = await startScriptedSmtp(script)
    const pin = pinnedSha256 === undefined ? {} : { pinnedSha256 }
    const endpoint = { host: '127.0.0.1', port: server.port, tls: 'starttls', ...pin } as const
    const outcome = await transport.submit(endpoint, credential, submission(), signal)
    await server.stop()
    return { outcome, server }
  }
  const offers = ['STARTTLS', 'AUTH PLAIN']
  const stripped = await tried({ offers: ['AUTH PLAIN'] })
  assert.equal(stripped.outcome.failure, 'untrustedServer')
  assert.ok(!stripped.server.commands.some((line) => line.startsWith('AUTH')), 'no password in clear')
  assert.equal((await tried({ offers, tls })).outcome.failure, 'untrustedServer', 'self-signed')
  assert.equal((await tried({ offers, tls }, '00'.repeat(32))).outcome.failure, 'untrustedServer', 'wrong pin')
  const good = await tried({ offers, tls }, made.sha256)
  assert.equal(good.outcome.outcome, 'accepted')
  const injected = await tried(
    { offers, answer: (v) => (v === 'STARTTLS' ? '220 go\r\n250 injected' : undefined) },
    made.sha256,
  )
  assert.equal(injected.outcome.failure, 'untrustedServer', 'clear text behind STARTTLS')
  await rm(dir, { recursive: true })
})
