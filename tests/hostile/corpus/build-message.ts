// Builders of whole hostile messages. A payload that gets to run calls `hostileMarker()`, one that gets to load asks
// `canary.example`; both are watched by the oracle (../oracle.ts). Every message ends in words that must stay readable.

export interface HostileMessage {
  /** Unique, a file name without extension. */
  readonly name: string
  /** The class of roundcube.md §7: a after-sanitising, b parser difference, c names with white space, case or prefix, d SMIL,
   * e CSS, f loading attributes, g plain text, h metadata, k decoder bombs; x what is in none of them. */
  readonly kind: 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'k' | 'x'
  /** Bytes as they come from SMTP, CRLF. */
  readonly message: Uint8Array
  /** The shape of a markup that swallows what follows it by HTML's own rules: then the end need not show. */
  readonly mayHideEnd?: boolean
}

export const js = 'hostileMarker()'
export const canary = 'http://canary.example'
export const readableEnd = 'The end is readable'

export interface PartSpec {
  readonly headers: readonly string[]
  readonly body: string
}

export interface MessageSpec {
  readonly subject?: string
  readonly from?: string
  /** Further header lines, as they are. */
  readonly headers?: readonly string[]
}

function top(name: string, spec: MessageSpec): string[] {
  return [
    `From: ${spec.from ?? 'Mallory <mallory@example.org>'}`,
    'To: Alice <alice@example.test>',
    `Subject: ${spec.subject ?? `hostile ${name}`}`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    `Message-ID: <${name}@hostile.example>`,
    ...(spec.headers ?? []),
    'MIME-Version: 1.0',
  ]
}

const bytes = (lines: readonly string[]) => new TextEncoder().encode(lines.join('\n').replace(/\r?\n/g, '\r\n'))

export function single(name: string, contentType: string, body: string, spec: MessageSpec = {}): Uint8Array {
  return bytes([...top(name, spec), `Content-Type: ${contentType}`, 'Content-Transfer-Encoding: 8bit', '', body, ''])
}

export function multipart(
  name: string,
  subtype: string,
  parts: readonly PartSpec[],
  spec: MessageSpec = {},
): Uint8Array {
  const boundary = '=_hostile'
  return bytes([
    ...top(name, spec),
    `Content-Type: multipart/${subtype}; boundary="${boundary}"`,
    '',
    ...parts.flatMap((part) => [`--${boundary}`, ...part.headers, '', part.body]),
    `--${boundary}--`,
    '',
  ])
}

/** A message of one HTML part, the payload between words and the readable end. */
export function html(
  kind: HostileMessage['kind'],
  name: string,
  payload: string,
  options: { readonly mayHideEnd?: boolean; readonly isWhole?: boolean } = {},
): HostileMessage {
  const body = options.isWhole ? payload : `<html><body><p>Hello</p>${payload}<p>${readableEnd}</p></body></html>`
  return { kind, name, message: single(name, 'text/html; charset=utf-8', body), mayHideEnd: options.mayHideEnd }
}

export function text(name: string, body: string, contentType = 'text/plain; charset=utf-8'): HostileMessage {
  return { kind: 'g', name, message: single(name, contentType, `${body}\n\n${readableEnd}`) }
}

export const base64 = (value: string | Uint8Array) => Buffer.from(value).toString('base64').replace(/.{76}/g, '$&\n')
