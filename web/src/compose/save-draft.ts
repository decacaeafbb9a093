// A new message in the drafts, once, whatever becomes of the answer.

import type { JmapClient } from '../jmap/client.ts'
import { createOnce, refusalOf } from '../jmap/create-once.ts'
import type { NewEmail } from './draft-email.ts'

/** Each saving has a mark of its own, by which it is found when its answer was lost; sending takes it off (server, message.ts). */
export async function saveDraft(
  { client, sleep }: { readonly client: JmapClient; readonly sleep?: ((ms: number) => Promise<void>) | undefined },
  email: NewEmail,
  draftsId: string,
): Promise<string> {
  const { accountId } = client
  const mark = crypto.randomUUID()
  const create = { draft: { ...email, 'header:X-Paquebot-Save:asText': mark } }
  return await createOnce(
    async () => {
      const { created, notCreated } = await client.call('Email/set', { accountId, create })
      const id = created?.draft?.id
      if (!id) throw refusalOf(notCreated?.draft, 'invalidArguments')
      return id
    },
    async () => {
      const filter = { inMailbox: draftsId, header: ['X-Paquebot-Save', mark] }
      const { ids } = await client.call('Email/query', { accountId, filter, limit: 1 })
      return ids[0] ?? null
    },
    sleep,
  )
}
