// Handing a message to a push service of the public web (RFC 8030). Best effort: what is lost, the client finds by its states.

export interface PushMessage {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export interface PushSender {
  /**
   * `gone`: the service no longer knows the subscription. Throws `badInput` or `forbidden` for a URL that is never sent to (not
   * https, not of the public net), `timeout`, `unavailable`.
   */
  send(url: string, message: PushMessage, signal: AbortSignal): Promise<'accepted' | 'gone' | 'refused'>
  close(): Promise<void>
}
