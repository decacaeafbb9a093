// What the client part of a plugin (`web.ts`) is given and gives. The server strips its types and serves it as one module, under the same
// content security policy as the client's own; it is fetched when it is first needed, and only where the plugin is enabled. What people see the
// client draws: a plugin says what.

/** The default export of `web.ts`. */
export type WebPlugin = (web: WebHost) => WebParts

export interface WebHost {
  readonly name: string
  /** What the manifest's `web.settings` names of the plugin's settings: anybody may read them. */
  readonly settings: Readonly<Record<string, string | boolean | number | readonly string[]>>
  /** BCP 47. */
  readonly language: string
}

export interface WebParts {
  /** Before a message is sent: a question, or null when there is nothing to ask. The person may send all the same. */
  readonly beforeSend?: (draft: DraftToSend) => SendQuestion | null
}

export interface DraftToSend {
  readonly subject: string
  /** What the author wrote, as plain text, without the quoted message below it. */
  readonly text: string
  readonly recipients: readonly string[]
  /** Files, pictures in the text not counted. */
  readonly files: number
}

/** Plain text, all of it. */
export interface SendQuestion {
  readonly title: string
  readonly text: string
  /** What the button says that sends all the same. */
  readonly confirm: string
}
