// What Roundcube's wiki warns of: uploads that lie with one node while another sends. Three whole nodes behind a balancer that gives every
// request to the next one; at the mail server each attachment is compared by its hash.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eventually } from '#testing/eventually.ts'
import { signIn, type TestClient } from '#testing/node.ts'
import { startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode } from '#testing/whole-node.ts'

const people = ['alice', 'bob', 'carol'].map((name) => `${name}@example.test`)
const mailsEach = 40
const workersEach = 2
const attachmentsEach = 9 // 3 × 40 × 9 = 1,080

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely; what they are is what the test checks.
type Answer = any

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Each request to the next node, whoever it comes from; the answer says which one that was. */
async function startRoundRobin(t: TestContext, ports: readonly number[]): Promise<string> {
  const agent = new Agent({ keepAlive: true })
  let turn = 0
  const server = createServer((from, to) => {
    const at = turn++ % ports.length
    const onward = request({ agent, port: ports[at], method: from.method, path: from.url, headers: from.headers })
    onward.on('response', (answer) => {
      to.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-test-node': String(at) })
      answer.pipe(to)
    })
    onward.on('error', (error) => to.destroy(error))
    from.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
    agent.destroy()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

/** The attachments' hashes, by what is between the boundaries: a parser of ours would not be a witness. */
function attachmentHashes(message: string): string[] {
  const bodies = message.matchAll(/Content-Disposition: attachment[\s\S]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+?)\r\n--/gi)
  return [...bodies].map(([, text = '']) => hashOf(Buffer.from(text, 'base64')))
}

test('under strict round robin every attachment that was uploaded through one node is sent by another, whole', async (t) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'paquebot-fleet-'))
  const dovecot = await startDovecot()
  const sink = await startScriptedSmtp({ offers: ['PIPELINING', 'SIZE 50000000', '8BITMIME', 'AUTH PLAIN'] })
  const start = () =>
    startWholeNode({
      host: '127.0.0.1',
      imapPort: dovecot.imapPort,
      smtpPort: sink.port,
      dataFolder,
      config: { submission: { undo: 0 } },
    })
  const nodes = [await start(), await start(), await start()]
  t.after(async () => {
    for (const node of nodes) await node.stop()
    await sink.stop()
    await dovecot.stop()
    rmSync(dataFolder, { recursive: true, force: true })
  })
  const url = await startRoundRobin(
    t,
    nodes.map((node) => Number(new URL(node.url).port)),
  )
  const wanted = new Map<string, string[]>()
  let crossings = 0

  async function sendOne(client: TestClient, from: string, drafts: string, identityId: string, subject: string) {
    const files = Array.from({ length: attachmentsEach }, (_, at) => randomBytes(200 + at * 400))
    const uploads = []
    for (const file of files) {
      const answer = await client.fetch(`/jmap/upload/${client.accountId}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: new Uint8Array(file),
      })
      assert.equal(answer.status, 201, await answer.clone().text())
      uploads.push({ node: answer.headers.get('x-test-node'), ...((await answer.json()) as { blobId: string }) })
    }
    const create = {
      mailboxIds: { [drafts]: true },
      keywords: { $draft: true },
      from: [{ email: from }],
      to: [{ email: 'sink@example.test' }],
      subject,
      textBody: [{ partId: 't', type: 'text/plain' }],
      bodyValues: { t: { value: subject } },
      attachments: uploads.map(({ blobId }, at) => ({
        blobId,
        type: 'application/octet-stream',
        name: `${at}.bin`,
        disposition: 'attachment',
      })),
    }
    const { node: writer, answer: written } = await call(client, 'Email/set', { create: { m: create } })
    const emailId = written.created?.m?.id
    assert.ok(emailId, JSON.stringify(written.notCreated))
    crossings += uploads.filter(({ node }) => node !== writer).length
    const { answer: sent } = await call(client, 'EmailSubmission/set', { create: { s: { identityId, emailId } } })
    assert.ok(sent.created?.s, JSON.stringify(sent.notCreated))
    wanted.set(subject, files.map(hashOf))
  }

  for (const [at, address] of people.entries()) {
    const client = await signIn({ url }, address)
    const { answer: mailboxes } = await call(client, 'Mailbox/get', { ids: null })
    const drafts = mailboxes.list.find((mailbox: Answer) => mailbox.role === 'drafts').id
    const { answer: identities } = await call(client, 'Identity/get', { ids: null })
    const worker = async (first: number) => {
      for (let mail = first; mail < mailsEach; mail += workersEach)
        await sendOne(client, address, drafts, identities.list[0].id, `mail ${at} ${mail}`)
    }
    await Promise.all(Array.from({ length: workersEach }, (_, first) => worker(first)))
  }
  const mails = people.length * mailsEach
  await eventually(
    () => sink.messages.length,
    (count) => count >= mails,
    'every mail was sent',
    120_000,
  )
  assert.equal(sink.messages.length, mails, 'each once')
  let attachments = 0
  for (const message of sink.messages) {
    const subject = /^Subject: (.*)$/im.exec(message)?.[1]?.trim() ?? ''
    assert.deepEqual(attachmentHashes(message).sort(), wanted.get(subject)?.sort(), subject)
    attachments += attachmentsEach
  }
  t.diagnostic(`${attachments} attachments in ${mails} mails, ${crossings} written by another node than they came to`)
  assert.ok(attachments >= 1000 && crossings > attachments / 3)
})

async function call(client: TestClient, name: string, args: unknown): Promise<{ node: string | null; answer: Answer }> {
  const reply = await client.fetch('/jmap/api', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      using: ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', 'urn:ietf:params:jmap:submission'],
      methodCalls: [[name, { accountId: client.accountId, ...(args as object) }, 'c']],
    }),
  })
  const body = (await reply.json()) as Answer
  assert.equal(body.methodResponses?.[0]?.[0], name, JSON.stringify(body))
  return { node: reply.headers.get('x-test-node'), answer: body.methodResponses[0][1] }
}
