// Reading a resource of the public web on somebody's behalf, or sending it a form, in such a way that the far end learns nothing of him and
// that nothing inside our own networks can be reached. Who may ask for what is domain/images'.

export interface RemoteFetch {
  /**
   * Follows redirects, each checked anew. Throws `badInput` (a form of URL that is never fetched), `forbidden` (an address that
   * is not of the public net), `notFound` (any answer but 200), `unsupported`, `tooLarge`, `timeout`, `unavailable`; so does
   * the body, which is to be read to its end or abandoned by `return()`. The Content-Type is not told: it proves nothing.
   */
  get(url: string, accept: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /**
   * Sends a form over https (or to a trusted origin), follows no redirect, reads no body; resolves to the status. Throws as `get` does,
   * but for `notFound`.
   */
  post(url: string, form: { readonly type: string; readonly text: string }, signal: AbortSignal): Promise<number>
  close(): Promise<void>
}
