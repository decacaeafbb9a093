// A command on its way: who waits for it, how far it got, and how it ends.

import { Failure } from '#core/errors.ts'
import { intersects } from '#formats/imap/number-set.ts'
import type { ProtocolError } from '#formats/imap/protocol-error.ts'
import { refusal } from './failures.ts'
import type { Command, CommandRun, ConnectionState, Reply } from './types.ts'

export interface Pending {
  readonly tag: string
  readonly command: Command<unknown>
  readonly run: CommandRun<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (failure: unknown) => void
  /** The last octet went out: the server may act on it. */
  isWritten: boolean
  /** Nobody waits any more: its answer is read and dropped. */
  isAbandoned: boolean
  /** A response of it could not be parsed: an OK would be a lie. */
  fault: ProtocolError | null
}

/** The tagged reply came. */
export function conclude(
  { command, run, fault, resolve, reject }: Pending,
  reply: Reply,
  state: ConnectionState,
): void {
  const fail = (failure: Failure) => {
    run.lost?.(failure)
    reject(failure)
  }
  const malformed = (cause: unknown) =>
    fail(new Failure('unavailable', { command: command.name, reason: 'malformed response' }, cause))
  if (reply.status !== 'OK') fail(run.refused?.(reply, state) ?? refusal(command.name, command.effect, reply))
  else if (fault) malformed(fault)
  else {
    try {
      resolve(run.done(reply, state))
    } catch (error) {
      if (error instanceof Failure) fail(error)
      else malformed(error)
    }
  }
}

/** Names of a CAPABILITY code. */
export function namesOf(text: string): Set<string> {
  return new Set(text.toUpperCase().split(' ').filter(Boolean))
}

/**
 * Whether the untagged data of both could be told apart. Dovecot runs commands side by side where RFC 9051 §5.5 lets it: rows of a second
 * FETCH come before the first one's OK.
 */
export function mayFlyTogether(a: Command<unknown>, b: Command<unknown>): boolean {
  if (a.usesSequence || b.usesSequence) return false
  if (!a.yields || !b.yields || a.yields.kind !== b.yields.kind) return true
  const [ours, theirs] = [a.yields.uids, b.yields.uids]
  return ours !== undefined && theirs !== undefined && ours !== '1:*' && theirs !== '1:*' && !intersects(ours, theirs)
}
