// A rule for messages like one: its mailing list where it came from one, else its sender.

import type { FilterRule } from '#shared/jmap/filters.ts'
import type { JmapClient } from '../../jmap/client.ts'

const listId = 'header:List-Id:asText'

export function newRule(over: Partial<FilterRule> = {}): FilterRule {
  return {
    id: crypto.randomUUID(),
    name: '',
    isEnabled: true,
    match: 'all',
    conditions: [{ field: 'from', op: 'contains', value: '', header: null }],
    actions: [{ type: 'move', mailboxId: null, mailbox: '' }],
    stops: false,
    ...over,
  }
}

/** Null if the message is gone. */
export async function ruleLike(client: JmapClient, emailId: string): Promise<FilterRule | null> {
  const { list } = await client.call('Email/get', {
    accountId: client.accountId,
    ids: [emailId],
    properties: ['from', listId],
  })
  const [email] = list
  if (!email) return null
  const header = ((email as Readonly<Record<string, unknown>>)[listId] as string | null) ?? ''
  // RFC 2919 §3: words, then the identifier in angle brackets.
  const [, words = '', id] = /^(.*?)<([^<>]+)>\s*$/s.exec(header) ?? []
  if (id) {
    const name = words.trim().replace(/^"(.*)"$/s, '$1') || id
    return newRule({ name, conditions: [{ field: 'listId', op: 'is', value: id.trim(), header: null }] })
  }
  const [sender] = email.from ?? []
  if (!sender) return newRule()
  return newRule({
    name: sender.name ?? sender.email,
    conditions: [{ field: 'from', op: 'is', value: sender.email, header: null }],
  })
}
