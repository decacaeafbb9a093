// Addresses as people type and paste them: `Bob <bob@x.org>, "Doe, Jane" <jane@x.org>; carol@x.org`.

import type { EmailAddress } from '#shared/jmap/mail.ts'

export function parseAddresses(text: string): EmailAddress[] {
  return splitList(text).flatMap((piece) => {
    const trimmed = piece.trim()
    return trimmed === '' ? [] : [parseAddress(trimmed)]
  })
}

function parseAddress(text: string): EmailAddress {
  const angled = /^(.*?)<([^<>]*)>\s*$/s.exec(text)
  if (!angled) return { name: null, email: text.replace(/^mailto:/i, '') }
  const name = angled[1]!
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replace(/\\(.)/g, '$1')
    .trim()
  return { name: name === '' ? null : name, email: angled[2]!.trim() }
}

/** At commas, semicolons and line ends that are neither in quotes nor in angle brackets. */
function splitList(text: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let isQuoted = false
  let isAngled = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\' && isQuoted) {
      piece += char + (text[++at] ?? '')
      continue
    }
    if (char === '"' && !isAngled) isQuoted = !isQuoted
    if (char === '<' && !isQuoted) isAngled = true
    if (char === '>' && !isQuoted) isAngled = false
    if (/[,;\r\n]/.test(char) && !isQuoted && !isAngled) {
      pieces.push(piece)
      piece = ''
    } else piece += char
  }
  return [...pieces, piece]
}

/** What every server would refuse; whether the mailbox exists only its own server knows. */
export function isAddress(email: string): boolean {
  return (
    email.length <= 254 &&
    /^[^\s@<>()[\],;:\\"\u0000-\u001f]+@[^\s@<>()[\],;:\\"\u0000-\u001f]+\.[^\s@.<>()[\],;:\\"\u0000-\u001f]+$/u.test(
      email,
    )
  )
}

/** RFC 6068 §2: what a mailto: link asks for. Only fields that cannot harm are taken: no From, no attachments. */
export function parseMailto(link: string): {
  readonly to: EmailAddress[]
  readonly cc: EmailAddress[]
  readonly bcc: EmailAddress[]
  readonly subject: string
  readonly body: string
} {
  const [addresses = '', query = ''] = link.replace(/^mailto:/i, '').split(/\?(.*)/s)
  const found = {
    to: parseAddresses(decode(addresses)),
    cc: [] as EmailAddress[],
    bcc: [] as EmailAddress[],
    subject: '',
    body: '',
  }
  for (const pair of query.split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s).map(decode)
    switch (name.toLowerCase()) {
      case 'to':
        found.to.push(...parseAddresses(value))
        break
      case 'cc':
        found.cc.push(...parseAddresses(value))
        break
      case 'bcc':
        found.bcc.push(...parseAddresses(value))
        break
      case 'subject':
        found.subject = value.replace(/[\u0000-\u001f\u007f]+/g, ' ')
        break
      case 'body':
        found.body = value.replace(/\r\n?/g, '\n')
        break
    }
  }
  return found
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
