// Thread/changes: RFC 8621 §3.2.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { Method } from './method.ts'
import { objectChanges } from './object-changes.ts'

export function threadChanges(mail: Pick<Mail, 'threadChanges'>): Method {
  return objectChanges(capabilities.mail, (caller, since, max) => mail.threadChanges(caller, since, max))
}
