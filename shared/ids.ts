// Branded identifiers. A JMAP Id is 1–255 octets of A–Z a–z 0–9 - _ (RFC 8620 §1.2).

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]?: Name }

export type AccountId = Brand<string, 'AccountId'>
export type MailboxId = Brand<string, 'MailboxId'>
export type EmailId = Brand<string, 'EmailId'>
export type ThreadId = Brand<string, 'ThreadId'>
/** Names bytes that may be downloaded: `b` + SHA-256 (uploads), or `m` + emailId (+ `.` section), see domain/mail. */
export type BlobId = Brand<string, 'BlobId'>

const idPattern = /^[A-Za-z0-9_-]{1,255}$/

/** RFC 8620 §1.2: whether a string may stand where an Id is expected. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value)
}
