// Writes conversations, letters and list threads out as messages: with quotes, signatures, References, attachments, HTML beside the text.

import type { Conversation, Turn } from './conversations.ts'
import { csv, docx, pdf, picture, textFile, zip } from './files.ts'
import type { Letter } from './foreign.ts'
import { LIST, listThreads, members } from './list.ts'
import type { Post, Posted } from './mailboxes.ts'
import {
  attachment,
  type Charset,
  canEncode,
  type Entity,
  type FileContent,
  html,
  message,
  multipart,
  rfc5322Date,
  text,
} from './mime.ts'
import { firstName, friends, type Owner, outsiders, owners, type Person, people } from './people.ts'
import { expand, type Random, seedRandom } from './random.ts'
import { slotValues } from './values.ts'

const MINUTE_MS = 60_000
const LOGO = picture('logo.png', seedRandom(1912), 160, 60)
const MUSEUM = 'Harbour Museum · Old Quay 4'

export function writeConversation(post: Post, conversation: Conversation, first?: Owner): Posted[] {
  const { random } = post
  const nextOwner = random.deck(owners.filter((owner) => owner !== first).map((owner) => people[owner]))
  const a = first ? people[first] : nextOwner()
  const cast: Record<Turn['by'], Person> = {
    A: a,
    B: nextOwner(),
    C: nextOwner(),
    X: random.pick(conversation.label === 'Personal' ? friends : outsiders),
  }
  if (first === undefined)
    cast.C = owners.map((owner) => people[owner]).find((one) => one !== cast.A && one !== cast.B) as Person
  const speakers = new Set(conversation.turns.map((turn) => cast[turn.by]))
  if (speakers.size === 1) speakers.add(cast.B)
  const values = {
    ...slotValues(random, cast.A),
    A: firstName(cast.A),
    B: firstName(cast.B),
    C: firstName(cast.C),
    X: firstName(cast.X),
  }
  const subject = expand(conversation.subject, random, values)
  const folder = folderOf(conversation, random)
  const style = drawStyle(random)

  const written: { id: string; from: Person; date: Date; words: string }[] = []
  const posted: { mail: Posted; from: Person }[] = []
  let date = post.someDate()
  for (const turn of conversation.turns) {
    if (date.getTime() > post.now.getTime()) break // Not written yet.
    const from = cast[turn.by]
    const others = [...speakers].filter((person) => person !== from)
    const previous = written.at(-1)
    const to = previous && previous.from !== from ? [previous.from] : others.slice(0, 1)
    const cc = others.filter((person) => !to.includes(person))
    const words = expand(turn.text, random, values)
    const charset = [subject, words, from.name, ...others.map((person) => person.name)].every((part) =>
      canEncode(part, style.charset),
    )
      ? style.charset
      : 'utf-8'
    const id = post.newId(from.address)
    const body = letterBody({ words, from, previous, charset, style, random })
    const file = turn.file && makeFile(turn.file, subject, words, random)
    const raw = message(
      {
        from,
        to,
        cc,
        subject: previous ? `Re: ${subject}` : subject,
        date,
        messageId: id,
        references: written.map((one) => one.id),
        charset,
      },
      file ? multipart('mixed', [body, attachment(file, undefined, charset)]) : body,
    )
    posted.push({ from, mail: { from, to: others, date, raw, label: conversation.label, folder } })
    written.push({ id, from, date, words })
    date = new Date(date.getTime() + (random.chance(0.6) ? random.int(4, 240) : random.int(300, 4_000)) * MINUTE_MS)
  }
  return posted.map(({ mail }, n) => ({
    ...mail,
    answeredBy: posted[n + 1] ? [(posted[n + 1] as { from: Person }).from.address] : [],
  }))
}

