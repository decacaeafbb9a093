// What the client part of a plugin (`web.ts`) is given and gives; docs/plugins/places.md is made of this file. The client draws what a part
// says, as text, with controls of its own. A part runs in a worker that has no page, no network and no storage: it sees what a place that
// `plugin.json` declares gives it, and what its own server part answers. It is fetched when a place first needs it.

import type { Address } from './mail.ts'

/** The default export of `web.ts`. */
export type WebPlugin = (web: WebHost) => WebParts

export interface WebHost {
  readonly name: string
  /** What the manifest's `web.settings` names of the plugin's settings: anybody may read them. */
  readonly settings: Readonly<Record<string, string | boolean | number | readonly string[]>>
  /** BCP 47, of the client's words. */
  readonly language: string
  /** One of `calls` of the plugin's own server part, for the person who sits there: JSON there and back. */
  call(name: string, argument?: unknown): Promise<unknown>
}

/** Exactly the places that the manifest declares, but for `settings`, which needs no code. */
export type WebParts = {
  readonly [Name in CodedPlaceName]?: (
    given: PlaceTable[Name]['given'],
  ) => PlaceTable[Name]['answer'] | Promise<PlaceTable[Name]['answer']>
}

/** `web.places` of the manifest: each place with what it says there. */
export type DeclaredPlaces = { readonly [Name in PlaceName]?: PlaceTable[Name]['declared'] }

export type PlaceName = keyof PlaceTable
export type CodedPlaceName = Exclude<PlaceName, 'settings'>

export interface Place<Declared, Given, Answer> {
  readonly declared: Declared
  readonly given: Given
  readonly answer: Answer
}

/** Answers are plain text, cut at 500 characters (what is put into a message: at 100,000). */
export interface PlaceTable {
  /** A message is about to be sent: a question, or null when there is nothing to ask. The person may send all the same. */
  beforeSend: Place<
    {
      readonly reads?: readonly DraftMember[]
      /** Questions of the client's own that the plugin asks in its stead. */
      readonly replaces?: readonly 'forgottenAttachment'[]
    },
    DraftToSend,
    SendQuestion | null
  >

  /** An entry in the menu of a message, of a row, and of what is selected. */
  messageAction: Place<
    { readonly label: Words; readonly reads?: readonly EmailProperty[] },
    {
      /** At most 500. */
      readonly emails: readonly EmailGiven[]
    },
    Outcome | null
  >

  /** A message is open: a line above its text, or null. Asked again with the id of a button of it that was pressed. */
  messageLine: Place<
    { readonly reads?: readonly EmailProperty[] },
    { readonly email: EmailGiven; readonly pressed: string | null },
    View | null
  >

  /** An entry in the composer's toolbar, which adds to what is being written. */
  composeAction: Place<{ readonly label: Words; readonly reads?: readonly DraftMember[] }, DraftToSend, Addition | null>

  /** The inbox stands: a line above all screens until it is put away, or null. Asked again with the id of a button that was pressed. */
  notice: Place<Record<never, never>, { readonly pressed: string | null }, View | null>

  /** A section of the settings, drawn from the manifest alone: what people choose there is `context.preferences` of the server part (access `preferences`). */
  settings: Place<
    {
      readonly title: Words
      readonly text?: Words
      readonly fields: Readonly<Record<string, Field>>
    },
    never,
    never
  >
}

/** One text for all languages, or by language: `{ "en": "…", "de": "…" }`. English stands in for what is missing. */
export type Words = string | Readonly<Record<string, string>>

/** Named as in RFC 8621 §4.1. Bodies are not among them. */
export type EmailProperty =
  | 'threadId'
  | 'mailboxIds'
  | 'keywords'
  | 'size'
  | 'receivedAt'
  | 'sentAt'
  | 'messageId'
  | 'subject'
  | 'from'
  | 'to'
  | 'cc'
  | 'hasAttachment'
  | 'preview'
  | `header:${string}:asText`

/** Its id, and what the place `reads`. */
export type EmailGiven = { readonly id: string } & {
  readonly [Name in EmailProperty]?: Name extends 'from' | 'to' | 'cc' ? readonly Address[] | null : unknown
}

export type DraftMember = keyof DraftToSend

/** What the place does not read is empty; without `reads` all of it is given. */
export interface DraftToSend {
  readonly subject: string
  /** What the author wrote, as plain text, without the quoted message below it. */
  readonly text: string
  readonly recipients: readonly string[]
  /** Files, pictures in the text not counted. */
  readonly files: number
}

export interface SendQuestion {
  readonly title: string
  readonly text: string
  /** What the button says that sends all the same. */
  readonly confirm: string
}

export interface Outcome {
  /** Told at the foot of the page for some seconds. */
  readonly notice: string
  readonly isError?: boolean
}

export interface View {
  readonly text: string
  readonly tone?: 'plain' | 'good' | 'warning'
  /** Pairs of a word and what it stands for; up to 12. */
  readonly details?: readonly { readonly label: string; readonly value: string }[]
  /** Up to 3. */
  readonly buttons?: readonly { readonly id: string; readonly label: string }[]
  /** To the web or a mail address; opens beside the client. */
  readonly link?: { readonly label: string; readonly url: string }
}

export interface Addition {
  /** Put where the cursor is. */
  readonly insert?: string
  /** In place of an empty one. */
  readonly subject?: string
  readonly attach?: readonly { readonly name: string; readonly type: string; readonly content: string | Uint8Array }[]
  readonly notice?: string
}

export type Field =
  | { readonly type: 'flag'; readonly label: Words; readonly help?: Words; readonly default: boolean }
  | { readonly type: 'text'; readonly label: Words; readonly help?: Words; readonly default: string }
  | {
      readonly type: 'choice'
      readonly label: Words
      readonly default: string
      /** What is kept → what it is called. */
      readonly choices: Readonly<Record<string, Words>>
    }
