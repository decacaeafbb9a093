// A body that survives its connection: what was read is kept, the rest is asked for by range on another.

import { Failure } from '#core/errors.ts'
import { fetchBody } from './commands/fetch.ts'
import { isDropped } from './failures.ts'
import type { Need } from './pool-types.ts'
import type { BodyRequest, BodyStream, Connection } from './types.ts'

const MAX_REPAIRS = 3

export type Lend = (need: Need) => Promise<{ readonly lease: Connection; readonly giveBack: () => void }>

export async function repairedBody(
  lend: Lend,
  need: Omit<Need, 'isExclusive'>,
  request: BodyRequest,
): Promise<BodyStream> {
  const { range } = request
  const start = range?.start ?? 0
  let uidValidity = 0

  const open = async (offset: number, size: number | null): Promise<BodyStream> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const { lease, giveBack } = await lend({ ...need, isExclusive: true })
        try {
          const now = lease.selected?.uidValidity ?? 0
          // The same UID of another validity is another message.
          if (offset > 0 && now !== uidValidity) throw new Failure('unavailable', { reason: 'UIDVALIDITY changed' })
          uidValidity = now
          const rest = offset === 0 || size === null ? range : { start: start + offset, end: start + size }
          const stream = await fetchBody(lease, { ...request, range: rest }, need.signal)
          void stream.done.then(giveBack)
          return stream
        } catch (error) {
          giveBack()
          throw error
        }
      } catch (error) {
        if (attempt > MAX_REPAIRS || !isDropped(error) || error.code !== 'unavailable' || need.signal.aborted)
          throw error
      }
    }
  }

  const first = await open(0, null)
  const { size } = first
  async function* body(): AsyncGenerator<Buffer, void, void> {
    let offset = 0
    let stream = first
    for (let repairs = 0; ; repairs++) {
      try {
        for await (const chunk of stream.body) {
          offset += chunk.length
          yield chunk
        }
        if (offset !== size) throw new Failure('unavailable', { reason: 'the body changed its size', size, offset })
        return
      } catch (error) {
        if (repairs >= MAX_REPAIRS || !isDropped(error) || error.code !== 'unavailable' || offset >= size) throw error
        stream = await open(offset, size)
      }
    }
  }
  return { size, body: body(), done: first.done }
}