export function writeLetter(post: Post, owner: Person, letter: Letter): Posted[] {
  const { random } = post
  const values = slotValues(random, owner)
  const wanted = random.pick(letter.charsets)
  const subject = expand(letter.subject, random, values)
  const words = expand(letter.text, random, values)
  const fileName = letter.fileName
  const parts = [subject, words, letter.from.name, owner.name, fileName ?? '']
  const charset = parts.every((part) => canEncode(part, wanted)) ? wanted : 'utf-8'
  const body = text(words, { charset })
  const id = post.newId(letter.from.address)
  const raw = message(
    {
      from: letter.from,
      to: [owner],
      subject,
      date: post.someDate(),
      messageId: id,
      charset,
      zoneMinutes: letter.zoneMinutes,
    },
    fileName ? multipart('mixed', [body, attachment(fileNamed(fileName, subject, random), undefined, charset)]) : body,
  )
  const date = new Date(raw.toString('latin1').match(/^Date: (.*)\r$/m)?.[1] as string)
  const answer = new Date(date.getTime() + random.int(30, 2_000) * MINUTE_MS)
  if (!random.chance(0.4) || answer > post.now)
    return [{ from: letter.from, to: [owner], date, raw, folder: 'Correspondence/Übersee' }]
  const reply = random.pick([
    'Thank you very much, that has arrived safely. I will read it in peace and come back to you by the end of the week.',
    'Many thanks! I showed it to the others and everybody was delighted. More soon.',
    'Thank you, that suits us well. Shall we speak on the phone about the details?',
  ])
  const replyRaw = message(
    {
      from: owner,
      to: [letter.from],
      subject: `Re: ${subject}`,
      date: answer,
      messageId: post.newId(owner.address),
      references: [id],
    },
    text(`${reply}\n\n${firstName(owner)}\n\n${quote(letter.from, date, words)}`),
  )
  return [
    { from: letter.from, to: [owner], date, raw, answeredBy: [owner.address], folder: 'Correspondence/Übersee' },
    { from: owner, to: [letter.from], date: answer, raw: replyRaw },
  ]
}

export function writeListThread(post: Post): Posted[] {
  const { random } = post
  const thread = random.pick(listThreads)
  const values = slotValues(random, people.alice)
  const subject = expand(thread.subject, random, values)
  const nextMember = random.deck(members)
  const starter = nextMember()
  const ids: string[] = []
  const posted: Posted[] = []
  let date = post.someDate()
  let previous: { from: Person; date: Date; words: string } | undefined
  for (const [n, turn] of thread.turns.entries()) {
    if (date > post.now) break
    // Who asked has the last word.
    const from = n === 0 || n === thread.turns.length - 1 ? starter : nextMember()
    const words = expand(turn, random, values)
    const id = post.newId(from.address)
    const raw = message(
      {
        from,
        to: [{ name: LIST.name, address: LIST.address }],
        subject: `${n === 0 ? '' : 'Re: '}${LIST.tag} ${subject}`,
        date,
        messageId: id,
        references: ids.length > 0 && random.chance(0.3) ? ids.slice(0, 1) : ids,
        headers: [
          ['List-Id', `${LIST.name} <${LIST.id}>`],
          ['List-Post', `<mailto:${LIST.address}>`],
          [
            'List-Unsubscribe',
            `<mailto:modelships-leave@lists.example.org>, <https://lists.example.org/leave/modelships>`,
          ],
          ['List-Archive', '<https://lists.example.org/archive/modelships/>'],
          ['Precedence', 'list'],
        ],
      },
      text(
        `${previous ? `${quote(previous.from, previous.date, previous.words)}\n\n` : ''}${words}\n\n-- \n${from.name}\n_______________________________________________\n${LIST.name} mailing list\n${LIST.address}\n`,
        { isFlowed: random.chance(0.4) },
      ),
    )
    // Subscribers, whatever the header says.
    posted.push({ from, to: owners.map((owner) => people[owner]), date, raw, folder: 'Lists/Model ships' })
    ids.push(id)
    previous = { from, date, words }
    date = new Date(date.getTime() + random.int(10, 1_600) * MINUTE_MS)
  }
  return posted
}

interface Style {
  readonly charset: Charset
  readonly hasHtml: boolean
  readonly isFlowed: boolean
  readonly hasLogo: boolean
}

function drawStyle(random: Random): Style {
  const hasHtml = random.chance(0.45)
  return {
    charset: random.chance(0.2) ? random.pick(['windows-1252', 'iso-8859-15', 'iso-8859-1'] as const) : 'utf-8',
    hasHtml,
    isFlowed: !hasHtml && random.chance(0.4),
    hasLogo: hasHtml && random.chance(0.25),
  }
}

interface LetterParts {
  readonly words: string
  readonly from: Person
  readonly previous: { readonly from: Person; readonly date: Date; readonly words: string } | undefined
  readonly charset: Charset
  readonly style: Style
  readonly random: Random
}

