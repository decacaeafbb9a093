// A person with a large mailbox signs in at a node that has never seen it: the web client's own store, without a browser, over a whole node
// and Dovecot, with a proxy between them that holds back whatever is more than a first screen needs.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SessionResource } from '#shared/jmap/core.ts'
import { eventually } from '#testing/eventually.ts'
import { signIn } from '#testing/node.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { fillMailbox, type NewMail } from '#testing/servers/fill-mailbox.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { type CountingProxy, startCountingProxy } from '../../bench/counting-proxy.ts'
import { openClient } from '../../web/src/jmap/client.ts'
import { openStore } from '../../web/src/store/mail-store.ts'
import type { MailStore } from '../../web/src/store/types.ts'

/** More than the index would hold before a first screen is asked for ([imap] firstScreenFrom). */
const MESSAGES = 4_000
/** So many of them are answers in the inbox to the one a hundred before them. */
const ANSWERS = 40
const password = 'demo'
const username = 'cold@example.test'

let dovecot: DovecotServer
let proxy: CountingProxy
let node: WholeNode

before(async () => {
  dovecot = await startDovecot({ users: { [username]: password }, extraConfig: 'mail_fsync = never' })
  proxy = await startCountingProxy(dovecot.imapPort)
  node = await startWholeNode({ host: '127.0.0.1', imapPort: proxy.port, smtpPort: 1 })
  await fillMailbox({ port: dovecot.imapPort, username, password }, [...mails()], () => {})
})
after(async () => {
  await node?.stop()
  await proxy?.close()
  await dovecot?.stop()
})

function* mails(): Generator<NewMail> {
  const mail = (folder: string, n: number, date: number, answers: number | null): NewMail => ({
    folder,
    flags: ['\\Seen'],
    date: new Date(date),
    raw: Buffer.from(
      `From: a@x.test\r\nTo: b@x.test\r\nSubject: ${folder} ${n}\r\nMessage-ID: <${folder}${n}@x.test>\r\n${
        answers === null ? '' : `References: <INBOX${answers}@x.test>\r\n`
      }\r\nText ${n}\r\n`,
    ),
  })
  for (let n = 0; n < MESSAGES; n++) {
    const isAnswer = n >= MESSAGES - 2 * ANSWERS && n % 2 === 0
    // Seven in each second: whole screens of equal dates would come in the wrong order if a window of them were sorted by itself.
    yield mail('INBOX', n, Date.UTC(2026, 0, 1) + Math.floor(n / 7) * 1_000, isAnswer ? n - 101 : null)
  }
  yield mail('Sent', 0, Date.UTC(2026, 1, 1), MESSAGES - 1)
}

async function openWeb(): Promise<{ store: MailStore; requests: readonly string[]; close: () => void }> {
  const browser = await signIn(node, username, password)
  const session = (await (await browser.fetch('/jmap/session')).json()) as SessionResource
  const requests: string[] = []
  let isOpen = true
  const client = openClient(session, {
    csrf: () => browser.csrf,
    signInAgain: () => Promise.reject(new Error('signed out')),
    fetch: async (url, init) => {
      // A page that is closed asks no more; a server that is gone would be asked for ever.
      if (!isOpen) return new Response('{}', { status: 500 })
      const { methodCalls } = JSON.parse(String(init?.body)) as { methodCalls: [string][] }
      requests.push(methodCalls.map(([name]) => name).join(' '))
      return await browser.fetch(new URL(String(url)).pathname, init)
    },
  })
  return { store: openStore(client), requests, close: () => (isOpen = false) }
}

test('the first rows of conversations, and the next, are there before the mailbox has been read; their number and what belongs to them come behind', async (t) => {
  const perConnectionBytes = 150_000
  const { store, requests, close } = await openWeb()
  proxy.take()
  // No connection may say more than this: whoever waited for the index would wait for ever.
  proxy.setAllowance(perConnectionBytes)
  try {
    const inbox = await eventually(() => store.mailboxByRole('inbox'), Boolean, 'the folders')
    const spec = { filter: { inMailbox: inbox!.id }, collapseThreads: true }
    const query = store.query(spec)
    query.subscribe(() => {})
    const subjectAt = (at: number) => {
      const id = query.idAt(at)
      return id === undefined ? undefined : store.row(id, spec)?.latest.subject
    }
    await eventually(() => subjectAt(49), Boolean, 'the first screen')
    const { bytesDown, commands } = proxy.take()
    t.diagnostic(`first screen: ${bytesDown} octets, ${JSON.stringify(commands)}; ${requests.join(' | ')}`)
    const first = Array.from({ length: 50 }, (_, at) => query.idAt(at))
    assert.equal(subjectAt(0), `INBOX ${MESSAGES - 1}`)
    assert.equal(subjectAt(1), `INBOX ${MESSAGES - 2}`)
    assert.equal(query.isTotalKnown, false)
    assert.equal(store.row(first[0]!, spec)?.emails.length, 1)

    query.show(60, 80)
    await eventually(() => subjectAt(79), Boolean, 'the second screen')
    assert.equal(query.isTotalKnown, false)
    const second = Array.from({ length: 20 }, (_, at) => query.idAt(60 + at))
    assert.equal(new Set([...first, ...second]).size, 70)
    query.show(0, 20)

    const { bytesDown: more } = proxy.take()
    // What was held back is not ours: index and account may say so much on each connection.
    assert.ok(bytesDown + more < 4 * perConnectionBytes, `${bytesDown + more} octets`)

    proxy.setAllowance(null)
    await eventually(() => query.isTotalKnown, Boolean, 'the number of conversations')
    assert.equal(query.total, MESSAGES - ANSWERS)
    assert.deepEqual(
      Array.from({ length: 50 }, (_, at) => query.idAt(at)),
      first,
    )
    // The newest has an answer of ours in Sent.
    await eventually(
      () => store.row(first[0]!, spec)?.emails.length,
      (count) => count === 2,
      'the conversation',
    )
    query.show(60, 80)
    await eventually(() => query.idAt(60) === second[0] && query.idAt(79) === second[19], Boolean, 'the second screen')
    // No more is asked than that: what an answer says of states sets off no further reading.
    assert.ok(requests.length < 12, requests.join('\n'))
  } finally {
    close()
    proxy.setAllowance(null)
  }
})
