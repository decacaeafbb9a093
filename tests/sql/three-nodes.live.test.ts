// Three whole nodes over one pair of databases, spoken to round robin over HTTP: a replica five seconds late shows nobody a setting that he has
// changed already, neither a client that tells its position nor one that has never heard of positions, nor one that was told by push.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newKeyLine } from '#boot/key-ring.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { signIn } from '#testing/node.ts'
import { migrateServer } from '#testing/server-sql.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { type MariadbPair, startMariadbPair } from '#testing/servers/mariadb.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'

const pairs = 40

let dovecot: DovecotServer
let database: MariadbPair
let folder: string
const nodes: WholeNode[] = []

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paquebot-three-'))
  const keyRing = join(folder, 'keys')
  writeFileSync(keyRing, `${newKeyLine(Date.now())}\n`, { mode: 0o600 })
  ;[dovecot, database] = await Promise.all([startDovecot(), startMariadbPair()])
  await migrateServer(database.writer.dsn())
  for (let at = 0; at < 3; at++)
    nodes.push(
      await startWholeNode({
        host: dovecot.host,
        imapPort: dovecot.imapPort,
        smtpPort: 1,
        config: {
          sql: { write: [database.writer.dsn()], read: [database.replica.dsn()] },
          security: { keyRing },
          blob: { folders: [join(folder, 'blobs')] },
        },
      }),
    )
  await database.delay(5)
})
after(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await Promise.all([database.stop(), dovecot.stop()])
  rmSync(folder, { recursive: true, force: true })
})

test('what is written through one node is read through the next', async (t) => {
  const client = await signIn(nodes[0] as WholeNode)
  const { accountId } = client
  const using = Object.values(capabilities).filter((urn) => urn === capabilities.core || urn === capabilities.paquebot)
  let turn = 0
  async function call(name: string, args: object, position: string | null) {
    const { url } = nodes[turn++ % nodes.length] as WholeNode
    const reply = await fetch(`${url}/jmap/api`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        cookie: client.cookie,
        'x-csrf-token': client.csrf,
        origin: url,
        ...(position !== null && { 'paquebot-position': position }),
      },
      body: JSON.stringify({ using, methodCalls: [[name, { accountId, ...args }, 'c']] }),
    })
    const body = (await reply.json()) as { methodResponses: [string, Record<string, unknown>, string][] }
    assert.equal(body.methodResponses[0]?.[0], name, JSON.stringify(body))
    return { result: body.methodResponses[0][1], position: reply.headers.get('paquebot-position') }
  }
  const stale: string[] = []
  for (const tells of [true, false]) {
    let position: string | null = null
    for (let at = 1; at <= pairs; at++) {
      const undoSeconds = (at % 29) + 1
      const written = await call(
        'Settings/set',
        { update: { composing: { 'value/undoSeconds': undoSeconds } } },
        position,
      )
      assert.ok(written.result.updated, JSON.stringify(written.result))
      assert.ok(written.position, 'a write tells its position')
      if (tells) position = written.position
      const read = await call('Settings/get', { ids: ['composing'] }, position)
      const [setting] = read.result.list as { value: { undoSeconds: number } }[]
      if (setting?.value.undoSeconds !== undoSeconds) stale.push(`${setting?.value.undoSeconds} for ${undoSeconds}`)
      if (tells) position = read.position ?? position
    }
  }
  const all = nodes.map((node) => node.storage.split?.stats())
  t.diagnostic(`${2 * pairs} pairs; ${JSON.stringify(all)}`)
  assert.deepEqual(stale, [])
})

test('who hears of a change by push is told where to read it', async () => {
  const [one, other] = nodes as [WholeNode, WholeNode]
  const listener = await signIn(one)
  const writer = await signIn(other)
  const stop = new AbortController()
  const stream = await listener.fetch('/jmap/events?types=Settings&closeafter=no&ping=0', { signal: stop.signal })
  const heard = (async () => {
    let text = ''
    for await (const bytes of stream.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(bytes).toString()
      if (text.includes('event: state')) return text
    }
    return text
  })()
  const { accountId } = writer
  await writer.call('Settings/set', { accountId, update: { composing: { 'value/undoSeconds': 3 } } })
  const text = await heard
  stop.abort()
  const told = /event: position\ndata: (\S+)\n\nevent: state\n/.exec(text)?.[1]
  assert.match(String(told), /^m:\d+-\d+-\d+/)
  // With it the change is found on a third node, whose replica has not got it yet.
  const third = nodes[2] as WholeNode
  const reply = await fetch(`${third.url}/jmap/api`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: listener.cookie,
      'x-csrf-token': listener.csrf,
      origin: third.url,
      'paquebot-position': String(told),
    },
    body: JSON.stringify({
      using: [capabilities.core, capabilities.paquebot],
      methodCalls: [['Settings/get', { accountId, ids: ['composing'] }, 'c']],
    }),
  })
  const body = (await reply.json()) as { methodResponses: [string, { list: { value: { undoSeconds: number } }[] }][] }
  assert.equal(body.methodResponses[0]?.[1].list[0]?.value.undoSeconds, 3)
})
