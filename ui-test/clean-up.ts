// Removes what the test made, by JMAP and not by the screen, which may be what is broken: the messages with its mark, wherever they are,
// its folder and its templates. Signs in by itself (HTTP Basic): the browser may have got no further than the first page.

interface Deps {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly mark: string
  readonly fetch: typeof fetch
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely.
type Answer = any

const capabilities = ['core', 'mail', 'submission'].map((name) => `urn:ietf:params:jmap:${name}`)

/** What was removed, in words. Throws when something cannot be. */
export async function cleanUp({ url, user, password, mark, fetch }: Deps): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  async function answered(path: string, init: RequestInit = {}): Promise<Answer> {
    const reply = await fetch(new URL(path, url), {
      ...init,
      headers: { authorization, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(60_000),
    })
    if (!reply.ok) throw new Error(`${path} answered ${reply.status}`)
    return reply.json()
  }
  const session = await answered('/jmap/session')
  const settings = Object.keys(session.capabilities).filter((name) =>
    name.startsWith('urn:paquebot:params:jmap:settings'),
  )
  const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail']
  async function call(name: string, args: Record<string, unknown>): Promise<Answer> {
    const { methodResponses } = await answered('/jmap/api', {
      method: 'POST',
      body: JSON.stringify({
        using: [...capabilities, ...settings],
        methodCalls: [[name, { accountId, ...args }, 'c']],
      }),
    })
    const [kind, answer] = methodResponses[0]
    if (kind === 'error') throw new Error(`${name}: ${answer.type}`)
    return answer
  }

  // In the subject of the message itself, of its copy in Sent, and of the draft if it was never sent.
  const { ids } = await call('Email/query', { filter: { subject: mark } })
  if (ids.length > 0) {
    const { list } = await call('Email/get', { ids, properties: ['subject'] })
    const own = list.filter((email: Answer) => String(email.subject).includes(mark)).map((email: Answer) => email.id)
    // First what would still be sent, or is told as failed in the outbox.
    const { ids: submissions } = await call('EmailSubmission/query', { filter: { emailIds: own } })
    await call('EmailSubmission/set', {
      update: Object.fromEntries(submissions.map((id: string) => [id, { undoStatus: 'canceled' }])),
    })
    await call('EmailSubmission/set', { destroy: submissions })
    const { notDestroyed } = await call('Email/set', { destroy: own })
    refuse('messages', notDestroyed)
  }
  const { list: mailboxes } = await call('Mailbox/get', { properties: ['name'] })
  const folders = mailboxes.filter((one: Answer) => String(one.name).includes(mark)).map((one: Answer) => one.id)
  if (folders.length > 0) {
    const { notDestroyed } = await call('Mailbox/set', { destroy: folders, onDestroyRemoveEmails: true })
    refuse('folder', notDestroyed)
  }
  if (settings.length > 0) {
    const { list } = await call('Template/get', { ids: null })
    const templates = list.filter((one: Answer) => one.name === mark).map((one: Answer) => one.id)
    if (templates.length > 0) refuse('template', (await call('Template/set', { destroy: templates })).notDestroyed)
  }
  return `${ids.length} messages, ${folders.length} folder${folders.length === 1 ? '' : 's'}`
}

function refuse(what: string, notDestroyed: Record<string, { readonly type: string }> | null | undefined): void {
  const [error] = Object.values(notDestroyed ?? {})
  if (error && error.type !== 'notFound') throw new Error(`${what}: ${error.type}`)
}
