// Puts a message into the outbox: RFC 8621 §7.5. Once this has answered, the message is sent, or its author hears why not,
// whatever dies. Everything that can be refused is refused here, where the author still looks.

import { createHash, randomUUID } from 'node:crypto'
import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import { recordChanges } from '#domain/changes/index.ts'
import { formatMailDate } from '#formats/mime/structured-fields.ts'
import { writeHeader } from '#formats/mime/write-header.ts'
import { formatParameters } from '#formats/smtp/parameters.ts'
import type { EmailRow, MailAccount } from '#ports/mail-store.ts'
import type { Envelope, Identity } from '#shared/jmap/submission.ts'
import { askPlugins } from './ask-plugins.ts'
import {
  checkRecipients,
  defaultEnvelope,
  type HeaderFacts,
  heldUntil,
  readHeaderFacts,
  sameAddress,
  withoutHold,
} from './envelope.ts'
import { credentialPurpose } from './held.ts'
import type { Identities } from './identities.ts'
import { measureShaped, proveMessage } from './message.ts'
import type { ServerOffers } from './offers.ts'
import { toSubmitted } from './status.ts'
import { findByKey, insertSubmission } from './store.ts'
import type { SubmissionRow } from './tables.ts'
import type { MessageManifest, NewSubmission, RecipientState, SendOptions, SubmissionDeps, Submitted } from './types.ts'

export interface CreateDeps extends SubmissionDeps {
  readonly identities: Pick<Identities, 'list'>
  readonly offers: ServerOffers
}

export async function createSubmission(deps: CreateDeps, caller: Caller, wish: NewSubmission): Promise<Submitted> {
  const idempotencyKey = wish.idempotencyKey === null ? null : digest(wish.idempotencyKey)
  const known =
    idempotencyKey && (await findByKey(deps.sql.readFresh(), caller.account, 'idempotency_key', idempotencyKey))
  if (known) return toSubmitted(known)

  const { list: identities } = await deps.identities.list(caller)
  const identity = identities.find(({ id }) => id === wish.identityId)
  if (!identity) throw new Failure('badInput', { properties: ['identityId'] })
  const account = await deps.openMail(caller)
  const [row] = await account.rows([wish.emailId], { structure: true }, caller.signal)
  if (!row) throw new Failure('badInput', { properties: ['emailId'] })

  const { manifest, header } = await proveMessage(account, row, caller.signal)
  const facts = readHeaderFacts(header)
  const envelope = checkEnvelope(deps, wish, facts, identity, identities, caller)
  await checkOffers(deps, caller, envelope, manifest.size)

  const now = deps.clock.now()
  const sendAt = await chooseTime(deps, caller, wish, now)
  const { edits, fields } = await askPlugins(deps.hooks, account, caller, {
    wish,
    envelope,
    facts,
    size: manifest.size,
    sendAt,
  })
  const shaped =
    edits.length > 0 && (await measureShaped((await account.raw(wish.emailId, {}, caller.signal)).body, edits))
  const { prefix, messageId } = prepareHeader(wish, facts, identity, envelope, now)
  return store(deps, caller, {
    kind: wish,
    row,
    envelope,
    idempotencyKey,
    manifest: { ...manifest, prefix: fields + prefix, ...(shaped && { edits, shaped }), inline: null },
    messageId,
    sendAt,
    now,
    wasDraft: !wish.redirect && (await isDraft(account, row, caller.signal)),
  })
}

interface Prepared {
  readonly kind: Pick<
    NewSubmission,
    'identityId' | 'emailId' | 'creationId' | 'fileSent' | 'answered' | 'forwarded' | 'redirect'
  >
  readonly row: Pick<EmailRow, 'threadId'>
  readonly envelope: Envelope
  readonly idempotencyKey: string | null
  readonly manifest: MessageManifest
  readonly messageId: string
  readonly sendAt: number
  readonly now: number
  readonly wasDraft: boolean
}

