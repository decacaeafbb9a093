// Patches of messages: RFC 8620 §5.3 on the two properties of an Email that change, mailboxIds and keywords. A patch here
// always names single keys (`keywords/$seen`: true, or null to remove), so that applying one twice is harmless, two
// patches merge by key, and each has an inverse.

import type { EmailHead } from './types.ts'

export type EmailPatch = Readonly<Record<string, true | null>>

export function keywordPatch(keyword: string, isOn: boolean): EmailPatch {
  return { [`keywords/${escapePointer(keyword)}`]: isOn ? true : null }
}

/** Out of `from` and into `to`; either may be missing. */
export function mailboxPatch(from: readonly string[], to: readonly string[]): EmailPatch {
  const patch: Record<string, true | null> = {}
  for (const id of from) patch[`mailboxIds/${id}`] = null
  for (const id of to) patch[`mailboxIds/${id}`] = true
  return patch
}

export function applyPatch(email: EmailHead, patch: EmailPatch): EmailHead {
  const mailboxIds: Record<string, boolean> = { ...email.mailboxIds }
  const keywords: Record<string, boolean> = { ...email.keywords }
  for (const [path, value] of Object.entries(patch)) {
    const [property, key] = readPath(path)
    const target = property === 'keywords' ? keywords : mailboxIds
    if (value === null) delete target[key]
    else target[key] = true
  }
  return { ...email, mailboxIds, keywords }
}

/** What undoes `patch` on this message as it is now: only keys that would change are in it. */
export function inversePatch(email: EmailHead, patch: EmailPatch): EmailPatch {
  const inverse: Record<string, true | null> = {}
  for (const [path, value] of Object.entries(patch)) {
    const [property, key] = readPath(path)
    const has = email[property][key] === true
    if (has !== (value === true)) inverse[path] = has ? true : null
  }
  return inverse
}

/** The inverse for a message that is not held: it is assumed that every key of the patch changed something. */
export function assumedInverse(patch: EmailPatch): EmailPatch {
  return Object.fromEntries(Object.entries(patch).map(([path, value]) => [path, value === null ? true : null]))
}

export function touchesMailboxes(patch: EmailPatch): boolean {
  return Object.keys(patch).some((path) => path.startsWith('mailboxIds/'))
}

function readPath(path: string): ['keywords' | 'mailboxIds', string] {
  const slash = path.indexOf('/')
  const key = path
    .slice(slash + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
  return [path.startsWith('keywords/') ? 'keywords' : 'mailboxIds', key]
}

/** RFC 6901 §3. */
function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
