// EmailAddress (RFC 8621 §4.1.2.3) as a kind of argument.

import type { EmailAddress } from '#shared/jmap/mail.ts'
import { type Kind, nullable, object, string } from './arguments.ts'

export const emailAddress: Kind<EmailAddress> = {
  name: 'EmailAddress',
  accepts: (value): value is EmailAddress =>
    object.accepts(value) &&
    string.accepts(value.email) &&
    nullable(string).accepts(value.name ?? null) &&
    Object.keys(value).every((name) => name === 'name' || name === 'email'),
}
