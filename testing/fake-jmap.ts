// A JMAP server in memory, of the parts that the web client's store lives on: mailboxes, threads, emails, their changes,
// queries and query changes. For unit tests of the store; the real server is tested elsewhere.

import type { Invocation, JmapRequest, JmapResponse, SetError } from '#shared/jmap/core.ts'
import type { Email, EmailFilter, EmailFilterCondition, Mailbox } from '#shared/jmap/mail.ts'

type Args = Record<string, unknown>
type Kind = 'created' | 'updated' | 'destroyed'
export type FakeEmail = Pick<
  Email,
  'id' | 'threadId' | 'mailboxIds' | 'keywords' | 'receivedAt' | 'subject' | 'from' | 'preview'
> &
  Partial<Email>

export class FakeJmap {
  readonly emails = new Map<string, FakeEmail>()
  readonly mailboxes = new Map<string, { id: string; name: string; parentId: string | null; role: Mailbox['role'] }>()
  /** Every request as it came, for counting. */
  readonly requests: JmapRequest[] = []
  /** Set ids that the server shall refuse to change. */
  readonly refused = new Set<string>()
  canCalculateQueryChanges = true
  maxObjectsInGet = 500
  #state = 1
  #log: { state: number; type: 'Email' | 'Mailbox' | 'Thread'; id: string; kind: Kind }[] = []
  #results = new Map<string, readonly string[]>()
  #nextId = 1

  get state(): string {
    return String(this.#state)
  }

  addMailbox(id: string, role: Mailbox['role'] = null, name = id): void {
    this.mailboxes.set(id, { id, name, parentId: null, role })
  }

  addEmail(email: Partial<FakeEmail> & { id: string }): void {
    const isNewThread = ![...this.emails.values()].some(({ threadId }) => threadId === email.threadId)
    this.emails.set(email.id, {
      threadId: `t-${email.id}`,
      mailboxIds: { inbox: true },
      keywords: {},
      receivedAt: '2026-01-01T00:00:00Z',
      subject: `Subject of ${email.id}`,
      from: [{ name: 'Ada', email: 'ada@example.test' }],
      to: [],
      preview: '',
      blobId: `m${email.id}`,
      size: 1000,
      hasAttachment: false,
      ...email,
    })
    const threadId = this.emails.get(email.id)?.threadId ?? ''
    this.#note('Email', email.id, 'created')
    this.#note('Thread', threadId, isNewThread ? 'created' : 'updated')
  }

  update(id: string, change: Partial<FakeEmail>): void {
    const email = this.emails.get(id)
    if (!email) throw new Error(`no email ${id}`)
    this.emails.set(id, { ...email, ...change })
    this.#note('Email', id, 'updated')
  }

  destroy(id: string): void {
    const threadId = this.emails.get(id)?.threadId ?? ''
    this.emails.delete(id)
    this.#note('Email', id, 'destroyed')
    const isLast = ![...this.emails.values()].some((email) => email.threadId === threadId)
    this.#note('Thread', threadId, isLast ? 'destroyed' : 'updated')
  }

  /** States before this one are unknown from now on: `changes` cannot be calculated. */
  forgetHistory(): void {
    this.#log = []
    this.#results.clear()
    this.#state += 100
  }

  handle(request: JmapRequest): JmapResponse {
    this.requests.push(request)
    const responses: Invocation[] = []
    for (const [name, args, callId] of request.methodCalls) {
      try {
        responses.push([name, this.#run(name, resolve(args, responses)), callId])
      } catch (error) {
        responses.push(['error', { type: error instanceof Error ? error.message : 'serverFail' }, callId])
      }
    }
    return { methodResponses: responses, sessionState: '0' }
  }

  #note(type: 'Email' | 'Mailbox' | 'Thread', id: string, kind: Kind): void {
    this.#log.push({ state: ++this.#state, type, id, kind })
  }

  #run(name: string, args: Args): Args {
    switch (name) {
      case 'Mailbox/get':
        return this.#get([...this.mailboxes.keys()], args, (id) => this.#mailbox(id))
      case 'Thread/get':
        return this.#get([], args, (id) => this.#thread(id))
      case 'Email/get':
        return this.#get([], args, (id) => this.emails.get(id))
      case 'Mailbox/changes':
        return this.#mailboxChanges(args)
      case 'Thread/changes':
        return this.#changes('Thread', args)
      case 'Email/changes':
        return this.#changes('Email', args)
      case 'Email/query':
        return this.#query(args)
      case 'Email/queryChanges':
        return this.#queryChanges(args)
      case 'Email/set':
        return this.#set(args)
      case 'Mailbox/set':
        return this.#setMailbox(args)
      default:
        throw new Error('unknownMethod')
    }
  }

  #get(all: readonly string[], args: Args, find: (id: string) => object | undefined): Args {
    const ids = (args.ids as string[] | null) ?? all
    if (ids.length > this.maxObjectsInGet) throw new Error('requestTooLarge')
    const properties = args.properties as string[] | null | undefined
    const unique = [...new Set(ids)]
    return {
      state: this.state,
      list: unique.flatMap((id) => {
        const found = find(id) as Args | undefined
        if (!found) return []
        return [properties ? Object.fromEntries(['id', ...properties].map((key) => [key, found[key]])) : found]
      }),
      notFound: unique.filter((id) => !find(id)),
    }
  }

