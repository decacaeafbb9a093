// The hooks around mail: what is listed, read, changed, created and destroyed by whoever is signed in. What the server itself does in a
// mailbox (filing what was sent) goes past these.

import type { Mail } from '#domain/mail/index.ts'
import type { EmailObject } from '#plugin-api/mail.ts'
import type { Hooks } from '#ports/hooks.ts'
import type { EmailChange } from '#ports/mail-store.ts'
import type { EmailFilter } from '#shared/jmap/mail.ts'
import { withHooks } from './listening.ts'

export function mailWithHooks(mail: Mail, hooks: Hooks): Mail {
  return withHooks(hooks, mail, [
    { on: ['mailbox.list'], put: { mailboxes: listed(mail, hooks) } },
    { on: ['mailbox.create', 'mailbox.update', 'mailbox.destroy'], put: mailboxVerbs(mail, hooks) },
    { on: ['email.query'], put: queries(mail, hooks) },
    { on: ['email.list', 'email.read'], put: { emails: told(mail, hooks) } },
    { on: ['email.change', 'email.changed'], put: { changeEmails: changed(mail, hooks) } },
    { on: ['email.destroy', 'email.destroyed'], put: { destroyEmails: destroyed(mail, hooks) } },
    { on: ['email.create', 'email.created'], put: creations(mail, hooks) },
  ])
}

function listed(mail: Mail, hooks: Hooks): Mail['mailboxes'] {
  return async (caller, need) => {
    const answer = await mail.mailboxes(caller, need)
    const { looks } = await hooks.ask('mailbox.list', { mailboxes: answer.list }, caller)
    if (!looks) return answer
    return {
      ...answer,
      list: answer.list.map((mailbox) => {
        const { name = mailbox.name, isSubscribed = mailbox.isSubscribed } = looks[mailbox.id] ?? {}
        return { ...mailbox, name, isSubscribed }
      }),
    }
  }
}

function mailboxVerbs(mail: Mail, hooks: Hooks): Pick<Mail, 'createMailbox' | 'updateMailbox' | 'destroyMailbox'> {
  return {
    async createMailbox(caller, mailbox) {
      const { name, parentId } = await hooks.ask('mailbox.create', mailbox, caller)
      return mail.createMailbox(caller, { ...mailbox, name, parentId })
    },
    async updateMailbox(caller, id, change) {
      const { name, parentId, isSubscribed } = await hooks.ask('mailbox.update', { id, ...change }, caller)
      return mail.updateMailbox(caller, id, {
        ...change,
        ...(name !== undefined && { name }),
        ...(parentId !== undefined && { parentId }),
        ...(isSubscribed !== undefined && { isSubscribed }),
      })
    },
    async destroyMailbox(caller, id, removeEmails) {
      await hooks.ask('mailbox.destroy', { id, removeEmails }, caller)
      return mail.destroyMailbox(caller, id, removeEmails)
    },
  }
}

/** Of a query and of its changes alike: a filter that differs between the two would make them disagree. */
function queries(mail: Mail, hooks: Hooks): Pick<Mail, 'queryEmails' | 'queryEmailChanges' | 'snippets'> {
  const asked = async (caller: Parameters<Mail['queryEmails']>[0], filter: EmailFilter | null) => {
    const event = { filter: filter as Readonly<Record<string, unknown>> | null }
    return (await hooks.ask('email.query', event, caller)).filter as EmailFilter | null
  }
  return {
    queryEmails: async (caller, query) =>
      mail.queryEmails(caller, { ...query, filter: await asked(caller, query.filter) }),
    queryEmailChanges: async (caller, query, since, options) =>
      mail.queryEmailChanges(caller, { ...query, filter: await asked(caller, query.filter) }, since, options),
    snippets: async (caller, filter, ids) => mail.snippets(caller, await asked(caller, filter), ids),
  }
}

function told(mail: Mail, hooks: Hooks): Mail['emails'] {
  return async (caller, ids, view) => {
    const answer = await mail.emails(caller, ids, view)
    const hasBodies = view.fetchTextBodyValues || view.fetchHTMLBodyValues || view.fetchAllBodyValues
    const name = hasBodies ? 'email.read' : 'email.list'
    if (answer.list.length === 0 || !hooks.listens(name)) return answer
    const { emails } = await hooks.ask(name, { emails: answer.list as readonly EmailObject[] }, caller)
    // Which messages there are is the store's to say: none is added, none left out, and each keeps its id.
    const shaped = new Map(emails.map((email) => [email.id, email]))
    return { ...answer, list: answer.list.map((email) => ({ ...email, ...shaped.get(email.id), id: email.id })) }
  }
}

function changed(mail: Mail, hooks: Hooks): Mail['changeEmails'] {
  return async (caller, changes) => {
    const asked = new Set(changes.map(({ id }) => id))
    const answer = await hooks.ask('email.change', { changes }, caller)
    // A message that was not asked about is none of the plugin's business.
    const wanted: readonly EmailChange[] = answer.changes.filter(({ id }) => asked.has(id))
    const fates = await mail.changeEmails(caller, wanted)
    const done = wanted.filter(({ id }) => fates.get(id) === null)
    if (done.length > 0) hooks.tell('email.changed', { changes: done }, caller)
    // What a plugin left out has been dealt with: for the client it is done.
    const left = changes.filter(({ id }) => !wanted.some((change) => change.id === id))
    return left.length === 0 ? fates : new Map([...fates, ...left.map(({ id }) => [id, null] as const)])
  }
}

function destroyed(mail: Mail, hooks: Hooks): Mail['destroyEmails'] {
  return async (caller, ids) => {
    await hooks.ask('email.destroy', { ids }, caller)
    const fates = await mail.destroyEmails(caller, ids)
    const done = ids.filter((id) => fates.get(id) === null)
    if (done.length > 0) hooks.tell('email.destroyed', { ids: done }, caller)
    return fates
  }
}

function creations(mail: Mail, hooks: Hooks): Pick<Mail, 'createEmail' | 'importEmail'> {
  return {
    async createEmail(caller, draft) {
      const { mailboxIds, keywords } = await hooks.ask('email.create', { source: 'draft', ...placeOf(draft) }, caller)
      const created = await mail.createEmail(caller, { ...draft, mailboxIds, keywords })
      hooks.tell('email.created', { source: 'draft', id: created.id, size: created.size }, caller)
      return created
    },
    async importEmail(caller, blobId, place) {
      const { mailboxIds, keywords } = await hooks.ask('email.create', { source: 'import', ...placeOf(place) }, caller)
      const created = await mail.importEmail(caller, blobId, { ...place, mailboxIds, keywords })
      hooks.tell('email.created', { source: 'import', id: created.id, size: created.size }, caller)
      return created
    },
  }
}

const placeOf = ({ mailboxIds, keywords }: { mailboxIds: readonly string[]; keywords: readonly string[] }) => ({
  mailboxIds,
  keywords,
})
