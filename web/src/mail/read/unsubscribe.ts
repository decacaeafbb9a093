// How to leave a mailing list, from its List-Unsubscribe field (RFC 2369 §3.2): with one click where the list offers that (RFC 8058), else
// by mail, which tells nobody where the reader is, else by a page that opens in a window of its own.

import type { Unsubscribed } from '#shared/jmap/settings.ts'
import type { MethodShape } from '../../jmap/methods.ts'
import { safeLink } from '../sanitize/safe-link.ts'
import type { Message } from './load-message.ts'

declare module '../../jmap/methods.ts' {
  interface Methods {
    'Email/unsubscribe': MethodShape<{ accountId: string; emailId: string }, Unsubscribed>
  }
}

export type ManualWay = { readonly kind: 'mail' | 'page'; readonly url: string }

export interface UnsubscribeWays {
  /** The host that our server would ask; whether the message may be believed, the server says when it is asked to. */
  readonly oneClickHost: string | null
  readonly manual: ManualWay | null
}

export function unsubscribeWays(message: Message): UnsubscribeWays | null {
  const links = (message['header:List-Unsubscribe:asURLs'] ?? []).flatMap((url) => safeLink(url) ?? [])
  const mail = links.find((url) => url.startsWith('mailto:'))
  const page = links.find((url) => url.startsWith('https:'))
  if (!mail && !page) return null
  const isOneClick = message['header:List-Unsubscribe-Post:asText']?.trim() === 'List-Unsubscribe=One-Click'
  return {
    oneClickHost: isOneClick && page ? new URL(page).host : null,
    manual: mail ? { kind: 'mail', url: mail } : page ? { kind: 'page', url: page } : null,
  }
}