  #mailbox(id: string): Partial<Mailbox> | undefined {
    const mailbox = this.mailboxes.get(id)
    if (!mailbox) return undefined
    const inside = [...this.emails.values()].filter((email) => email.mailboxIds[id])
    const unread = inside.filter((email) => !email.keywords.$seen)
    return {
      ...mailbox,
      sortOrder: 0,
      isSubscribed: true,
      totalEmails: inside.length,
      unreadEmails: unread.length,
      totalThreads: inside.length,
      unreadThreads: unread.length,
    }
  }

  #thread(id: string): { id: string; emailIds: string[] } | undefined {
    const emails = [...this.emails.values()].filter(({ threadId }) => threadId === id)
    if (emails.length === 0) return undefined
    emails.sort((a, b) => a.receivedAt.localeCompare(b.receivedAt))
    return { id, emailIds: emails.map((email) => email.id) }
  }

  #changes(type: 'Email' | 'Mailbox' | 'Thread', args: Args): Args {
    const since = Number(args.sinceState)
    const known = this.#log.length === 0 ? this.#state : (this.#log[0]?.state ?? 0) - 1
    if (since < known) throw new Error('cannotCalculateChanges')
    const kinds = new Map<string, Kind>()
    for (const entry of this.#log) {
      if (entry.state <= since || entry.type !== type) continue
      const isNew = kinds.get(entry.id) === 'created' && entry.kind === 'updated'
      kinds.set(entry.id, isNew ? 'created' : entry.kind)
    }
    const of = (kind: Kind) => [...kinds].filter(([, other]) => other === kind).map(([id]) => id)
    return {
      oldState: args.sinceState,
      newState: this.state,
      hasMoreChanges: false,
      created: of('created'),
      updated: of('updated'),
      destroyed: of('destroyed'),
    }
  }

  #mailboxChanges(args: Args): Args {
    const changes = this.#changes('Mailbox', args)
    const named = new Set([...(changes.created as string[]), ...(changes.destroyed as string[])])
    const counted = [...this.mailboxes.keys()].filter((id) => !named.has(id))
    return { ...changes, updated: changes.newState === args.sinceState ? [] : counted, updatedProperties: null }
  }

  #ids(args: Args): string[] {
    const filter = (args.filter ?? {}) as EmailFilter
    const found = [...this.emails.values()].filter((email) => matches(filter, email))
    found.sort((a, b) => b.receivedAt.localeCompare(a.receivedAt) || a.id.localeCompare(b.id))
    if (!args.collapseThreads) return found.map(({ id }) => id)
    const seen = new Set<string>()
    return found.filter(({ threadId }) => !seen.has(threadId) && seen.add(threadId)).map(({ id }) => id)
  }

  #key(args: Args, state: string): string {
    return JSON.stringify([state, args.filter, args.collapseThreads ?? false])
  }

  #query(args: Args): Args {
    const ids = this.#ids(args)
    this.#results.set(this.#key(args, this.state), ids)
    const position = (args.position as number | undefined) ?? 0
    return {
      queryState: this.state,
      canCalculateChanges: this.canCalculateQueryChanges,
      position,
      ids: ids.slice(position, position + ((args.limit as number | undefined) ?? ids.length)),
      // RFC 8620 §5.5: only when asked for.
      ...(args.calculateTotal ? { total: ids.length } : {}),
    }
  }

  #queryChanges(args: Args): Args {
    const before = this.#results.get(this.#key(args, args.sinceQueryState as string))
    if (!before || !this.canCalculateQueryChanges) throw new Error('cannotCalculateChanges')
    const after = this.#ids(args)
    this.#results.set(this.#key(args, this.state), after)
    const touched = new Set(this.#log.filter((entry) => entry.state > Number(args.sinceQueryState)).map(({ id }) => id))
    const isMoved = (id: string) => touched.has(id) || !before.includes(id)
    return {
      oldQueryState: args.sinceQueryState,
      newQueryState: this.state,
      total: after.length,
      removed: [...before, ...touched].filter(
        (id, i, all) => (touched.has(id) || !after.includes(id)) && all.indexOf(id) === i,
      ),
      added: after.map((id, index) => ({ id, index })).filter(({ id }) => isMoved(id)),
    }
  }

  #set(args: Args): Args {
    const oldState = this.state
    const updated: Record<string, null> = {}
    const notUpdated: Record<string, SetError> = {}
    for (const [id, patch] of Object.entries((args.update ?? {}) as Record<string, Args>)) {
      const email = this.emails.get(id)
      if (!email || this.refused.has(id)) {
        notUpdated[id] = { type: email ? 'forbidden' : 'notFound' }
        continue
      }
      const next = { mailboxIds: { ...email.mailboxIds }, keywords: { ...email.keywords } }
      for (const [path, value] of Object.entries(patch)) {
        const [property, key = ''] = path.split('/') as ['mailboxIds' | 'keywords', string]
        if (value === null) delete (next[property] as Args)[key]
        else (next[property] as Args)[key] = true
      }
      this.update(id, next)
      updated[id] = null
    }
    const destroyed: string[] = []
    const notDestroyed: Record<string, SetError> = {}
    for (const id of (args.destroy ?? []) as string[]) {
      if (this.refused.has(id)) notDestroyed[id] = { type: 'forbidden' }
      else if (!this.emails.has(id)) notDestroyed[id] = { type: 'notFound' }
      else {
        this.destroy(id)
        destroyed.push(id)
      }
    }
    return {
      oldState,
      newState: this.state,
      updated,
      notUpdated,
      destroyed,
      notDestroyed,
      created: null,
      notCreated: null,
    }
  }

  #setMailbox(args: Args): Args {
    const oldState = this.state
    const created: Record<string, { id: string }> = {}
    for (const [key, value] of Object.entries((args.create ?? {}) as Record<string, { name: string }>)) {
      const id = `new-${this.#nextId++}`
      this.addMailbox(id, null, value.name)
      this.#note('Mailbox', id, 'created')
      created[key] = { id }
    }
    const notUpdated: Record<string, SetError> = {}
    for (const [id, patch] of Object.entries((args.update ?? {}) as Record<string, { name?: string }>)) {
      const mailbox = this.mailboxes.get(id)
      if (!mailbox || this.refused.has(id)) notUpdated[id] = { type: 'forbidden' }
      else {
        this.mailboxes.set(id, { ...mailbox, ...patch })
        this.#note('Mailbox', id, 'updated')
      }
    }
    for (const id of (args.destroy ?? []) as string[]) {
      this.mailboxes.delete(id)
      this.#note('Mailbox', id, 'destroyed')
      for (const email of [...this.emails.values()]) if (email.mailboxIds[id]) this.destroy(email.id)
    }
    return { oldState, newState: this.state, created, notUpdated, destroyed: args.destroy ?? [], notDestroyed: {} }
  }
}

