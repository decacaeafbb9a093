// What the mailbox itself tells of a sender: whether one writes to that domain, and whether that address has written before. Asked for when a
// message is read, once for each sender, never for a list.

import { useEffect, useState } from 'react'
import { keywords } from '#shared/jmap/mail.ts'
import { peopleWrittenTo } from '../../compose/suggest-recipients.ts'
import { type MailStore, useStore } from '../../store/index.ts'
import type { Message } from './load-message.ts'
import { domainOf, type SenderFacts } from './sender-doubts.ts'

export type MailboxFacts = Pick<SenderFacts, 'knownDomains' | 'isFirst'>

const nothingKnown: MailboxFacts = { knownDomains: null, isFirst: false }

/** @param isAsked whether it matters: not of what one has written, nor of what is junk already */
export function useMailboxFacts(message: Message, isAsked: boolean): MailboxFacts {
  const store = useStore()
  const [facts, setFacts] = useState<MailboxFacts>(nothingKnown)
  useEffect(() => {
    if (!isAsked) return
    let isWanted = true
    // Nobody is told of a failure here: the message is read all the same, and no warning is no promise.
    gatherFacts(store, message).then(
      (found) => isWanted && setFacts(found),
      () => undefined,
    )
    return () => {
      isWanted = false
    }
  }, [store, message, isAsked])
  return isAsked ? facts : nothingKnown
}

async function gatherFacts(store: MailStore, message: Message): Promise<MailboxFacts> {
  const sender = message.from?.[0]?.email.toLowerCase() ?? ''
  const own = store.client.session.username.toLowerCase()
  const written = await peopleWrittenTo(store)
  const knownDomains = new Set([own, ...written].map(domainOf).filter((domain) => domain.includes('.')))
  const isKnown = sender === '' || sender === own || written.has(sender)
  return { knownDomains, isFirst: !isKnown && !(await hasWrittenBefore(store, sender, message)) }
}

/** More hits than this of a search that finds parts of addresses as well are not looked at: then it is not said that it is the first. */
const maxLookedAt = 10
const senders = new WeakMap<MailStore, Map<string, Promise<ReadonlySet<string>>>>()

async function hasWrittenBefore(store: MailStore, sender: string, message: Message): Promise<boolean> {
  const asked = senders.get(store) ?? new Map<string, Promise<ReadonlySet<string>>>()
  senders.set(store, asked)
  let earliest = asked.get(sender)
  if (!earliest) {
    earliest = messagesFrom(store, sender)
    asked.set(sender, earliest)
    earliest.catch(() => asked.delete(sender))
  }
  const ids = await earliest
  return ids.size >= maxLookedAt || [...ids].some((id) => id !== message.id)
}

/** Not in the junk or the trash, for whoever was only ever there is a stranger. */
async function messagesFrom({ client, accountId, mailboxByRole }: MailStore, sender: string) {
  const away = (['junk', 'trash'] as const).flatMap((role) => mailboxByRole(role)?.id ?? [])
  const { list, ids } = client.batch((batch) => {
    const found = batch.call('Email/query', {
      accountId,
      filter: { from: sender, notKeyword: keywords.draft, ...(away.length > 0 && { inMailboxOtherThan: away }) },
      sort: [{ property: 'receivedAt', isAscending: true }],
      limit: maxLookedAt,
    })
    const got = batch.call('Email/get', { accountId, '#ids': found.ref('/ids'), properties: ['from'] })
    return { list: got, ids: found }
  })
  if ((await ids).ids.length >= maxLookedAt) return new Set((await ids).ids)
  const isHis = ({ from }: { from?: readonly { email: string }[] | null }) =>
    from?.some(({ email }) => email.toLowerCase() === sender)
  return new Set((await list).list.filter(isHis).map(({ id }) => id))
}
