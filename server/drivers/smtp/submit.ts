// One message through one session: MAIL, RCPT for each, DATA (RFC 5321 §3.3). Every answer becomes an outcome; what is thrown
// is the message's own error, `badInput`, `canceled`, and a connection that broke (which the caller turns into an outcome:
// `dotSent` tells him which).

import { Failure, isFailure } from '#core/errors.ts'
import { formatParameters, formatPath, isSafeAddress } from '#formats/smtp/parameters.ts'
import type { RecipientOutcome, Submission, SubmissionOutcome } from '#ports/mail-transport.ts'
import { openDotStuffer } from './dot-stuff.ts'
import { type Reply, readReply, toReply, verdictOf } from './reply.ts'
import type { SmtpSession, SmtpTimes } from './session.ts'

/** RFC 2920: as many commands in flight as cannot fill both socket buffers. */
const maxPipelined = 50

export interface Progress {
  /** Set in the turn in which the final dot is written. */
  dotSent: boolean
  /** As far as known. */
  recipients: readonly RecipientOutcome[]
  /** What the message's own stream threw: the caller's, whatever its code. */
  sourceError: unknown
}

export async function submitMessage(
  times: SmtpTimes,
  session: SmtpSession,
  submission: Submission,
  progress: Progress,
): Promise<SubmissionOutcome> {
  for (const { email } of [submission.from, ...submission.to]) {
    if (!isSafeAddress(email))
      throw new Failure('badInput', { description: 'An address has characters that no address has.' })
  }
  const mail = mailCommand(session, submission)
  if ('code' in mail) return nobody(submission, mail)

  const recipients = await envelope(times, session, submission, mail.line)
  if ('code' in recipients) return nobody(submission, recipients)
  progress.recipients = recipients
  const accepted = recipients.filter(({ outcome }) => outcome === 'accepted')
  if (accepted.length === 0) {
    const last = recipients.find(({ outcome }) => outcome === 'temporary') ?? recipients[0]!
    const outcome = last.outcome === 'temporary' ? 'temporary' : 'permanent'
    return { outcome, reply: last.reply, recipients, failure: null }
  }
  const data = await session.command('DATA')
  if (data.code !== 354) return refused(recipients, data)

  const early = await sendMessage(times, session, submission, progress)
  const reply = early ?? (await readReply(session.socket, times.finalTimeoutMs))
  const verdict = verdictOf(reply)
  if (verdict !== 'accepted') return refused(recipients, reply)
  return { outcome: 'accepted', reply: reply.text, recipients: told(recipients, reply, 'accepted'), failure: null }
}

function mailCommand(session: SmtpSession, submission: Submission): { readonly line: string } | Reply {
  const { offered } = session
  const { size, envelopeId } = submission
  const names = new Set(Object.keys(submission.from.parameters).map((name) => name.toUpperCase()))
  const isNamed = names.has('ENVID') || envelopeId === undefined || !offered.has('DSN')
  const from = isNamed
    ? submission.from
    : { ...submission.from, parameters: { ...submission.from.parameters, ENVID: envelopeId } }
  const path = formatPath(from.email, offered)
  // RFC 6531 §3.5, RFC 5321 §4.2.3, RFC 1870 §6.1.
  if (!path) return toReply(550, ['5.6.7 The server cannot take addresses in this script (SMTPUTF8)'])
  const limit = Number(offered.get('SIZE') ?? 0)
  if (limit > 0 && size > limit) {
    return toReply(552, [`5.3.4 The message has ${size} octets, the server takes ${limit}`])
  }
  const given = formatParameters('MAIL', from.parameters, offered)
  if ('refused' in given) return toReply(555, [`5.5.4 The server does not offer: ${given.refused.join(', ')}`])
  let line = `MAIL FROM:${path.path}${given.text}`
  if (offered.has('SIZE') && !names.has('SIZE')) line += ` SIZE=${size}`
  // A server without 8BITMIME gets the octets all the same: all of them have been clean for 8 bits for decades, and a
  // conversion would break signatures.
  if (submission.has8BitBody && offered.has('8BITMIME') && !names.has('BODY')) line += ' BODY=8BITMIME'
  const utf8 =
    path.utf8 || submission.hasUtf8Header || submission.to.some(({ email }) => formatPath(email, offered)?.utf8)
  if (utf8 && offered.has('SMTPUTF8') && !names.has('SMTPUTF8')) line += ' SMTPUTF8'
  return { line }
}

