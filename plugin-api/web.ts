// What the client part of a plugin (`web.tsx`) is given. It is loaded after the first screen, and only where the plugin is enabled.

/** The default export of `web.tsx`. */
export type WebPlugin = (web: WebHost) => WebParts

export interface WebHost {
  readonly name: string
  /** What the manifest's `web.settings` names of the plugin's settings. */
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
  /** Without the quoted text below it. */
  readonly text: string
  readonly attachments: number
}

export interface SendQuestion {
  readonly title: string
  readonly text: string
  /** What the button says that sends all the same. */
  readonly confirm: string
}