/** One transaction: from its commit on, the message is ours to send. */
export async function store(deps: SubmissionDeps, caller: Caller, prepared: Prepared): Promise<Submitted> {
  const { kind, envelope, now, sendAt } = prepared
  const id = randomUUID()
  // Without a key of the client's: the same creation id, message and envelope while the first still waits is the same wish,
  // repeated by a client that lost the answer.
  const pendingKey = digest(JSON.stringify([kind.creationId, kind.emailId, kind.identityId, envelope]))
  const options: SendOptions = {
    fileSent: kind.fileSent && !kind.redirect,
    answered: kind.answered,
    forwarded: kind.forwarded,
    wasDraft: prepared.wasDraft,
  }
  const recipients: readonly RecipientState[] = envelope.rcptTo.map(({ email, parameters }) => ({
    email,
    parameters: parameters ?? {},
    state: 'waiting',
    reply: null,
  }))
  const row: SubmissionRow = {
    id,
    account: caller.account,
    address: caller.address,
    identity_id: kind.identityId,
    email_id: kind.emailId,
    thread_id: prepared.row.threadId,
    message_id: prepared.messageId,
    message: JSON.stringify(prepared.manifest),
    envelope: JSON.stringify(envelope),
    recipients: JSON.stringify(recipients),
    options: JSON.stringify(options),
    credential: deps.ring.seal(credentialPurpose, id, JSON.stringify(caller.credential)),
    idempotency_key: prepared.idempotencyKey,
    pending_key: pendingKey,
    created_at: now,
    send_at: sendAt,
    expires_at: sendAt + deps.config.expiryMs,
    next_at: sendAt,
    attempts: 0,
    phase: 'waiting',
    committed_at: null,
    filing: 'none',
    undo_status: 'pending',
    problem: null,
    is_hidden: prepared.manifest.inline === null ? 0 : 1,
    fence: 0,
    lease_until: 0,
    waits_for: null,
  }
  let state: string
  try {
    state = await deps.sql.write(caller, async (tx) => {
      await insertSubmission(tx, row)
      return recordChanges(
        tx,
        { account: caller.account, type: 'EmailSubmission' },
        row.is_hidden === 1 ? [] : [{ id, kind: 'created' }],
      )
    })
  } catch (error) {
    if (!isFailure(error, 'conflict')) throw error
    const first = await findTwin(deps, caller, prepared.idempotencyKey, pendingKey)
    if (!first) throw error
    return toSubmitted(first)
  }
  deps.wake?.(sendAt)
  await deps.bus.publish({ account: caller.account, changed: { EmailSubmission: state } })
  return toSubmitted(row)
}

