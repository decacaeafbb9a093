// Names of mailboxes: Unicode here, modified UTF-7 on the wire (RFC 3501 §5.1.3), or UTF-8 once that is enabled (RFC 6855).
//
// Servers hold names that are no modified UTF-7 ("R&D" typed by an old client). They must stay reachable: such a name is shown as it
// stands on the wire with `rawNameMark` in front, so that encoding gives the same octets again.

import { isUtf8 } from 'node:buffer'
import { Failure } from '#core/errors.ts'

/** A private-use character: no valid name begins with it. */
export const rawNameMark = '\u{10fffe}'

const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

export function decodeMailboxName(bytes: Buffer, isUtf8Enabled: boolean): string {
  if (isUtf8Enabled) {
    if (!isUtf8(bytes)) return rawNameMark + bytes.toString('latin1', 0, bytes.length)
    return canonical(bytes.toString('utf8', 0, bytes.length))
  }
  const raw = bytes.toString('latin1', 0, bytes.length)
  if (!raw.includes('&') && /^[\x20-\x7e]*$/.test(raw)) return canonical(raw)
  const decoded = decodeUtf7(raw)
  return decoded !== null && encodeUtf7(decoded) === raw ? decoded : rawNameMark + raw
}

/** The octets of the name. Control characters are refused: no server takes them, and they are how lines are injected. */
export function encodeMailboxName(name: string, isUtf8Enabled: boolean): Buffer {
  if (name.startsWith(rawNameMark)) {
    const raw = name.slice(rawNameMark.length)
    if (/[\0\r\n]|[^\0-\xff]/.test(raw)) throw new Failure('badInput', { reason: 'mailbox name' })
    return Buffer.from(raw, 'latin1')
  }
  if (name === '' || unprintable.test(name) || !name.isWellFormed())
    throw new Failure('badInput', { reason: 'mailbox name' })
  return isUtf8Enabled ? Buffer.from(name, 'utf8') : Buffer.from(encodeUtf7(name), 'latin1')
}

/** RFC 9051 §5.1: INBOX in any case is INBOX. */
function canonical(name: string): string {
  return name.length === 5 && name.toUpperCase() === 'INBOX' ? 'INBOX' : name
}

function encodeUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-'
    const units = Buffer.from(run, 'utf16le').swap16()
    return `&${units.toString('base64').replaceAll('/', ',').replaceAll('=', '')}-`
  })
}

/** Null when it is no modified UTF-7. */
function decodeUtf7(raw: string): string | null {
  let isValid = true
  const name = raw.replace(/&([^-]*)(-?)/g, (_, base64: string, end: string) => {
    if (end === '' || !/^[A-Za-z0-9+,]*$/.test(base64)) isValid = false
    if (base64 === '') return '&'
    const units = Buffer.from(base64.replaceAll(',', '/'), 'base64')
    if (units.length % 2 === 1) isValid = false
    return isValid ? units.swap16().toString('utf16le') : ''
  })
  return isValid && name.isWellFormed() && !unprintable.test(name) ? name : null
}
