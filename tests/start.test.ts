// `npm start -- --imap … --smtp …` as an operator types it: a process of its own over a Dovecot with a self-signed certificate.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { signIn } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'

let dovecot: DovecotServer
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paquebot-start-'))
  dovecot = await startDovecot({
    users: { 'alice@example.test': 'demo', 'zoe@other.test': 'demo' },
    maxConnectionsPerUser: 1,
  })
})
after(async () => {
  await dovecot.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Started {
  readonly url: string
  /** Resolves to the exit code. */
  stop(): Promise<number | null>
}

let made = 0

/** Resolves when it listens, or to what it complained of. */
async function start(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Started | { readonly code: number | null; readonly complaint: string }> {
  const data = join(folder, `data${made++}`)
  const child = spawn(process.execPath, ['server/main.ts', '--listen', '127.0.0.1:0', '--data', data, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const listening = (async () => {
    for await (const line of createInterface(child.stdout)) {
      const { event, host, port } = JSON.parse(line)
      if (event === 'http.listening') return `http://${host}:${port}`
    }
    return null
  })()
  const url = await listening
  if (url === null) return { code: (await exited)[0], complaint }
  child.stdout.resume()
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      return (await exited)[0]
    },
  }
}

async function started(args: readonly string[], environment?: Record<string, string>): Promise<Started> {
  const outcome = await start(args, environment)
  if (!('url' in outcome)) assert.fail(outcome.complaint)
  return outcome
}

async function problemOf(
  url: string,
  username: string,
  password: string,
): Promise<{ status: number; type: string; title: string }> {
  const reply = await fetch(`${url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ username, password }),
  })
  const { type, title } = (await reply.json()) as { type: string; title: string }
  return { status: reply.status, type, title }
}

const smtp = () => ['--smtp', `smtp+insecure://127.0.0.1:${dovecot.submissionPort}`]

for (const [name, server] of [
  ['TLS', () => `imaps://127.0.0.1:${dovecot.imapsPort}`],
  ['STARTTLS', () => `imap://127.0.0.1:${dovecot.imapPort}`],
] as const) {
  test(`over ${name}, a pinned self-signed certificate is all the set-up there is, and SIGTERM ends it with 0`, async () => {
    const node = await started(['--imap', server(), '--imap-pin', dovecot.certSha256, ...smtp()])
    try {
      const client = await signIn(node)
      const [, { list }] = await client.call('Mailbox/get', { accountId: client.accountId })
      assert.ok((list as { role: string | null }[]).some(({ role }) => role === 'inbox'))
      assert.equal((await fetch(`${node.url}/readyz`)).status, 200)
    } finally {
      assert.equal(await node.stop(), 0)
    }
  })

  test(`over ${name}, a self-signed certificate that is not pinned, or another than the pinned one, is not trusted`, async () => {
    for (const pin of [[], ['--imap-pin', '0'.repeat(64)]]) {
      const node = await started(['--imap', server(), ...pin, ...smtp()])
      try {
        assert.deepEqual((await problemOf(node.url, 'alice@example.test', 'demo')).type, 'untrustedServer')
      } finally {
        await node.stop()
      }
    }
  })
}

test('a wrong password, a server that is down, an untrusted one and a full one are four messages', async () => {
  const plain = ['--imap', `imap+insecure://127.0.0.1:${dovecot.imapPort}`, ...smtp()]
  const down = await started(['--imap', 'imap+insecure://127.0.0.1:1', ...smtp()])
  const untrusted = await started(['--imap', `imaps://127.0.0.1:${dovecot.imapsPort}`, ...smtp()])
  const [one, two] = [await started(plain), await started(plain)]
  try {
    const wrong = await problemOf(one.url, 'alice@example.test', 'wrong')
    await signIn(one)
    // The only connection that Dovecot gives this user is the first node's.
    const full = await problemOf(two.url, 'alice@example.test', 'demo')
    const problems = [
      wrong,
      await problemOf(down.url, 'alice@example.test', 'demo'),
      await problemOf(untrusted.url, 'alice@example.test', 'demo'),
      full,
    ]
    assert.deepEqual(
      problems.map(({ type }) => type),
      ['badCredentials', 'unavailable', 'untrustedServer', 'tooManyConnections'],
    )
    assert.equal(new Set(problems.map(({ title }) => title)).size, 4)
  } finally {
    await Promise.all([down, untrusted, one, two].map((node) => node.stop()))
  }
})

test('the configuration file sends each mail domain to its server', async () => {
  const file = join(folder, 'two.toml')
  await writeFile(
    file,
    `[[mail_server]]
domains = ["example.test"]
imap = "imap+insecure://127.0.0.1:${dovecot.imapPort}"
smtp = "smtp+insecure://127.0.0.1:1"
[[mail_server]]
domains = ["*"]
imap = "imap+insecure://127.0.0.1:1"
smtp = "smtp+insecure://127.0.0.1:1"
`,
  )
  const node = await started(['--config', file])
  try {
    await signIn(node)
    assert.equal((await problemOf(node.url, 'zoe@other.test', 'demo')).type, 'unavailable')
  } finally {
    await node.stop()
  }
})

test('what is wrong with options, file and environment is told at once, with 78', async () => {
  const file = join(folder, 'wrong.toml')
  await writeFile(file, '[http]\nlisten = 5\n\n[[mail_server]]\nimap = "imaps://a"\nimap_pn = "00"\n')
  const outcome = await start(['--config', file], { PAQUEBOT_IMAP_IDLE_CLOSE: 'soon' })
  assert.ok('code' in outcome)
  assert.equal(outcome.code, 78)
  assert.match(outcome.complaint, /wrong\.toml:6: .*imap_pn.*imap_pin/)
  assert.match(outcome.complaint, /PAQUEBOT_IMAP_IDLE_CLOSE/)
})

test('without any mail server it says which options to give', async () => {
  const outcome = await start([])
  assert.ok('code' in outcome && outcome.code === 78)
  assert.match(outcome.complaint, /--imap and --smtp/)
})
