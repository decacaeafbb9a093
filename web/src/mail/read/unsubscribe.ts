// How to leave a mailing list, from its List-Unsubscribe field (RFC 2369 §3.2): by mail where it can be, which tells nobody
// where the reader is; else by a page that opens in a window of its own.

import { safeLink } from '../sanitize/safe-link.ts'
import type { Message } from './load-message.ts'

export type UnsubscribeWay = { readonly kind: 'mail' | 'page'; readonly url: string }

export function unsubscribeWay(message: Message): UnsubscribeWay | null {
  const links = (message['header:List-Unsubscribe:asURLs'] ?? []).flatMap((url) => safeLink(url) ?? [])
  const mail = links.find((url) => url.startsWith('mailto:'))
  if (mail) return { kind: 'mail', url: mail }
  const page = links.find((url) => url.startsWith('https:'))
  return page ? { kind: 'page', url: page } : null
}
