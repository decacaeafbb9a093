// What somebody means by an address typed into the link dialog.

import { safeLink } from '../mail/sanitize/safe-link.ts'

/** `example.org` and `me@example.org` are meant as they are said. */
export function linkTyped(typed: string): string | null {
  const text = typed.trim()
  if (text === '' || /\s/.test(text)) return null
  if (/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(text)) return safeLink(text)
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text)) return safeLink(`mailto:${text}`)
  return /^[^/?#]*[.:[]/.test(text) || text.startsWith('localhost') ? safeLink(`https://${text}`) : null
}
