// A large mailbox, the same on every run: conversations that run on in INBOX and Sent, three messages long on average, one in ten with HTML.

import type { NewMail } from '#testing/servers/fill-mailbox.ts'
import { seedRandom } from '../demo/corpus/random.ts'

/** In about one subject of two hundred. */
export const RARE_WORD = 'telegraph'
const WORDS =
  'harbour crane lantern ledger anchor copper signal garden window paper engine tidal bridge winter market cargo pilot canvas'.split(
    ' ',
  )
const MINUTE_MS = 60_000
const PARAGRAPH =
  'The crates arrived in good order this morning and were counted twice, once by us and once by the driver, who had a list of his own. '

/** `sent` of them lie in Sent, the rest in INBOX. */
export function* largeMailbox(inbox: number, sent: number, now: number): Generator<NewMail> {
  const random = seedRandom(1927)
  const total = inbox + sent
  const open: { subject: string; ids: string[] }[] = []
  for (let n = 0; n < total; n++) {
    const date = new Date(now - (total - n) * 5 * MINUTE_MS)
    const isNew = open.length < 200 || random.chance(0.34)
    const thread = isNew
      ? { subject: subjectOf(random), ids: [] as string[] }
      : (open[random.int(0, open.length - 1)] as (typeof open)[number])
    if (isNew) {
      if (open.length < 400) open.push(thread)
      else open[random.int(0, open.length - 1)] = thread
    }
    const isSent = thread.ids.length > 0 && Math.floor(((n + 1) * sent) / total) > Math.floor((n * sent) / total)
    const id = `${n.toString(36)}.${random.int(0, 1e9).toString(36)}@bench.example`
    const raw = rawMessage({ id, thread, n, date, isSent, hasHtml: random.chance(0.1), paragraphs: random.int(2, 14) })
    thread.ids.push(id)
    if (thread.ids.length > 8) thread.ids.splice(1, 1) // As mail programs shorten References.
    yield { folder: isSent ? 'Sent' : 'INBOX', flags: isSent || random.chance(0.9) ? ['\\Seen'] : [], date, raw }
  }
}

function subjectOf(random: ReturnType<typeof seedRandom>): string {
  const words = [random.pick(WORDS), random.pick(WORDS), String(random.int(100, 199))]
  if (random.chance(1 / 200)) words.push(RARE_WORD)
  return words.join(' ')
}

interface Draft {
  readonly id: string
  readonly thread: { readonly subject: string; readonly ids: readonly string[] }
  readonly n: number
  readonly date: Date
  readonly isSent: boolean
  readonly hasHtml: boolean
  readonly paragraphs: number
}

function rawMessage({ id, thread, n, date, isSent, hasHtml, paragraphs }: Draft): Buffer {
  const other = `Person ${n % 97} <person${n % 97}@partner${n % 13}.example>`
  const me = 'Big Mailbox <big@example.test>'
  const text = `Hello,\r\n\r\n${`${PARAGRAPH}\r\n\r\n`.repeat(paragraphs)}Regards\r\n`
  const head = [
    'Received: from mx.partner.example (mx.partner.example [192.0.2.7]) by mail.example.test with ESMTPS',
    `From: ${isSent ? me : other}`,
    `To: ${isSent ? other : me}`,
    `Subject: ${thread.ids.length > 0 ? 'Re: ' : ''}${thread.subject}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}>`,
    ...(thread.ids.length > 0
      ? [`In-Reply-To: <${thread.ids.at(-1)}>`, `References: ${thread.ids.map((one) => `<${one}>`).join('\r\n ')}`]
      : []),
    'MIME-Version: 1.0',
  ].join('\r\n')
  if (!hasHtml) return Buffer.from(`${head}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}`)
  const html = `<html><body>${`<p>${PARAGRAPH}</p>\r\n`.repeat(paragraphs)}</body></html>\r\n`
  return Buffer.from(
    `${head}\r\nContent-Type: multipart/alternative; boundary=frontier\r\n\r\n--frontier\r\nContent-Type: text/plain\r\n\r\n${text}\r\n--frontier\r\nContent-Type: text/html\r\n\r\n${html}\r\n--frontier--\r\n`,
  )
}
