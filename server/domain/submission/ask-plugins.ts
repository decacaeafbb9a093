// What plugins are asked when a message enters the outbox: whether it may, and what becomes of its text. Their changes are kept as edits
// beside the message's hash, so that what is sent is the proven draft with exactly those, on every attempt and whichever node makes it.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import { bodyLists } from '#formats/mime/body-lists.ts'
import { decodeWords } from '#formats/mime/encoded-words.ts'
import { lenientValue, unfold } from '#formats/mime/header-fields.ts'
import type { MimePart } from '#formats/mime/mime-part.ts'
import { parseMessage } from '#formats/mime/parse-message.ts'
import { type Edit, isProtected, replaceTexts, visibleTexts } from '#formats/mime/replace-text.ts'
import type { Hooks } from '#ports/hooks.ts'
import type { MailAccount } from '#ports/mail-store.ts'
import type { Envelope } from '#shared/jmap/submission.ts'
import type { HeaderFacts } from './envelope.ts'
import type { NewSubmission } from './types.ts'

export interface Asked {
  readonly edits: readonly Edit[]
  /** Fields to stand above the header, each with its CRLF. */
  readonly fields: string
}

const nothing: Asked = { edits: [], fields: '' }
/** Of the message, what is looked at: the text stands before the attachments. */
const maxHeadBytes = 4 * 1024 * 1024
/** A row of the outbox holds them. */
const maxEditsBytes = 40_000
const maxSummaryCharacters = 65_536

interface ToAsk {
  readonly wish: NewSubmission
  readonly envelope: Envelope
  readonly facts: HeaderFacts
  readonly size: number
  readonly sendAt: number
}

/** Throws `forbidden` with the text of the plugin that says no. */
export async function askPlugins(
  hooks: Hooks | undefined,
  account: MailAccount,
  caller: Caller,
  asked: ToAsk,
): Promise<Asked> {
  const isAsked = hooks?.listens('message.beforeSend')
  const isShaped = hooks?.listens('message.outgoing') && !asked.wish.redirect
  if (!hooks || !(isAsked || isShaped)) return nothing
  const { wish, envelope, facts } = asked
  const head = await readHead(account, wish.emailId, caller.signal)
  const root = parseMessage(head)
  const texts = visibleTexts(root)
  const common = {
    emailId: wish.emailId,
    subject: subjectOf(root),
    from: facts.from,
    recipients: envelope.rcptTo.map(({ email }) => email),
  }
  if (isAsked) {
    const event = {
      ...common,
      identityId: wish.identityId,
      size: asked.size,
      texts: shortened(texts),
      attachments: bodyLists(root).attachments.map(({ name, type, encodedSize }) => ({
        name,
        type,
        size: encodedSize,
      })),
      sendAt: asked.sendAt,
      isRedirect: wish.redirect,
    }
    await hooks.ask('message.beforeSend', event, caller)
  }
  if (!isShaped || isProtected(root)) return nothing
  // A part that the head may have cut off is not offered: its end is not its end.
  const isCut = head.length < asked.size
  const whole = isCut ? texts.filter(({ part }) => endsInside(root, part, head)) : texts
  const answer = await hooks.ask('message.outgoing', { ...common, texts: whole, addHeaders: [] }, caller)
  const offered = new Set(whole.map(({ part }) => part))
  const wanted = answer.texts.filter(({ part }) => offered.has(part)).map(({ part, text }) => [part, text] as const)
  const edits = replaceTexts(head, root, Object.fromEntries(wanted))
  if (JSON.stringify(edits).length > maxEditsBytes)
    throw new Failure('tooLarge', { description: 'What this server adds to messages does not fit this one.' })
  return { edits, fields: answer.addHeaders.map(([name, value]) => `${name}: ${value}\r\n`).join('') }
}

async function readHead(account: MailAccount, emailId: string, signal: AbortSignal): Promise<Buffer> {
  const { body } = await account.raw(emailId, {}, signal)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= maxHeadBytes) break
  }
  return Buffer.concat(chunks)
}

function endsInside(root: MimePart, section: string, head: Uint8Array): boolean {
  const find = (part: MimePart): MimePart | null =>
    part.children
      ? (part.children.map(find).find((found) => found !== null) ?? null)
      : part.section === section
        ? part
        : null
  const content = find(root)?.content
  return content ? content.byteOffset - head.byteOffset + content.length < head.length : false
}

function subjectOf(root: MimePart): string {
  const field = root.fields?.find(({ name }) => name.toLowerCase() === 'subject')
  return field ? decodeWords(unfold(lenientValue(field.value))).trim() : ''
}

function shortened(
  texts: ReturnType<typeof visibleTexts>,
): readonly { readonly type: string; readonly text: string }[] {
  let room = maxSummaryCharacters
  return texts.map(({ type, text }) => {
    const kept = text.slice(0, room)
    room -= kept.length
    return { type, text: kept }
  })
}
