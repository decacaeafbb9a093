// The message on its way into DATA: RFC 5321 §4.5.2 (a dot before a leading dot) and §2.3.8 (lines end in CRLF, nothing else).
// A bare CR or LF would be a line end to one server and none to the next, which is how messages are smuggled into messages:
// both leave here as CRLF. NUL is refused.

import { Failure } from '#core/errors.ts'

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e

export interface DotStuffer {
  /** The octets to write for the next piece. */
  push(chunk: Uint8Array): Uint8Array
  /** What stands between the last octet and `.` CRLF. */
  end(): Uint8Array
}

/** What cannot leave as it is: a bare CR, a bare LF, a dot at the start of a line, a NUL. */
const unclean = /\r(?!\n)|[^\r]\n|^\n|\n\.|\0/

function isClean(chunk: Uint8Array, atLineStart: boolean): boolean {
  if (atLineStart && chunk[0] === DOT) return false
  // As Latin-1, octets are characters; one pass of the regular expression is twice as fast as a loop.
  return !unclean.test(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1'))
}

export function openDotStuffer(): DotStuffer {
  let atLineStart = true
  /** A CR was the last octet, and is not written yet. */
  let heldCr = false
  return {
    push(chunk) {
      if (chunk.length === 0) return chunk
      // Nearly every piece of nearly every message: copied by nobody.
      if (!heldCr && isClean(chunk, atLineStart)) {
        atLineStart = chunk.at(-1) === LF
        return chunk
      }
      // Each octet becomes two at most, plus a CR held from before.
      const out = Buffer.allocUnsafe(chunk.length * 2 + 2)
      let size = 0
      const newline = () => {
        out[size++] = CR
        out[size++] = LF
        atLineStart = true
      }
      for (const octet of chunk) {
        if (heldCr) {
          heldCr = false
          newline()
          if (octet === LF) continue
        }
        if (octet === CR) {
          heldCr = true
        } else if (octet === LF) {
          newline()
        } else if (octet === 0) {
          throw new Failure('badInput', { description: 'The message has a NUL in it, which SMTP cannot carry.' })
        } else {
          if (atLineStart && octet === DOT) out[size++] = DOT
          out[size++] = octet
          atLineStart = false
        }
      }
      return out.subarray(0, size)
    },
    end: () => Buffer.from(heldCr || !atLineStart ? '\r\n' : ''),
  }
}
