// Where a link of a message may lead: the web, a mail address, a telephone. Nothing relative, for a message has no place.

const schemes = new Set(['http:', 'https:', 'mailto:', 'tel:'])

/** The link as the browser will understand it, or null. */
export function safeLink(href: string): string | null {
  const url = URL.parse(href.trim())
  return url && schemes.has(url.protocol) ? url.href : null
}

/** The host of a web link as it is on the wire (`xn--…`), so that letters that look alike do not pass for others. */
export function linkHost(href: string): string | null {
  const url = URL.parse(href)
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url.host : null
}

/** Whether the text shown for a web link names another host than the one it leads to. */
export function isMisleading(text: string, href: string): boolean {
  const shown = /^\s*(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?:[/:?#\s]|$)/iu.exec(text)?.[1]
  const host = linkHost(href)?.replace(/:\d+$/, '')
  if (!shown || !host) return false
  const shownHost = URL.parse(`http://${shown}`)?.hostname ?? shown
  const bare = (name: string) => name.toLowerCase().replace(/^www\./, '')
  return bare(shownHost) !== bare(host) && !host.endsWith(`.${bare(shownHost)}`)
}