/** RFC 8620 §3.7. */
function resolve(args: Readonly<Args>, responses: readonly Invocation[]): Args {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => {
      if (!key.startsWith('#')) return [key, value]
      const { resultOf, name, path } = value as { resultOf: string; name: string; path: string }
      const answer = responses.find(([other, , callId]) => callId === resultOf && other === name)
      if (!answer) throw new Error('invalidResultReference')
      return [key.slice(1), follow(answer[1], path.split('/').slice(1))]
    }),
  )
}

function follow(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return value
  if (step === '*') return (value as unknown[]).flatMap((item) => follow(item, rest))
  return follow((value as Args)[step], rest)
}

function matches(filter: EmailFilter, email: FakeEmail): boolean {
  if ('operator' in filter) {
    const results = filter.conditions.map((condition) => matches(condition, email))
    if (filter.operator === 'AND') return results.every(Boolean)
    return filter.operator === 'OR' ? results.some(Boolean) : !results.some(Boolean)
  }
  return Object.entries(filter).every(([name, value]) => matchesOne(name as keyof EmailFilterCondition, value, email))
}

function matchesOne(name: keyof EmailFilterCondition, value: unknown, email: FakeEmail): boolean {
  const has = (text: string | null | undefined) => (text ?? '').toLowerCase().includes(String(value).toLowerCase())
  switch (name) {
    case 'inMailbox':
      return email.mailboxIds[value as string] === true
    case 'hasKeyword':
      return email.keywords[value as string] === true
    case 'notKeyword':
      return email.keywords[value as string] !== true
    case 'hasAttachment':
      return email.hasAttachment === value
    case 'subject':
      return has(email.subject)
    case 'from':
      return has(email.from?.[0]?.email) || has(email.from?.[0]?.name)
    case 'text':
      return has(email.subject) || has(email.preview) || has(email.from?.[0]?.name)
    default:
      throw new Error('unsupportedFilter')
  }
}
