// A mail store in memory that passes the contract suite of ports/mail-store.ts: domains and fronts are tested on it. It keeps
// everything for ever and does everything the slow, plain way.

import { createHash } from 'node:crypto'
import { Failure } from '#core/errors.ts'
import { threadKey } from '#drivers/imap/thread-key.ts'
import type {
  Changes,
  EmailChange,
  EmailQuery,
  EmailRow,
  MailAccount,
  MailboxRow,
  MailLogin,
  MailStore,
  NewEmail,
  QuotaRow,
  RowNeeds,
} from '#ports/mail-store.ts'
import type { MailboxRights, MailboxRole } from '#shared/jmap/mail.ts'
import { parseFakeMessage } from './fake-message.ts'
import { comparator, type FakeEmail, matches } from './fake-query.ts'

interface FakeMailbox {
  readonly id: string
  name: string
  parentId: string | null
  role: MailboxRole | null
  isSubscribed: boolean
}

type Kind = 'created' | 'updated' | 'destroyed'
interface LogEntry {
  readonly type: 'Email' | 'Mailbox'
  readonly id: string
  readonly threadId: string
  readonly kind: Kind
  readonly countsOnly: boolean
}

export interface FakeMailStore extends MailStore {
  /** Puts a message into a mailbox by name, as a delivery would. */
  deliver(account: string, mailbox: string, raw: string | Uint8Array, keywords?: readonly string[]): Promise<EmailRow>
  /** The next call of that method of any account rejects with it. */
  failNext(method: keyof MailAccount, failure: Failure): void
  /** What the server wants the account's user to read. */
  alert(account: string, text: string): void
  quotas: readonly QuotaRow[]
}

const ALL_RIGHTS: MailboxRights = {
  mayReadItems: true,
  mayAddItems: true,
  mayRemoveItems: true,
  maySetSeen: true,
  maySetKeywords: true,
  mayCreateChild: true,
  mayRename: true,
  mayDelete: true,
  maySubmit: true,
}

const START: readonly (readonly [name: string, role: MailboxRole])[] = [
  ['Inbox', 'inbox'],
  ['Drafts', 'drafts'],
  ['Sent', 'sent'],
  ['Junk', 'junk'],
  ['Trash', 'trash'],
  ['Archive', 'archive'],
]

/** With `passwords`, `verify` refuses others; without, it takes anybody. */
export function openFakeMailStore(
  options: { readonly passwords?: Readonly<Record<string, string>> } = {},
): FakeMailStore {
  const accounts = new Map<string, { account: MailAccount; mailboxId: (name: string) => string }>()
  const failures = new Map<string, Failure>()
  const alertListeners = new Set<Parameters<MailStore['onAlert']>[0]>()
  const open = (key: string) => {
    let opened = accounts.get(key)
    if (!opened) {
      opened = openFakeAccount(() => store.quotas)
      accounts.set(key, opened)
    }
    return opened
  }
  const store: FakeMailStore = {
    quotas: [],
    async verify({ credential }) {
      const wanted = options.passwords?.[credential.username]
      if (options.passwords && (credential.kind !== 'password' || credential.password !== wanted)) {
        throw new Failure('badCredentials', { server: 'NO [AUTHENTICATIONFAILED]' })
      }
    },
    account(login: MailLogin) {
      const { account } = open(login.account)
      return new Proxy(account, {
        get(target, name: keyof MailAccount) {
          const method = target[name] as (...args: unknown[]) => unknown
          // `then` above all: an async function that returns the account asks for it.
          if (name === 'watch' || typeof method !== 'function') return method
          return async (...args: unknown[]) => {
            const failure = failures.get(name)
            if (failure) {
              failures.delete(name)
              throw failure
            }
            const signal = args.findLast((arg) => arg instanceof AbortSignal) as AbortSignal
            if (signal.aborted) throw new Failure('canceled')
            return await method(...args)
          }
        },
      })
    },
    onAlert(listener) {
      alertListeners.add(listener)
      return () => alertListeners.delete(listener)
    },
    alert(account, text) {
      for (const listener of alertListeners) listener({ account, server: 'mail.example.test', text })
    },
    async forget() {},
    async close() {},
    failNext: (method, failure) => void failures.set(method, failure),
    async deliver(key, mailbox, raw, keywords = []) {
      const { account, mailboxId } = open(key)
      const bytes = Buffer.from(raw)
      return await account.append(
        {
          mailboxIds: [mailboxId(mailbox)],
          keywords,
          receivedAt: null,
          size: bytes.length,
          source: async () =>
            (async function* () {
              yield bytes
            })(),
        },
        new AbortController().signal,
      )
    },
  }
  return store
}

