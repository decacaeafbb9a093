// Email/changes: RFC 8621 §4.3.

import type { Mail } from '#domain/mail/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { Method } from './method.ts'
import { objectChanges } from './object-changes.ts'

export function emailChanges(mail: Pick<Mail, 'emailChanges'>): Method {
  return objectChanges(capabilities.mail, (caller, since, max) => mail.emailChanges(caller, since, max))
}
