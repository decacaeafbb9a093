// ESMTP parameters of MAIL and RCPT (RFC 5321 §4.1.1.11): written out, or refused when the server does not offer their extension.
// Whatever comes in, what goes out holds no space, no control character and no `=` beyond the first.

/** Parameter to the EHLO keyword of its extension. */
const extensionOf: Readonly<Record<'MAIL' | 'RCPT', Readonly<Record<string, string>>>> = {
  MAIL: {
    SIZE: 'SIZE', // RFC 1870
    BODY: '8BITMIME', // RFC 6152
    SMTPUTF8: 'SMTPUTF8', // RFC 6531
    RET: 'DSN', // RFC 3461
    ENVID: 'DSN',
    REQUIRETLS: 'REQUIRETLS', // RFC 8689
    BY: 'DELIVERBY', // RFC 2852
    HOLDFOR: 'FUTURERELEASE', // RFC 4865
    HOLDUNTIL: 'FUTURERELEASE',
    'MT-PRIORITY': 'MT-PRIORITY', // RFC 6710
    AUTH: 'AUTH', // RFC 4954
  },
  RCPT: {
    NOTIFY: 'DSN',
    ORCPT: 'DSN',
    RRVS: 'RRVS', // RFC 7293
  },
}
const inXtext = new Set(['ENVID', 'ORCPT', 'AUTH'])

/** RFC 3461 §4: JMAP gives parameters with the encoding removed (RFC 8621 §7). */
function xtext(value: string): string {
  return Buffer.from(value).reduce(
    (out, octet) =>
      out +
      (octet > 0x20 && octet < 0x7f && octet !== 0x2b && octet !== 0x3d
        ? String.fromCharCode(octet)
        : `+${octet.toString(16).toUpperCase().padStart(2, '0')}`),
    '',
  )
}

/** ` NAME=value …` for the command line, or the names that cannot be sent. */
export function formatParameters(
  verb: 'MAIL' | 'RCPT',
  parameters: Readonly<Record<string, string | null>>,
  offered: ReadonlyMap<string, string>,
): { readonly text: string } | { readonly refused: readonly string[] } {
  const refused: string[] = []
  let text = ''
  for (const [name, value] of Object.entries(parameters)) {
    const keyword = name.toUpperCase()
    const extension = Object.hasOwn(extensionOf[verb], keyword) ? extensionOf[verb][keyword]! : null
    const encoded = value !== null && inXtext.has(keyword) ? xtext(value) : value
    // esmtp-value = 1*(%d33-60 / %d62-126)
    const isClean = encoded === null || /^[\x21-\x3c\x3e-\x7e]+$/.test(encoded)
    if (extension === null || !offered.has(extension) || !isClean) refused.push(name)
    else text += encoded === null ? ` ${keyword}` : ` ${keyword}=${encoded}`
  }
  return refused.length > 0 ? { refused } : { text }
}

/** `<path>` for the wire: the domain in ASCII where that suffices. Null when only SMTPUTF8 could carry it and it is not offered. */
export function formatPath(
  email: string,
  offered: ReadonlyMap<string, string>,
): { path: string; utf8: boolean } | null {
  if (email === '') return { path: '<>', utf8: false }
  const at = email.lastIndexOf('@')
  if (at < 0) return { path: `<${email}>`, utf8: false }
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)]
  if (/^[\x21-\x7e]+$/.test(email)) return { path: `<${email}>`, utf8: false }
  if (/^[\x20-\x7e]+$/.test(local)) {
    const ascii = URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : ''
    if (ascii !== '') return { path: `<${local}@${ascii}>`, utf8: false }
  }
  return offered.has('SMTPUTF8') ? { path: `<${email}>`, utf8: true } : null
}

/** Whether an address may stand in a command at all: no control characters, no angle brackets outside quotes, a sane length. */
export function isSafeAddress(email: string): boolean {
  if (email.length > 1000 || /[\0-\x1f\x7f]/.test(email)) return false
  return !/[<>\s]/.test(email.replace(/^"(?:[^"\\]|\\.)*"/u, 'q'))
}
