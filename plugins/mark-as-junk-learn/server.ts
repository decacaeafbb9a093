// Junk, said by a keyword ($junk, $notjunk: the IANA registry) or by a move: the other follows, and a program learns of it afterwards,
// beside the request. What the program says goes to the log alone; that it has learnt is kept for a season, for who opens the message.

import { createHash } from 'node:crypto'
import type { Context, EmailChange, Host, Mailbox, Plugin } from 'paquebot/plugin-api'

type Verdict = 'spam' | 'ham'

const keptMs = 90 * 86_400_000

const plugin: Plugin = (host) => ({
  hooks: {
    async 'email.change'({ changes }, { mail }) {
      if (!changes.some(isSaid)) return
      const mailboxes = await mail.mailboxes()
      const [junk, inbox] = ['junk', 'inbox'].map((role) => mailboxes.find((mailbox) => mailbox.role === role))
      if (!junk || !inbox) return
      const places = new Map(
        (await mail.emails(changes.filter(isSaid).map(({ id }) => id))).map((email) => [email.id, email]),
      )
      return {
        changes: changes.map((change) => {
          const here = Object.keys(places.get(change.id)?.mailboxIds ?? {})
          const isMoved = (change.addMailboxes?.length ?? 0) + (change.removeMailboxes?.length ?? 0) > 0
          if (!isSaid(change) || isMoved) return change
          const isJunk = change.addKeywords?.includes('$junk') === true
          if (isJunk === here.includes(junk.id)) return change
          const addMailboxes = [isJunk ? junk.id : inbox.id]
          return { ...change, addMailboxes, removeMailboxes: isJunk ? here : [junk.id] }
        }),
      }
    },
    async 'email.changed'({ changes }, context) {
      const mailboxes = await context.mail.mailboxes()
      for (const change of changes) {
        const verdict = verdictOf(change, mailboxes)
        if (verdict) await learn(host, verdict, change.id, context)
      }
    },
    async 'node.started'() {
      for await (const { name, value, writtenAt } of host.values.list('learned-'))
        if (writtenAt < Date.now() - keptMs) await host.values.swap(name, value, null)
    },
  },
  calls: {
    /** What was learnt of that message last, and when; null when nothing was. */
    async learned(id, { accountId }) {
      const value = await host.values.get(nameOf(accountId, String(id)))
      const [verdict, at] = value?.split(' ') ?? []
      return verdict === undefined ? null : { verdict, at: Number(at) }
    },
  },
})

const nameOf = (accountId: string | null, id: string) =>
  `learned-${createHash('sha256')
    .update(JSON.stringify([accountId, id]))
    .digest('hex')}`

const isSaid = ({ addKeywords }: EmailChange) =>
  addKeywords?.some((keyword) => keyword === '$junk' || keyword === '$notjunk') ?? false

/** Null for what tells nothing: junk that is thrown away is still junk. */
function verdictOf(change: EmailChange, mailboxes: readonly Mailbox[]): Verdict | null {
  const roles = (ids: readonly string[] | undefined) =>
    (ids ?? []).map((id) => mailboxes.find((mailbox) => mailbox.id === id)?.role ?? null)
  const [to, from] = [roles(change.addMailboxes), roles(change.removeMailboxes)]
  if (change.addKeywords?.includes('$junk') || to.includes('junk')) return 'spam'
  if (change.addKeywords?.includes('$notjunk')) return 'ham'
  return from.includes('junk') && to.length > 0 && !to.includes('trash') ? 'ham' : null
}

async function learn(
  host: Host,
  verdict: Verdict,
  id: string,
  { mail, accountId, address, signal }: Context,
): Promise<void> {
  const command = host.settings[`${verdict}_command`] as string
  if (command === '') return
  const args = (host.settings[`${verdict}_arguments`] as readonly string[]).map((argument) =>
    argument.replaceAll('{address}', address ?? ''),
  )
  const { exitCode, stderr } = await host.run(command, args, { stdin: await mail.raw(id), signal })
  if (exitCode !== 0) throw host.failure('unavailable', `${command} ended with ${exitCode}: ${stderr.slice(0, 200)}`)
  host.log.info('junk.learned', { verdict, id })
  const name = nameOf(accountId, id)
  // Two devices that mark it in one moment: either is right.
  await host.values.swap(name, await host.values.get(name), `${verdict} ${Date.now()}`)
}

export default plugin
