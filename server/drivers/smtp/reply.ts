// SMTP replies: RFC 5321 §4.2, with enhanced status codes (RFC 2034).

import { Failure } from '#core/errors.ts'
import type { LineSocket } from '#core/line-socket.ts'

export interface Reply {
  readonly code: number
  /** Without the code; one for each line. */
  readonly lines: readonly string[]
  /** The whole on one line, as a person or a log reads it: `250 2.1.5 Ok`. */
  readonly text: string
}

/** RFC 5321 §4.5.3.1.5 has 512; servers write more. */
const maxLineBytes = 4096
const maxLines = 200

export async function readReply(socket: LineSocket, timeoutMs: number): Promise<Reply> {
  const lines: string[] = []
  for (;;) {
    const line = await socket.readLine(maxLineBytes, timeoutMs)
    const match = /^([2-5]\d\d)([ -]|$)(.*)$/.exec(line)
    if (!match) throw new Failure('unavailable', { reason: 'not an SMTP reply', line: line.slice(0, 100) })
    lines.push(match[3]!)
    if (match[2] !== '-') return toReply(Number(match[1]), lines)
    if (lines.length > maxLines) throw new Failure('unavailable', { reason: 'an endless SMTP reply' })
  }
}

export function toReply(code: number, lines: readonly string[]): Reply {
  const printable = lines.join(' ').replace(/[^\x20-\x7e]/g, '?')
  return { code, lines, text: `${code} ${printable}`.trim().slice(0, 1000) }
}

export type Verdict = 'accepted' | 'temporary' | 'permanent'

export function verdictOf({ code }: Reply): Verdict {
  return code < 400 ? 'accepted' : code < 500 ? 'temporary' : 'permanent'
}
