// One person in front of the pair: signs in once and goes on with that session whatever happens. Told by lines on standard input what to do;
// answers each with a line of JSON.

import { createHash, randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { type Browser, openBrowser, reasonOf } from '../load/browser.ts'

export interface VisitorOptions {
  readonly origin: string
  readonly username: string
  readonly password: string
  readonly to: string
}

export interface Sent {
  readonly messageId: string
  /** Of the attachment. */
  readonly sha256: string
  readonly tookMs: number
  /** Since the visitor came. */
  readonly loggedOut: number
}

const options = JSON.parse(process.env.LAB_VISITOR ?? '{}') as VisitorOptions
let loggedOut = 0
let browser: Browser | undefined
/** Attached, and not sent yet. */
let waiting: { readonly blobId: string; readonly sha256: string } | undefined

async function come(): Promise<Browser> {
  const { origin, username, password } = options
  const onLoggedOut = () => void loggedOut++
  return (browser ??= await openBrowser({ origin, username, password, onLoggedOut, onStream: () => {} }))
}

async function attach() {
  const bytes = randomBytes(300_000)
  const { blobId } = await (await come()).upload(bytes)
  waiting = { blobId, sha256: createHash('sha256').update(bytes).digest('hex') }
}

async function send(): Promise<Sent> {
  const { client } = await come()
  const { accountId } = client
  const file = waiting
  if (!file) throw new Error('nothing is attached')
  const started = performance.now()
  const { list: mailboxes } = await client.call('Mailbox/get', { accountId, ids: null })
  const { list: identities } = await client.call('Identity/get', { accountId, ids: null })
  const drafts = mailboxes.find(({ role }) => role === 'drafts')?.id as string
  const messageId = `${randomBytes(8).toString('hex')}@visitor.invalid`
  const draft = {
    mailboxIds: { [drafts]: true },
    keywords: { $draft: true, $seen: true },
    messageId: [messageId],
    from: [{ name: null, email: options.username }],
    to: [{ name: null, email: options.to }],
    subject: 'from the pair',
    textBody: [{ partId: 'text', type: 'text/plain' }] as never,
    bodyValues: { text: { value: 'Attached.\n', isEncodingProblem: false, isTruncated: false } },
    attachments: [
      { blobId: file.blobId, name: 'file.bin', type: 'application/octet-stream', cid: null, disposition: 'attachment' },
    ] as never,
  }
  const { created, notCreated } = await client.call('Email/set', { accountId, create: { draft } })
  const emailId = created?.draft?.id
  if (!emailId) throw new Error(`no draft: ${JSON.stringify(notCreated?.draft)}`)
  const create = { send: { identityId: identities[0]?.id, emailId, idempotencyKey: messageId, fileSent: true } }
  const submitted = await client.call('EmailSubmission/set', { accountId, create } as never, { mayRepeat: true })
  if (!submitted.created?.send) throw new Error(`not sent: ${JSON.stringify(submitted.notCreated?.send)}`)
  waiting = undefined
  return { messageId, sha256: file.sha256, tookMs: Math.round(performance.now() - started), loggedOut }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const told = line === 'attach' ? await attach() : line === 'send' ? await send() : await come()
    process.stdout.write(`${JSON.stringify({ ok: line === 'send' ? told : null })}\n`)
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ failed: reasonOf(error) })}\n`)
  }
}
await browser?.close()