function openFakeAccount(quotas: () => readonly QuotaRow[]) {
  const mailboxes = new Map<string, FakeMailbox>()
  const emails = new Map<string, FakeEmail>()
  const log: LogEntry[] = []
  const listeners = new Set<Parameters<MailAccount['watch']>[0]>()
  const queries = new Map<string, readonly string[]>()
  let counter = 0

  const note = (type: LogEntry['type'], id: string, kind: Kind, threadId = '', countsOnly = false) => {
    log.push({ type, id, kind, threadId, countsOnly })
    for (const listener of [...listeners]) {
      queueMicrotask(() => listener(type === 'Email' ? ['Email', 'Thread', 'Mailbox'] : ['Mailbox']))
    }
  }
  const noteEmail = (email: FakeEmail, kind: Kind, touched: Iterable<string>) => {
    note('Email', email.id, kind, email.threadId)
    for (const id of touched) note('Mailbox', id, 'updated', '', true)
  }
  const mailbox = (id: string) => {
    const found = mailboxes.get(id)
    if (!found) throw new Failure('notFound', { mailbox: id })
    return found
  }
  const email = (id: string) => {
    const found = emails.get(id)
    if (!found) throw new Failure('notFound', { email: id })
    return found
  }
  const threadOf = (of: FakeEmail) =>
    [...emails.values()]
      .filter((other) => other.threadId === of.threadId)
      .sort((a, b) => a.receivedAt - b.receivedAt || a.order - b.order)
  const checkName = (name: string, parentId: string | null, except?: string) => {
    if (name === '' || /[\0-\x1f\x7f/]/.test(name)) throw new Failure('badInput', { name })
    if (parentId !== null) mailbox(parentId)
    for (const other of mailboxes.values()) {
      if (other.id !== except && other.parentId === parentId && other.name === name) {
        throw new Failure('alreadyExists', { id: other.id })
      }
    }
  }

  const changesOf = (
    type: LogEntry['type'],
    since: string,
    maxChanges: number | null,
    idOf: (entry: LogEntry) => string,
  ) => {
    const from = Number(since)
    if (!/^\d+$/.test(since) || from > log.length) throw new Failure('cannotCalculateChanges', { since })
    const seen = new Map<string, { kind: Kind; countsOnly: boolean }>()
    let at = from
    for (; at < log.length; at++) {
      const entry = log[at] as LogEntry
      if (entry.type !== type) continue
      const id = idOf(entry)
      const before = seen.get(id)
      if (!before && maxChanges !== null && seen.size >= maxChanges) break
      if (before?.kind === 'created' && entry.kind === 'destroyed') seen.delete(id)
      else if (before?.kind === 'created') continue
      else seen.set(id, { kind: entry.kind, countsOnly: entry.countsOnly && (before?.countsOnly ?? true) })
    }
    const of = (kind: Kind) => [...seen].filter(([, change]) => change.kind === kind).map(([id]) => id)
    const changes: Changes<string> = {
      newState: String(at),
      hasMore: at < log.length,
      created: of('created'),
      updated: of('updated'),
      destroyed: of('destroyed'),
    }
    return { changes, countsOnly: [...seen.values()].every((one) => one.kind !== 'updated' || one.countsOnly) }
  }

  const row = (one: FakeEmail, need: RowNeeds): EmailRow => ({
    id: one.id,
    threadId: one.threadId,
    mailboxIds: [...one.mailboxIds],
    keywords: [...one.keywords].sort(),
    size: one.raw.length,
    receivedAt: one.receivedAt,
    ...(need.listHeaders ? { listHeaders: one.message.listHeaders } : {}),
    ...(need.structure ? { structure: one.message.structure } : {}),
    ...(need.preview ? { preview: one.message.text.replace(/\s+/g, ' ').trim().slice(0, 256) } : {}),
  })

  const results = (query: EmailQuery): readonly string[] => {
    const found = [...emails.values()]
      .filter((one) => matches(query.filter, one, threadOf))
      .sort(comparator(query.sort, threadOf))
    const threads = new Set<string>()
    return found
      .filter((one) => !query.collapseThreads || (!threads.has(one.threadId) && threads.add(one.threadId)))
      .map((one) => one.id)
  }
  const remember = (query: EmailQuery, ids: readonly string[]) => {
    const state = String(log.length)
    queries.set(queryKey(query, state), ids)
    return state
  }
  const queryKey = (query: EmailQuery, state: string) =>
    JSON.stringify([query.filter, query.sort, query.collapseThreads, state])

  const drop = (one: FakeEmail) => {
    emails.delete(one.id)
    noteEmail(one, 'destroyed', one.mailboxIds)
  }
  const apply = (change: EmailChange) => {
    const one = email(change.id)
    for (const id of [...(change.addMailboxes ?? []), ...(change.removeMailboxes ?? [])]) mailbox(id)
    const left = one.mailboxIds.union(new Set(change.addMailboxes)).difference(new Set(change.removeMailboxes))
    if (left.size === 0) throw new Failure('badInput', { email: one.id, mailboxes: 0 })
    const touched = new Set(one.mailboxIds)
    for (const id of change.addMailboxes ?? []) one.mailboxIds.add(id)
    for (const id of change.removeMailboxes ?? []) one.mailboxIds.delete(id)
    for (const keyword of change.addKeywords ?? []) one.keywords.add(keyword.toLowerCase())
    for (const keyword of change.removeKeywords ?? []) one.keywords.delete(keyword.toLowerCase())
    noteEmail(one, 'updated', new Set([...touched, ...one.mailboxIds]))
  }
  const each = (ids: readonly string[], work: (at: number) => void) => {
    const outcomes = new Map<string, Failure | null>()
    ids.forEach((id, at) => {
      try {
        work(at)
        outcomes.set(id, null)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        outcomes.set(id, error)
      }
    })
    return outcomes
  }

  const pathOf = (id: string): string => {
    const { name, parentId } = mailbox(id)
    return parentId === null ? name : `${pathOf(parentId)}/${name}`
  }

  const account: MailAccount = {
    bounds: { maxMailboxDepth: null, maxSizeMailboxName: 255 },
    async info() {
      return {
        features: {
          stableIds: true,
          serverSort: true,
          condstore: true,
          qresync: true,
          push: 'notify',
          quota: true,
          acl: true,
          customKeywords: true,
        },
        maxMessageSize: null,
      }
    },
    async mailboxes(need) {
      const list = [...mailboxes.values()].map((box): MailboxRow => {
        const inside = [...emails.values()].filter((one) => one.mailboxIds.has(box.id))
        const unread = inside.filter((one) => !one.keywords.has('$seen') && !one.keywords.has('$draft'))
        // RFC 8621 §2: a thread is unread here if any of its messages is, wherever that lies.
        const threads = new Set(inside.map((one) => one.threadId))
        const unreadThreads = new Set(
          inside
            .filter((one) => threadOf(one).some((member) => !member.keywords.has('$seen')))
            .map((one) => one.threadId),
        )
        return {
          ...box,
          totalEmails: inside.length,
          unreadEmails: unread.length,
          totalThreads: need.threads ? threads.size : null,
          unreadThreads: need.threads ? unreadThreads.size : null,
          path: pathOf(box.id),
          rights: ALL_RIGHTS,
        }
      })
      return { state: String(log.length), list }
    },
    async mailboxChanges(since, maxChanges) {
      const { changes, countsOnly } = changesOf('Mailbox', since, maxChanges, (entry) => entry.id)
      return { ...changes, countsOnly }
    },
    async createMailbox({ name, parentId, role, isSubscribed }) {
      checkName(name, parentId)
      const id = `M${++counter}`
      mailboxes.set(id, { id, name, parentId, role, isSubscribed })
      note('Mailbox', id, 'created')
      return id
    },
    async updateMailbox(id, change) {
      const box = mailbox(id)
      const name = change.name ?? box.name
      const parentId = change.parentId === undefined ? box.parentId : change.parentId
      checkName(name, parentId, id)
      Object.assign(box, { ...change, name, parentId })
      note('Mailbox', id, 'updated')
    },
    async destroyMailbox(id, removeEmails) {
      mailbox(id)
      if ([...mailboxes.values()].some((other) => other.parentId === id)) throw new Failure('hasChildren', { id })
      const inside = [...emails.values()].filter((one) => one.mailboxIds.has(id))
      if (inside.length > 0 && !removeEmails) throw new Failure('hasContent', { id })
      for (const one of inside) {
        if (one.mailboxIds.size === 1) drop(one)
        else apply({ id: one.id, removeMailboxes: [id] })
      }
      mailboxes.delete(id)
      note('Mailbox', id, 'destroyed')
    },
    async emailState() {
      return String(log.length)
    },
    async emailChanges(since, maxChanges) {
      return changesOf('Email', since, maxChanges, (entry) => entry.id).changes
    },
    async threadChanges(since, maxChanges) {
      const { changes } = changesOf('Email', since, maxChanges, (entry) => entry.threadId)
      const touched = [...new Set([...changes.created, ...changes.updated, ...changes.destroyed])]
      const live = new Set([...emails.values()].map((one) => one.threadId))
      return {
        ...changes,
        created: [],
        updated: touched.filter((id) => live.has(id)),
        destroyed: touched.filter((id) => !live.has(id)),
      }
    },
    async threads(ids) {
      const found = new Map<string, readonly string[]>()
      for (const one of emails.values()) {
        if (ids.includes(one.threadId) && !found.has(one.threadId)) {
          found.set(
            one.threadId,
            threadOf(one).map((member) => member.id),
          )
        }
      }
      return found
    },
    async query(query) {
      const all = results(query)
      let position = query.position < 0 ? Math.max(0, all.length + query.position) : query.position
      if (query.anchor !== null) {
        const at = all.indexOf(query.anchor)
        if (at < 0) throw new Failure('anchorNotFound', { anchor: query.anchor })
        position = Math.max(0, at + query.anchorOffset)
      }
      return {
        queryState: remember(query, all),
        canCalculateChanges: true,
        position,
        ids: all.slice(position, position + query.limit),
        total: query.calculateTotal ? all.length : null,
      }
    },
    async queryChanges(query, since, { maxChanges }) {
      const before = queries.get(queryKey(query, since))
      if (!before) throw new Failure('cannotCalculateChanges', { since })
      const after = results(query)
      const newQueryState = remember(query, after)
      const kept = new Set(after)
      const touched = new Set(log.slice(Number(since)).map((entry) => entry.id))
      const was = new Set(before)
      const removed = before.filter((id) => !kept.has(id) || touched.has(id))
      const added = after.flatMap((id, index) => (!was.has(id) || touched.has(id) ? [{ id, index }] : []))
      if (maxChanges !== null && removed.length + added.length > maxChanges) {
        throw new Failure('cannotCalculateChanges', { since, tooMany: removed.length + added.length })
      }
      return { newQueryState, total: query.calculateTotal ? after.length : null, removed, added }
    },
    async rows(ids, need) {
      return [...new Set(ids)].flatMap((id) => {
        const one = emails.get(id)
        return one ? [row(one, need)] : []
      })
    },
    async raw(id, { range }) {
      const { raw } = email(id)
      return { size: raw.length, body: streamOf(range ? raw.subarray(range.start, range.end) : raw) }
    },
    async section(id, section, what) {
      const bytes = email(id).message.section(section, what)
      if (bytes === null) throw new Failure('notFound', { email: id, section })
      return { size: bytes.length, body: streamOf(bytes) }
    },
    async decodedSizes(id, sections) {
      const { message } = email(id)
      return new Map(
        sections.flatMap((section): readonly (readonly [string, number])[] => {
          const bytes = message.section(section, 'body')
          const encoding = message.encoding(section)
          return bytes && encoding === 'base64' ? [[section, Buffer.from(bytes.toString(), 'base64').length]] : []
        }),
      )
    },
    async findByMessageId(messageId, mailboxId) {
      return [...emails.values()]
        .filter((one) => one.message.header('Message-ID') === messageId)
        .filter((one) => mailboxId === null || one.mailboxIds.has(mailboxId))
        .sort((a, b) => b.order - a.order)
        .map((one) => one.id)
    },
    async change(changes) {
      return each(
        changes.map((change) => change.id),
        (at) => apply(changes[at] as EmailChange),
      )
    },
    async destroy(ids) {
      return each(ids, (at) => drop(email(ids[at] as string)))
    },
    async append(fresh: NewEmail) {
      for (const id of fresh.mailboxIds) mailbox(id)
      const chunks: Uint8Array[] = []
      for await (const chunk of await fresh.source()) chunks.push(chunk)
      const raw = Buffer.concat(chunks)
      if (raw.length !== fresh.size || raw.includes(0)) throw new Failure('badInput', { size: raw.length })
      const message = parseFakeMessage(raw)
      const order = ++counter
      const id = `E${createHash('sha256').update(`${order}`).digest('base64url').slice(0, 21)}`
      const one: FakeEmail = {
        id,
        threadId: `T${threadKey(message.listHeaders)?.toString(36) ?? id}`,
        mailboxIds: new Set(fresh.mailboxIds),
        keywords: new Set(fresh.keywords.map((keyword) => keyword.toLowerCase())),
        receivedAt: Math.floor((fresh.receivedAt ?? Date.now()) / 1000) * 1000,
        raw,
        message,
        order,
      }
      emails.set(id, one)
      noteEmail(one, 'created', one.mailboxIds)
      return row(one, {})
    },
    async quota() {
      return quotas()
    },
    watch(listener) {
      const own: typeof listener = (types) => listener(types)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
  for (const [name, role] of START) {
    const id = `M${++counter}`
    mailboxes.set(id, { id, name, parentId: null, role, isSubscribed: true })
  }
  const mailboxId = (name: string) => {
    for (const box of mailboxes.values()) if (box.name === name) return box.id
    throw new Failure('notFound', { mailbox: name })
  }
  return { account, mailboxId }
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
