// APPEND: a message from a stream into a mailbox (RFC 9051 §6.3.12, 4315, 7888, 7889, 6855).

import { Failure } from '#core/errors.ts'
import type { Part } from '#formats/imap/serialize.ts'
import type { AppendedUid, Commands } from '../types.ts'

export const appendMessage: Commands['appendMessage'] = (connection, mailbox, message) => {
  const { appendLimit } = connection.features
  if (appendLimit !== null && message.size > appendLimit)
    return Promise.reject(new Failure('tooLarge', { size: message.size, appendLimit }))
  const parts: Part[] = ['APPEND', { mailbox }, { flags: message.flags }]
  if (message.internalDate !== null) parts.push({ dateTime: message.internalDate })
  parts.push({ stream: message.source, size: message.size })
  return connection.run<AppendedUid | null>({
    name: 'APPEND',
    parts,
    effect: 'change',
    start: () => ({
      done({ code }) {
        // RFC 4315 §3: `APPENDUID 38505 3955`.
        const [, uidValidity, uid] = (code?.name === 'APPENDUID' && /^(\d+) (\d+)$/.exec(code.text)) || []
        return uidValidity && uid ? { uidValidity: Number(uidValidity), uid: Number(uid) } : null
      },
    }),
  })
}
