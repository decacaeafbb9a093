// What plugins answer, held against what their places take: of another form it is the plugin's failure. Texts lose what could reorder or
// hide the words around them, and are cut.

import type { Addition, CodedPlaceName, Outcome, PlaceTable, SendQuestion, View } from '#plugin-api/web.ts'
import { safeLink } from '../mail/sanitize/safe-link.ts'
import { visibleText } from '../mail/sanitize/visible-text.ts'

type Fields = Readonly<Record<string, unknown>>

const maxText = 500
const maxInserted = 100_000
const maxDetails = 12
const maxButtons = 3

const wrong = (what: string) => new TypeError(`answered with ${what} of another form`)

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw wrong(what)
  return visibleText(value).slice(0, maxText)
}
function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what)
  return value as Fields
}
function list(value: unknown, what: string): readonly Fields[] {
  if (!Array.isArray(value)) throw wrong(what)
  return value.map((one) => fields(one, what))
}
/** Nothing where nothing is said. */
const maybe = <Name extends string, T>(from: Fields, name: Name, read: (value: unknown, name: string) => T) =>
  (from[name] === undefined ? {} : { [name]: read(from[name], name) }) as { readonly [N in Name]?: T }

function question(answer: Fields): SendQuestion {
  return {
    title: text(answer.title, 'title'),
    text: text(answer.text, 'text'),
    confirm: text(answer.confirm, 'confirm'),
  }
}

function outcome(answer: Fields): Outcome {
  return { notice: text(answer.notice, 'notice'), isError: answer.isError === true }
}

function view(answer: Fields): View {
  const tone = answer.tone ?? 'plain'
  if (tone !== 'plain' && tone !== 'good' && tone !== 'warning') throw wrong('tone')
  return {
    text: text(answer.text, 'text'),
    tone,
    ...maybe(answer, 'details', (value, what) =>
      list(value, what)
        .slice(0, maxDetails)
        .map((one) => ({ label: text(one.label, what), value: text(one.value, what) })),
    ),
    ...maybe(answer, 'buttons', (value, what) =>
      list(value, what)
        .slice(0, maxButtons)
        .map((one) => ({ id: text(one.id, what), label: text(one.label, what) })),
    ),
    ...maybe(answer, 'link', (value, what) => {
      const { label, url } = fields(value, what)
      const safe = typeof url === 'string' ? safeLink(url) : null
      if (safe === null) throw wrong(what)
      return { label: text(label, what), url: safe }
    }),
  }
}

function addition(answer: Fields): Addition {
  const inserted = (value: unknown, what: string) => {
    if (typeof value !== 'string') throw wrong(what)
    return value.slice(0, maxInserted)
  }
  return {
    ...maybe(answer, 'insert', inserted),
    ...maybe(answer, 'subject', text),
    ...maybe(answer, 'notice', text),
    ...maybe(answer, 'attach', (value, what) =>
      list(value, what).map(({ name, type, content }) => {
        if (typeof content !== 'string' && !(content instanceof Uint8Array)) throw wrong(what)
        return { name: text(name, what), type: text(type, what), content }
      }),
    ),
  }
}

const read: { readonly [Name in CodedPlaceName]: (answer: Fields) => PlaceTable[Name]['answer'] } = {
  beforeSend: question,
  messageAction: outcome,
  messageLine: view,
  composeAction: addition,
  notice: view,
}

/** Throws a TypeError. */
export function readAnswer<Name extends CodedPlaceName>(place: Name, answer: unknown): PlaceTable[Name]['answer'] {
  return answer === null || answer === undefined ? null : read[place](fields(answer, 'something'))
}
