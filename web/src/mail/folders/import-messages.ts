// Files of messages (.eml, RFC 5322) put into a folder: dropped on it, or picked. One after the other, so that a hundred of them leave the
// line to what somebody does meanwhile.

import { capabilities } from '#shared/jmap/core.ts'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { refusalOf } from '../../jmap/create-once.ts'
import { loadStrings } from '../../shell/i18n.ts'
import type { MailStore } from '../../store/index.ts'

/** Why a file is not in the folder: a key in strings. */
type Fault = 'notMessage' | 'tooLarge' | 'refused'

/** Lets the person choose files. */
export function pickMessages(store: MailStore, mailbox: Mailbox): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.accept = '.eml,message/rfc822'
  input.onchange = () => void importMessages(store, [...(input.files ?? [])], mailbox)
  input.click()
}

export async function importMessages(store: MailStore, files: readonly File[], mailbox: Mailbox): Promise<void> {
  await loadStrings('folders')
  const { client, undo, tasks } = store
  const core = client.session.capabilities[capabilities.core] as { maxSizeUpload?: number } | undefined
  const maxSize = core?.maxSizeUpload ?? Number.POSITIVE_INFINITY
  const task = tasks.begin('folders:importing', { count: files.length }, files.length)
  const imported: string[] = []
  const faults = new Map<Fault, string[]>()
  let done = 0
  for (const file of files) {
    if (task.signal.aborted) break
    let fault: Fault | undefined
    if (!/\.eml$/i.test(file.name) && file.type !== 'message/rfc822') fault = 'notMessage'
    else if (file.size > maxSize) fault = 'tooLarge'
    else
      try {
        imported.push(await importOne(store, file, mailbox.id, task.signal))
      } catch (error) {
        if (task.signal.aborted) break
        console.error(error)
        fault = 'refused'
      }
    if (fault) faults.set(fault, [...(faults.get(fault) ?? []), file.name])
    task.setDone(++done)
  }
  task.end()
  if (imported.length > 0) await store.refresh()
  for (const [fault, names] of faults) {
    // The first tells which, the number how many.
    undo.push({ text: `folders:${fault}`, values: { name: names[0] ?? '', count: names.length }, kind: 'error' })
  }
  if (imported.length === 0) return
  undo.push({
    text: 'folders:imported',
    values: { count: imported.length, folder: mailbox.name, role: mailbox.role ?? '' },
    undo: () => takeBack(store, imported),
  })
}

async function importOne({ client }: MailStore, file: File, mailboxId: string, signal: AbortSignal): Promise<string> {
  const { accountId } = client
  const { blobId } = await client.upload(new File([file], file.name, { type: 'message/rfc822' }), { signal })
  const receivedAt = await dateWhenNotReceived(file)
  const email = {
    blobId,
    mailboxIds: { [mailboxId]: true },
    keywords: { $seen: true },
    ...(receivedAt && { receivedAt }),
  }
  const { created, notCreated } = await client.call('Email/import', { accountId, emails: { file: email } })
  const id = created?.file?.id
  if (id === undefined) throw refusalOf(notCreated?.file)
  return id
}

/** More of headers than any message needs. */
const headBytes = 65_536

/** RFC 8621 §4.8: a message without a Received field would be of the time at which it is brought in. Its Date says it better. */
async function dateWhenNotReceived(file: File): Promise<string | undefined> {
  const [head = ''] = (await file.slice(0, headBytes).text()).split(/\r?\n\r?\n/, 1)
  if (/^received:/im.test(head)) return undefined
  const at = new Date(/^date:\s*(.+)$/im.exec(head)?.[1]?.trim() ?? '')
  return Number.isNaN(at.getTime()) || at.getTime() > Date.now() ? undefined : `${at.toISOString().slice(0, 19)}Z`
}

/** What a person takes back was his own file a moment ago: nothing to keep in the trash. */
async function takeBack(store: MailStore, ids: readonly string[]): Promise<void> {
  const { client, undo } = store
  try {
    const { notDestroyed } = await client.call('Email/set', { accountId: client.accountId, destroy: ids })
    const error = Object.values(notDestroyed ?? {}).find(({ type }) => type !== 'notFound')
    if (error) throw refusalOf(error)
  } catch (error) {
    console.error(error)
    undo.push({ text: 'mail:failed', kind: 'error' })
  }
  await store.refresh()
}