/** The fate of each recipient, or the reply that refused the sender. */
async function envelope(
  times: SmtpTimes,
  session: SmtpSession,
  { to }: Submission,
  mail: string,
): Promise<readonly RecipientOutcome[] | Reply> {
  const { offered, socket } = session
  const prepared = to.map(({ email, parameters }) => {
    const path = formatPath(email, offered)
    if (!path)
      return { email, refusal: toReply(553, ['5.6.7 The server cannot take addresses in this script (SMTPUTF8)']) }
    const given = formatParameters('RCPT', parameters, offered)
    if ('refused' in given) {
      return { email, refusal: toReply(555, [`5.5.4 The server does not offer: ${given.refused.join(', ')}`]) }
    }
    return { email, line: `RCPT TO:${path.path}${given.text}` }
  })
  const lines = prepared.flatMap((item) => (item.line === undefined ? [] : [item.line]))
  if (lines.length === 0) return prepared.map(({ email, refusal }) => outcomeOf(email, refusal!))

  const replies: Reply[] = []
  const pipelining = offered.has('PIPELINING')
  const queue = [mail, ...lines]
  for (let at = 0; at < queue.length; ) {
    const batch = queue.slice(at, at + (pipelining ? maxPipelined : 1))
    at += batch.length
    if (batch.some((line) => /[\r\n\0]/.test(line))) throw new Failure('badInput', { reason: 'control characters' })
    await socket.write(batch.map((line) => `${line}\r\n`).join(''), times.commandTimeoutMs)
    for (const _ of batch) replies.push(await readReply(socket, times.commandTimeoutMs))
    if (verdictOf(replies[0]!) !== 'accepted') return replies[0]!
  }
  const rcpts = replies.slice(1)
  return prepared.map(({ email, refusal }) => outcomeOf(email, refusal ?? rcpts.shift()!))
}

function outcomeOf(email: string, reply: Reply): RecipientOutcome {
  // RFC 5321 §4.5.3.1.10: 552 to RCPT means «too many recipients» and is to be read as 452.
  const outcome = reply.code === 552 ? 'temporary' : verdictOf(reply)
  return { email, outcome, reply: reply.text }
}

/** Null once the dot is written; a reply when the server ended the matter before. */
async function sendMessage(
  times: SmtpTimes,
  { socket }: SmtpSession,
  submission: Submission,
  progress: Progress,
): Promise<Reply | null> {
  const stuffer = openDotStuffer()
  for await (const chunk of source(submission, progress)) {
    try {
      await socket.write(stuffer.push(chunk), times.blockTimeoutMs)
    } catch (error) {
      // A server that has enough of a message says why and hangs up: RFC 5321 §3.8.
      const line = isFailure(error, 'unavailable') ? socket.takeLine() : null
      const match = line === null ? null : /^([45]\d\d)[ -](.*)$/.exec(line)
      if (!match) throw error
      return toReply(Number(match[1]), [match[2]!])
    }
  }
  // Between the end of the stream and this line nothing is awaited.
  progress.dotSent = true
  await socket.write(Buffer.concat([stuffer.end(), Buffer.from('.\r\n')]), times.blockTimeoutMs)
  return null
}

async function* source(submission: Submission, progress: Progress): AsyncIterable<Uint8Array> {
  try {
    yield* await submission.message(progress.recipients)
  } catch (error) {
    progress.sourceError = error
    throw error
  }
}

function nobody(submission: Submission, reply: Reply): SubmissionOutcome {
  const outcome = verdictOf(reply) === 'temporary' ? 'temporary' : 'permanent'
  const recipients = submission.to.map(({ email }) => ({ email, outcome, reply: reply.text }) as const)
  return { outcome, reply: reply.text, recipients, failure: null }
}

/** The reply to DATA holds for whom RCPT had accepted; the others keep their own. */
function told(recipients: readonly RecipientOutcome[], reply: Reply, outcome: RecipientOutcome['outcome']) {
  return recipients.map((item) =>
    item.outcome === 'accepted' ? { email: item.email, outcome, reply: reply.text } : item,
  )
}

function refused(recipients: readonly RecipientOutcome[], reply: Reply): SubmissionOutcome {
  const outcome = verdictOf(reply) === 'temporary' ? 'temporary' : 'permanent'
  return { outcome, reply: reply.text, recipients: told(recipients, reply, outcome), failure: null }
}
