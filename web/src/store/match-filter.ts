// Whether a message is in a list, as far as the client can tell by itself: true, false, or undefined where only the server
// knows (words in a body). Used to show at once what an action does to the lists on screen; the server has the last word.

import type { EmailFilter, EmailFilterCondition } from '#shared/jmap/mail.ts'
import type { EmailHead } from './types.ts'

export function matchesFilter(filter: EmailFilter, email: EmailHead): boolean | undefined {
  if (!('operator' in filter)) return matchesCondition(filter, email)
  const results = filter.conditions.map((condition) => matchesFilter(condition, email))
  if (filter.operator === 'AND') return every(results)
  const isNone = every(results.map((result) => (result === undefined ? undefined : !result)))
  if (filter.operator === 'NOT') return isNone
  return isNone === undefined ? undefined : !isNone
}

/** Three-valued: one false decides, else one unknown leaves it open. */
function every(results: readonly (boolean | undefined)[]): boolean | undefined {
  if (results.includes(false)) return false
  return results.includes(undefined) ? undefined : true
}

function matchesCondition(condition: EmailFilterCondition, email: EmailHead): boolean | undefined {
  return every(
    Object.entries(condition)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => matchesOne(name as keyof EmailFilterCondition, value, email)),
  )
}

function matchesOne(name: keyof EmailFilterCondition, value: unknown, email: EmailHead): boolean | undefined {
  switch (name) {
    case 'inMailbox':
      return email.mailboxIds[value as string] === true
    case 'inMailboxOtherThan':
      return Object.keys(email.mailboxIds).some((id) => !(value as string[]).includes(id))
    case 'hasKeyword':
      return email.keywords[value as string] === true
    case 'notKeyword':
      return email.keywords[value as string] !== true
    case 'before':
      return email.receivedAt < (value as string)
    case 'after':
      return email.receivedAt >= (value as string)
    case 'minSize':
      return email.size >= (value as number)
    case 'maxSize':
      return email.size < (value as number)
    case 'hasAttachment':
      return email.hasAttachment === value
    default:
      return undefined
  }
}
