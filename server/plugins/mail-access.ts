// The mailbox of the person for whom a hook runs, as a plugin may see it. It goes to the mail domain below the hooks: what a plugin
// does runs no hooks again.

import type { Caller } from '#core/caller.ts'
import { isFailure } from '#core/errors.ts'
import type { EmailView, Mail } from '#domain/mail/index.ts'
import type { EmailSummary, MailAccess } from '#plugin-api/mail.ts'
import { notDeclared } from './host.ts'
import type { CheckedManifest } from './manifest.ts'

const summary: EmailView = {
  properties: new Set([
    'id',
    'threadId',
    'mailboxIds',
    'keywords',
    'size',
    'receivedAt',
    'messageId',
    'subject',
    'from',
    'to',
    'cc',
  ]),
  headers: [],
  bodyProperties: new Set(),
  bodyHeaders: [],
  fetchTextBodyValues: false,
  fetchHTMLBodyValues: false,
  fetchAllBodyValues: false,
  maxBodyValueBytes: 0,
}

export function mailAccessOf(manifest: CheckedManifest, mail: Mail | null, caller: Caller | null): MailAccess {
  const { name, access } = manifest
  const reader = (): { mail: Mail; caller: Caller } => {
    if (access.mail === undefined) throw notDeclared(name, 'mail')
    if (!mail || !caller) throw notDeclared(name, 'mail of a person: nobody is signed in here')
    return { mail, caller }
  }
  const writer = () => {
    if (access.mail !== 'write') throw notDeclared(name, 'mail for writing')
    return reader()
  }
  const mailboxes = async (at: ReturnType<typeof reader>) =>
    (await at.mail.mailboxes(at.caller, { threads: false })).list
  return {
    mailboxes: async () =>
      (await mailboxes(reader())).map(({ id, name, parentId, role, isSubscribed }) => ({
        id,
        name,
        parentId,
        role,
        isSubscribed,
      })),
    async emails(ids) {
      const at = reader()
      return (await at.mail.emails(at.caller, ids, summary)).list as unknown as readonly EmailSummary[]
    },
    async raw(id) {
      const at = reader()
      return at.mail.blobs.open(at.caller, `m${id}`)
    },
    async change(changes) {
      const at = writer()
      for (const failure of (await at.mail.changeEmails(at.caller, changes)).values()) if (failure) throw failure
    },
    async ensureMailbox(name, parentId) {
      const at = writer()
      const find = async () =>
        (await mailboxes(at)).find((mailbox) => mailbox.parentId === parentId && mailbox.name === name)?.id
      const found = await find()
      if (found !== undefined) return found
      try {
        return await at.mail.createMailbox(at.caller, { name, parentId, role: null, sortOrder: 0, isSubscribed: true })
      } catch (error) {
        // Another request made it in this moment.
        const other = isFailure(error, 'badInput', 'alreadyExists') ? await find() : undefined
        if (other === undefined) throw error
        return other
      }
    },
  }
}
