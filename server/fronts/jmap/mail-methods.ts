// The methods of JMAP Mail (RFC 8621 §2–5), and its capability (§1.3.1).

import { type Clock, systemClock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { Mail } from '#domain/mail/index.ts'
import type { Capability } from './capability.ts'
import { emailChanges } from './email-changes.ts'
import { emailCopy } from './email-copy.ts'
import { emailGet } from './email-get.ts'
import { emailImport } from './email-import.ts'
import { emailParse } from './email-parse.ts'
import { emailQuery } from './email-query.ts'
import { emailQueryChanges } from './email-query-changes.ts'
import { emailSet } from './email-set.ts'
import { mailboxChanges } from './mailbox-changes.ts'
import { mailboxGet } from './mailbox-get.ts'
import { mailboxQuery } from './mailbox-query.ts'
import { mailboxQueryChanges } from './mailbox-query-changes.ts'
import { mailboxSet } from './mailbox-set.ts'
import type { Method } from './method.ts'
import { searchSnippetGet } from './search-snippet-get.ts'
import { threadChanges } from './thread-changes.ts'
import { threadGet } from './thread-get.ts'

export interface MailMethodDeps {
  readonly mail: Mail
  readonly clock?: Clock
  readonly log: Log
}

export function mailMethods({ mail, log, clock = systemClock }: MailMethodDeps): Record<string, Method> {
  const deps = { mail, log, clock }
  return {
    'Mailbox/get': mailboxGet(mail),
    'Mailbox/changes': mailboxChanges(mail),
    'Mailbox/query': mailboxQuery(mail),
    'Mailbox/queryChanges': mailboxQueryChanges(mail),
    'Mailbox/set': mailboxSet(deps),
    'Thread/get': threadGet(mail),
    'Thread/changes': threadChanges(mail),
    'Email/get': emailGet(mail),
    'Email/changes': emailChanges(mail),
    'Email/query': emailQuery(mail),
    'Email/queryChanges': emailQueryChanges(mail),
    'Email/set': emailSet(deps),
    'Email/copy': emailCopy(),
    'Email/import': emailImport(deps),
    'Email/parse': emailParse(mail),
    'SearchSnippet/get': searchSnippetGet(mail),
  }
}

export function mailCapability(mail: Pick<Mail, 'capability'>): Capability {
  return {
    server: () => ({}),
    account: async (caller) => ({ ...(await mail.capability(caller)) }),
    isEveryones: true,
  }
}
