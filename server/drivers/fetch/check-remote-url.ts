// Which URLs may be fetched at all, by their form alone; where their names lead is checked when connecting. The URL
// parser of the platform has the first word (it turns 0x7f.1, 017700000001 and 2130706433 into 127.0.0.1), so that what is
// checked here is what is connected to.

import { isIP } from 'node:net'
import { Failure } from '#core/errors.ts'
import { isPublicAddress } from './public-address.ts'

export interface UrlRules {
  /** Our own names: nothing of ours is fetched through us. */
  readonly ownHosts: readonly string[]
  /** Origins (`http://127.0.0.1:4711`) that are fetched whatever their address: for tests, or an image server inside. */
  readonly trustedOrigins: readonly string[]
}

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }
const maxUrlLength = 8192
/** Names that lead inside wherever they resolve: RFC 6761 §6.3, RFC 6762 §3, RFC 8375, ICANN SAC113. */
const insideNames = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa|localdomain|onion)$/

/** The parsed URL, its fragment removed; throws `badInput` or `forbidden`. */
export function checkRemoteUrl(text: string, rules: UrlRules): URL {
  const refuse = (reason: string) => new Failure('badInput', { reason })
  if (text.length > maxUrlLength) throw refuse('length')
  // WHATWG URL §4.4 removes tabs and line feeds anywhere: a URL that needs that was written to mislead.
  if (/[\u0000-\u0020\u007f\\]/.test(text)) throw refuse('characters')
  const url = URL.parse(text)
  if (!url) throw refuse('syntax')
  url.hash = ''
  if (!(url.protocol in defaultPorts)) throw refuse('scheme')
  // Exactly scheme, //, host: no userinfo (RFC 3986 §7.6), not even an empty one.
  if (!/^https?:\/\/[^/?#@]+([/?#]|$)/i.test(text)) throw refuse('authority')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (rules.ownHosts.includes(host.replace(/\.$/, ''))) throw new Failure('forbidden', { reason: 'own host' })
  if (rules.trustedOrigins.includes(url.origin)) return url
  if (url.port !== '' && url.port !== defaultPorts[url.protocol]) throw refuse('port')
  if (isIP(host)) {
    if (!isPublicAddress(host)) throw new Failure('forbidden', { reason: 'address' })
    return url
  }
  if (host.endsWith('.')) throw refuse('trailing dot')
  if (!host.includes('.') || insideNames.test(host)) throw new Failure('forbidden', { reason: 'name' })
  return url
}
