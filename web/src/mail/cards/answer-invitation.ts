// The answer to an invitation, by mail to whoever sent it (RFC 6047). What was answered is kept with the account, so that it is told on every device.

import type { Identity } from '#shared/jmap/submission.ts'
import type { NewEmail } from '../../compose/draft-email.ts'
import { saveDraft } from '../../compose/save-draft.ts'
import { submit } from '../../compose/send-draft.ts'
import { pickIdentity, threading } from '../../compose/start-draft.ts'
import { changeSetting, readSetting } from '../../settings/account-settings.ts'
import type { MailStore } from '../../store/index.ts'
import type { Message } from '../read/load-message.ts'
import { type Answer, answerTo, type CalendarEvent } from './read-event.ts'

/** The oldest are forgotten: the message itself stays marked as answered. */
const keptAnswers = 200

export interface AnswerWords {
  readonly subject: string
  readonly text: string
}

/** Returns what takes it back; its answer is false when it has gone. */
export async function answerInvitation(
  store: MailStore,
  { message, event, source }: { readonly message: Message; readonly event: CalendarEvent; readonly source: string },
  answer: Answer,
  words: AnswerWords,
): Promise<() => Promise<boolean>> {
  const { client, accountId, mailboxByRole } = store
  const drafts = mailboxByRole('drafts')
  const { organizer } = event
  if (!organizer || !drafts) throw new Error('nobody to answer, or nowhere to write')
  const { list } = await client.call('Identity/get', { accountId, ids: null })
  const identity = identityFor(list, event, message, readSetting(client, 'composing').identityId)
  if (!identity) throw new Error('no identity')
  const invited = event.attendees.find(({ email }) => isSame(email, identity.email))
  const name = identity.name || invited?.name || null
  const calendar = answerTo(source, { name, email: identity.email }, answer, new Date())
  const email: NewEmail = {
    mailboxIds: { [drafts.id]: true },
    keywords: { $draft: true, $seen: true },
    from: [{ name, email: identity.email }],
    to: [{ name: organizer.name, email: organizer.email }],
    subject: words.subject,
    ...threading(message),
    bodyStructure: {
      type: 'multipart/alternative',
      subParts: [
        { partId: 'text', type: 'text/plain' },
        { partId: 'calendar', 'header:Content-Type': ' text/calendar; method=REPLY' },
      ],
    } as never,
    bodyValues: {
      text: { value: words.text, isEncodingProblem: false, isTruncated: false },
      calendar: { value: calendar, isEncodingProblem: false, isTruncated: false },
    },
  }
  const emailId = await saveDraft({ client }, email, drafts.id)
  const sent = await submit(client, {
    identityId: identity.id,
    emailId,
    idempotencyKey: `answer ${emailId}`,
    fileSent: true,
    answered: [message.id],
  })
  await keepAnswer(store, event.uid, answer)
  return async () => {
    const isBack = await sent.undo()
    if (!isBack) return false
    // Called back it is a draft again, which nobody wrote.
    await client.call('Email/set', { accountId, destroy: [emailId] })
    await keepAnswer(store, event.uid, null)
    return true
  }
}

/** The one who was invited answers, not whoever usually writes. */
function identityFor(
  identities: readonly Identity[],
  event: CalendarEvent,
  message: Message,
  defaultId: string | null,
) {
  const invited = identities.find(({ email }) => event.attendees.some((attendee) => isSame(attendee.email, email)))
  return invited ?? pickIdentity(identities, message, defaultId)
}

async function keepAnswer({ client }: MailStore, uid: string, answer: Answer | null): Promise<void> {
  const { answers } = readSetting(client, 'invitations')
  const key = keyOf(uid)
  const surplus = Object.keys(answers)
    .filter((one) => one !== key)
    .slice(0, -keptAnswers)
  const forgotten = Object.fromEntries(surplus.map((one) => [one, null]))
  // The answer has gone; that it is not remembered is no reason to say that it has not.
  await changeSetting(client, 'invitations', { answers: { ...forgotten, [key]: answer } }).catch(() => undefined)
}

/** Uids are anything, of any length. */
export const keyOf = (uid: string): string => uid.slice(0, 120)

export const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
