// Leads what goes to the mailbox with the role `archive` to one below it, named for when the message came. That mailbox is made when it
// is first needed; a message that is there already stays.

import type { EmailChange, EmailSummary, MailAccess, Plugin } from 'paquebot/plugin-api'

const plugin: Plugin = (host) => {
  const by = host.settings.by
  if (by !== 'year' && by !== 'month') throw host.failure('badInput', 'archive-by-year: by is "year" or "month"')
  return {
    hooks: {
      async 'email.change'({ changes }, { mail }) {
        const archive = (await mail.mailboxes()).find(({ role }) => role === 'archive')
        if (!archive) return
        const isArchived = (change: EmailChange) => change.addMailboxes?.includes(archive.id) ?? false
        const ids = changes.filter(isArchived).map(({ id }) => id)
        if (ids.length === 0) return
        const places = await placesOf(mail, archive.id, await mail.emails(ids), by)
        return {
          changes: changes.map((change) => {
            const place = isArchived(change) ? places.get(change.id) : undefined
            if (place === undefined) return change
            const addMailboxes = [...new Set(change.addMailboxes!.map((id) => (id === archive.id ? place : id)))]
            const removeMailboxes = (change.removeMailboxes ?? []).filter((id) => id !== place)
            return { ...change, addMailboxes, removeMailboxes }
          }),
        }
      },
    },
    calls: { file: (ids, { mail }) => file(mail, ids, by) },
  }
}

/** What the client's entry asks for: those messages go where they would have gone, also those that were archived before there was a plugin. */
async function file(mail: MailAccess, ids: unknown, by: 'year' | 'month'): Promise<{ readonly filed: number }> {
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) throw new TypeError('ids is a list of ids')
  const archive = (await mail.mailboxes()).find(({ role }) => role === 'archive')
  if (!archive) return { filed: 0 }
  const emails = (await mail.emails(ids)).filter(({ keywords }) => keywords.$draft !== true)
  const places = await placesOf(mail, archive.id, emails, by)
  const changes = emails.flatMap(({ id, mailboxIds }) => {
    const place = places.get(id)!
    const removeMailboxes = Object.keys(mailboxIds).filter((mailbox) => mailbox !== place)
    return removeMailboxes.length === 0 ? [] : [{ id, addMailboxes: [place], removeMailboxes }]
  })
  if (changes.length > 0) await mail.change(changes)
  return { filed: changes.length }
}

async function placesOf(
  mail: MailAccess,
  archive: string,
  emails: readonly EmailSummary[],
  by: 'year' | 'month',
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, Promise<string>>()
  const ensure = (name: string, parentId: string) => {
    const key = `${parentId}/${name}`
    const known = made.get(key) ?? mail.ensureMailbox(name, parentId)
    made.set(key, known)
    return known
  }
  const places = new Map<string, string>()
  for (const { id, receivedAt } of emails) {
    const year = await ensure(receivedAt.slice(0, 4), archive)
    places.set(id, by === 'year' ? year : await ensure(receivedAt.slice(0, 7), year))
  }
  return places
}

export default plugin