async function findTwin(deps: SubmissionDeps, caller: Caller, idempotencyKey: string | null, pendingKey: string) {
  const db = deps.sql.readFresh()
  const byKey = idempotencyKey && (await findByKey(db, caller.account, 'idempotency_key', idempotencyKey))
  return byKey || findByKey(db, caller.account, 'pending_key', pendingKey)
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

function checkEnvelope(
  deps: CreateDeps,
  wish: NewSubmission,
  facts: HeaderFacts,
  identity: Identity,
  identities: readonly Identity[],
  caller: Caller,
): Envelope {
  if (facts.from.length === 0) throw new Failure('badInput', { refusal: 'badMessage', properties: ['from'] })
  const allowed = new Set([caller.address, ...identities.map(({ email }) => email)].map(sameAddress))
  const foreign = [...facts.from, ...(facts.sender ? [facts.sender] : [])].find(
    (email) => !allowed.has(sameAddress(email)),
  )
  if (foreign !== undefined && !wish.redirect) {
    throw new Failure('forbidden', { refusal: 'from', description: `${foreign} is none of your identities.` })
  }
  const envelope = wish.envelope ?? (wish.redirect ? null : defaultEnvelope(facts, identity.email))
  if (!envelope) throw new Failure('badInput', { refusal: 'noRecipients' })
  // RFC 5321 §4.5.5: the null reverse-path is for notifications, not for a person's mail.
  if (!allowed.has(sameAddress(envelope.mailFrom.email))) {
    throw new Failure('forbidden', {
      refusal: 'mailFrom',
      description: `${envelope.mailFrom.email} is none of your identities.`,
    })
  }
  checkRecipients(envelope, deps.config.maxRecipients)
  return envelope
}

/** What the server has announced that it will not take is refused while its author looks; a server that is down is not waited for. */
async function checkOffers(deps: CreateDeps, caller: Caller, envelope: Envelope, size: number): Promise<void> {
  const offers = await deps.offers(caller)
  const announced = Number(offers?.get('SIZE') ?? 0)
  const maxSize = announced > 0 ? Math.min(announced, deps.config.maxMessageBytes) : deps.config.maxMessageBytes
  if (size > maxSize) throw new Failure('tooLarge', { maxSize })
  if (!offers) return
  const refused = [
    formatParameters('MAIL', withoutHold(envelope.mailFrom).parameters ?? {}, offers),
    ...envelope.rcptTo.map(({ parameters }) => formatParameters('RCPT', parameters ?? {}, offers)),
  ].flatMap((formatted) => ('refused' in formatted ? formatted.refused : []))
  if (refused.length === 0) return
  const description = `The mail server does not offer ${[...new Set(refused)].join(', ')}.`
  throw new Failure('badInput', { properties: ['envelope'], description })
}

async function chooseTime(deps: CreateDeps, caller: Caller, wish: NewSubmission, now: number): Promise<number> {
  const chosen = wish.sendAt ?? heldUntil(wish.envelope, now)
  if (chosen !== null && chosen > now + deps.config.maxDelayMs)
    throw new Failure('badInput', { properties: ['sendAt'] })
  const { list } = await deps.settings.list(caller, ['composing'])
  const seconds = list[0]?.value.undoSeconds
  const undoMs =
    typeof seconds === 'number' && seconds >= 0 && seconds <= 60 ? seconds * 1000 : deps.config.undoWindowMs
  return Math.max(chosen ?? 0, now + undoMs)
}

/** RFC 6409 §8.2, §8.3: what a message lacks is added; for a redirect, RFC 5322 §3.6.6. */
function prepareHeader(wish: NewSubmission, facts: HeaderFacts, identity: Identity, envelope: Envelope, now: number) {
  const domain = identity.email.slice(identity.email.lastIndexOf('@') + 1)
  const fresh = `<${randomUUID()}@${domain}>`
  const date = formatMailDate({ time: now, offsetMinutes: 0 })
  if (wish.redirect) {
    const to = envelope.rcptTo.map(({ email }) => withoutHold({ email, parameters: null }).email).join(',\r\n ')
    const fields = [
      writeHeader({
        name: 'Resent-From',
        form: 'Addresses',
        value: [{ name: identity.name || null, email: identity.email }],
      }).trimEnd(),
      `Resent-To: ${to}`,
      `Resent-Date: ${date}`,
      `Resent-Message-ID: ${fresh}`,
    ]
    // The message's own id is that of a message long delivered: it is no witness of this send.
    return { prefix: fields.map((field) => `${field}\r\n`).join(''), messageId: '' }
  }
  const messageId = facts.messageId ?? fresh
  const missing = [
    ...(facts.messageId === null ? [`Message-ID: ${messageId}\r\n`] : []),
    ...(facts.hasDate ? [] : [`Date: ${date}\r\n`]),
  ]
  return { prefix: missing.join(''), messageId: facts.messageId ?? '' }
}

async function isDraft(account: MailAccount, row: EmailRow, signal: AbortSignal): Promise<boolean> {
  if (row.keywords.includes('$draft')) return true
  const { list } = await account.mailboxes({ threads: false }, signal)
  return list.some(({ id, role }) => role === 'drafts' && row.mailboxIds.includes(id))
}
