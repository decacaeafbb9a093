// What README promises of `npm run demo`: mail, a webmail that shows it, a quick second start, and nothing left behind however it ends.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname, '..')
let dataDir: string
const started: ChildProcess[] = []
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pq-demo-'))
  await chmod(dataDir, 0o755)
})
after(async () => {
  for (const child of started) {
    child.kill('SIGKILL')
    for (const stream of [child.stdout, child.stderr]) stream?.destroy()
  }
  await rm(dataDir, { recursive: true, force: true })
})

interface Demo {
  readonly child: ChildProcess
  readonly url: string
  readonly output: () => string
  readonly seconds: number
}

async function startDemo(command: readonly string[], ...more: readonly string[]): Promise<Demo> {
  const from = performance.now()
  const [file, ...args] = [...command, '--port', '0', '--messages', '50', '--data', dataDir, ...more]
  const child = spawn(file as string, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  for (;;) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]
    if (url && output.includes('Ctrl-C'))
      return { child, url, output: () => output, seconds: (performance.now() - from) / 1_000 }
    if (child.exitCode !== null) assert.fail(`the demo ended: ${output}`)
    await sleep(20)
  }
}

const direct = [process.execPath, 'demo/main.ts']
const byNpm = ['npm', 'run', 'demo', '--']

/** The process and all below it, by the parents that /proc tells. */
async function familyOf(pid: number): Promise<number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const family = [pid]
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child)
  return family
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

async function assertAllGone(pids: readonly number[], withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs
  let left = [...pids]
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(50)
    const alive = await Promise.all(left.map(isAlive))
    left = left.filter((_, n) => alive[n])
  }
  assert.deepEqual(left, [])
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; what they are is what the tests check.
type Answer = any
type Jmap = (...calls: [method: string, args: Record<string, unknown>][]) => Promise<Answer[]>

async function signIn(url: string, username: string): Promise<Jmap> {
  const signedIn = await fetch(`${url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ username, password: 'demo', remember: false }),
  })
  assert.equal(signedIn.status, 200)
  const { csrf } = (await signedIn.json()) as { csrf: string }
  const headers = {
    cookie: signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '',
    'x-csrf-token': csrf,
    'content-type': 'application/json',
    origin: url,
  }
  const session = (await (await fetch(`${url}/jmap/session`, { headers })).json()) as Answer
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail']
  return async (...calls) => {
    const reply = await fetch(`${url}/jmap/api`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        using: ['core', 'mail', 'submission'].map((name) => `urn:ietf:params:jmap:${name}`),
        methodCalls: calls.map(([name, args], n) => [name, { accountId, ...args }, String(n)]),
      }),
    })
    const { methodResponses } = (await reply.json()) as Answer
    return methodResponses.map(([, args]: [string, Answer]) => args)
  }
}

/** How many messages each folder has, as a signed-in person sees it. */
async function countMail(url: string, username: string): Promise<Record<string, number>> {
  const jmap = await signIn(url, username)
  const [{ list }] = await jmap(['Mailbox/get', {}])
  return Object.fromEntries(list.map(({ name, totalEmails }: Answer) => [name, totalEmails]))
}

let firstCounts: Record<string, number>

test('the first start makes mail for three people and shows it to whoever signs in', async () => {
  const demo = await startDemo(direct)
  firstCounts = await countMail(demo.url, 'alice@example.test')
  assert.equal(
    Object.values(firstCounts).reduce((sum, count) => sum + count, 0),
    50,
  )
  assert.ok((firstCounts.Sent ?? 0) > 0)
  for (const username of ['bob@example.test', 'carol@example.test']) {
    const counts = Object.values(await countMail(demo.url, username))
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      50,
    )
  }
  assert.match(demo.output(), /alice@example\.test\s+demo/)
  const page = await fetch(demo.url)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /<script type="module"/)

  const family = await familyOf(demo.child.pid as number)
  assert.ok(family.length > 4, 'the demo, Dovecot and its processes')
  demo.child.kill('SIGINT')
  const [status] = (await once(demo.child, 'exit')) as [number | null]
  assert.equal(status, 0, demo.output())
  await assertAllGone(family)
})

test('the second start finds the mail where it was, without making any', async () => {
  const demo = await startDemo(direct)
  assert.doesNotMatch(demo.output(), /Writing/)
  assert.deepEqual(await countMail(demo.url, 'alice@example.test'), firstCounts)
  const family = await familyOf(demo.child.pid as number)
  demo.child.kill('SIGKILL')
  await assertAllGone(family)
})

test('what Alice writes reaches Bob, and lies in her Sent', async () => {
  const demo = await startDemo(direct)
  const alice = await signIn(demo.url, 'alice@example.test')
  const [mailboxes, identities] = await alice(['Mailbox/get', { properties: ['role'] }], ['Identity/get', {}])
  const role = (wanted: string): string => mailboxes.list.find((one: Answer) => one.role === wanted).id
  const subject = `Rope, ${Date.now()}`
  const draft = {
    mailboxIds: { [role('drafts')]: true },
    keywords: { $draft: true },
    from: [{ email: 'alice@example.test' }],
    to: [{ email: 'bob@example.test' }],
    subject,
    bodyStructure: { type: 'text/plain', partId: 't' },
    bodyValues: { t: { value: 'Rope starts on the first.\n' } },
  }
  const onSuccessUpdateEmail = {
    '#s': { [`mailboxIds/${role('drafts')}`]: null, [`mailboxIds/${role('sent')}`]: true, 'keywords/$draft': null },
  }
  const [, sent] = await alice(
    ['Email/set', { create: { e: draft } }],
    [
      'EmailSubmission/set',
      { create: { s: { identityId: identities.list[0].id, emailId: '#e' } }, onSuccessUpdateEmail },
    ],
  )
  assert.ok(sent.created?.s, JSON.stringify(sent))
  const bob = await signIn(demo.url, 'bob@example.test')
  const isThere = async (jmap: Jmap) => (await jmap(['Email/query', { filter: { subject } }]))[0].ids.length === 1
  for (let tries = 0; tries < 150 && !(await isThere(bob)); tries++) await sleep(200)
  assert.ok(await isThere(bob))
  const [inSent] = await alice(['Email/query', { filter: { subject, inMailbox: role('sent') } }])
  assert.equal(inSent.ids.length, 1)
  demo.child.kill('SIGINT')
  await once(demo.child, 'exit')
})

test('when npm is killed, all that it started ends', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const demo = await startDemo(byNpm)
    const family = await familyOf(demo.child.pid as number)
    demo.child.kill(signal)
    await assertAllGone(family)
  }
})

test('a port that is taken is told, with what to type, and nothing is started', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  await assert.rejects(
    startDemo(direct, '--port', String(port)),
    new RegExp(`Port ${port} is taken.*--port ${port + 1}`),
  )
  other.close()
})

test('a wrong option is told', async () => {
  await assert.rejects(startDemo(direct, '--messages', 'many'), /--messages must be a number/)
})