function letterBody({ words, from, previous, charset, style, random }: LetterParts): Entity {
  const isOurs = from.address.endsWith('@example.test')
  const greeting = random.pick(['Best', 'Best wishes', 'See you', 'Cheers', ''])
  const close = `${greeting ? `${greeting}\n` : ''}${firstName(from)}`
  const signature = isOurs ? `\n\n-- \n${from.name}\nHarbour Museum` : ''
  const asText = text(
    `${words}\n\n${close}${previous ? `\n\n${quote(previous.from, previous.date, previous.words)}` : ''}${signature}\n`,
    { charset, isFlowed: style.isFlowed },
  )
  if (!style.hasHtml) return asText
  const paragraphs = (content: string) =>
    content
      .split('\n\n')
      .map((part) => `<p>${escapeHtml(part).replaceAll('\n', '<br>')}</p>`)
      .join('\n')
  const logo = style.hasLogo ? '<br><img src="cid:logo@example.test" alt="Harbour Museum" width="160" height="60">' : ''
  const quoted = previous
    ? `<div style="color:#555">${escapeHtml(attribution(previous.from, previous.date))}</div><blockquote type="cite" style="margin:0 0 0 .8ex;border-left:2px solid #8aa;padding-left:1ex">${paragraphs(previous.words)}</blockquote>`
    : ''
  const page = `<html><head><meta http-equiv="content-type" content="text/html; charset=${charset}"></head><body style="font-family:Helvetica,Arial,sans-serif;font-size:15px">${paragraphs(`${words}\n\n${close}`)}${quoted}${isOurs ? `<p style="color:#678;font-size:13px">${escapeHtml(from.name)}<br>${canEncode(MUSEUM, charset) ? MUSEUM : 'Harbour Museum'}${logo}</p>` : ''}</body></html>`
  const rich = html(page, charset)
  const shown = style.hasLogo ? multipart('related', [rich, attachment(LOGO, 'logo@example.test')]) : rich
  return multipart('alternative', [asText, shown])
}

const escapeHtml = (content: string) => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const attribution = (from: Person, date: Date) => `On ${rfc5322Date(date, 60).slice(0, -6)}, ${from.name} wrote:`

function quote(from: Person, date: Date, words: string): string {
  return `${attribution(from, date)}\n${words
    .split('\n')
    .map((line) => (line ? `> ${line}` : '>'))
    .join('\n')}`
}

function folderOf(conversation: Conversation, random: Random): string | undefined {
  if (conversation.label === 'Exhibition') return random.pick(['Exhibition', 'Exhibition/Loans', 'Exhibition/Texts'])
  return conversation.label === 'Budget' ? 'Budget' : undefined
}

function makeFile(kind: NonNullable<Turn['file']>, subject: string, words: string, random: Random): FileContent {
  const name = subject
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .trim()
    .replaceAll(' ', '-')
  const lines = words.split('\n').flatMap((line) => line.match(/.{1,84}(\s|$)/g) ?? [''])
  switch (kind) {
    case 'pdf':
      return pdf(`${name}.pdf`, subject, lines)
    case 'picture':
      return picture(`IMG_${random.int(1000, 9999)}.png`, random)
    case 'docx':
      return docx(`${name}.docx`, [subject, ...words.split('\n')])
    case 'zip':
      return zip(`${name}.zip`, { 'notes.txt': words, 'picture.png': picture('', random, 120, 80).bytes })
    case 'text':
      return textFile(`${name}.txt`, words)
    case 'csv':
      return csv(`${name}.csv`, [
        ['week', 'visitors', 'shop', 'café'],
        ...Array.from({ length: 8 }, (_, n) => [
          n + 1,
          random.int(300, 1_900),
          random.int(500, 4_000),
          random.int(400, 2_500),
        ]),
      ])
  }
}

function fileNamed(name: string, subject: string, random: Random): FileContent {
  if (name.endsWith('.png')) return picture(name, random)
  if (name.endsWith('.zip'))
    return zip(name, {
      'photo-1.png': picture('', random, 120, 80).bytes,
      'photo-2.png': picture('', random, 120, 80).bytes,
    })
  return name.endsWith('.docx') ? docx(name, [subject]) : pdf(name, 'Attachment', [subject])
}
