// The octets of a literal from a stream: exactly as many as announced, no faster than the socket takes them.

import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { Failure } from '#core/errors.ts'
import type { Step } from '#formats/imap/serialize.ts'

export async function writeStream(
  { stream, size }: Extract<Step, { kind: 'stream' }>,
  write: (chunk: Buffer) => boolean,
  socket: Duplex,
): Promise<void> {
  let sent = 0
  for await (const piece of stream) {
    sent += piece.length
    // One octet more would be read as the next command.
    if (sent > size) throw new Failure('badInput', { reason: 'the source has more octets than announced', size })
    const isTaken = write(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
    if (isTaken) continue
    const ended = new AbortController()
    const onClose = () => ended.abort(new Failure('unavailable', { reason: 'connection closed' }))
    socket.once('close', onClose)
    try {
      if (socket.destroyed) throw new Failure('unavailable', { reason: 'connection closed' })
      await once(socket, 'drain', { signal: ended.signal })
    } finally {
      socket.off('close', onClose)
    }
  }
  if (sent < size) throw new Failure('badInput', { reason: 'the source has fewer octets than announced', size, sent })
}
