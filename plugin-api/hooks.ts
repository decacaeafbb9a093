// Every hook that the server calls; docs/plugins/hooks.md is made of this file. Each is one of three kinds:
//   Before  asked before something is done: may change what `Change` names, or end it with `{ abort: 'text for the person' }`
//   Shape   asked before something is shown: may change what `Change` names
//   After   told when something has been done, beside the request; at most once, nothing when the node dies first
// What a handler leaves out of its answer stays as it was; the next handler sees what the one before made of it.

import type { Address, EmailChange, EmailObject, Mailbox } from './mail.ts'
import type { Context } from './plugin.ts'
import type { Server } from './stores.ts'

export interface Before<Event, Change = Record<never, never>> {
  readonly kind: 'before'
  readonly event: Event
  readonly change: Change
}
export interface Shape<Event, Change> {
  readonly kind: 'shape'
  readonly event: Event
  readonly change: Change
}
export interface After<Event> {
  readonly kind: 'after'
  readonly event: Event
  readonly change: never
}

export interface Abort {
  /** Read by the person: a sentence, in plain text. */
  readonly abort: string
}

export type HookName = keyof HookTable
export type HookEvent<Name extends HookName> = HookTable[Name]['event']
export type HookChange<Name extends HookName> = HookTable[Name]['change']

// biome-ignore lint/suspicious/noConfusingVoidType: what a handler without a return statement returns
type Nothing = undefined | void

type Answer<Hook> =
  Hook extends Before<infer _E, infer Change>
    ? Partial<Change> | Abort | Nothing
    : Hook extends Shape<infer _E, infer Change>
      ? Partial<Change> | Nothing
      : Nothing

export type HookHandlers = {
  readonly [Name in HookName]?: (
    event: HookEvent<Name>,
    context: Context,
  ) => Answer<HookTable[Name]> | Promise<Answer<HookTable[Name]>>
}

export interface HookTable {
  // ── Application ──

  /** The node listens. @area Application @counterpart startup, ready */
  'node.started': After<{ readonly url: string }>

  /** `/readyz` is asked; ending it makes the node unready, with the text as the reason. @area Application @counterpart health_check */
  'node.check': Before<Record<never, never>>

  /** A JMAP method is about to run, whatever it is. Ended, it answers `forbidden`. @area Application @counterpart startup, keep_alive, refresh */
  'request.method': Before<{ readonly method: string; readonly arguments: Readonly<Record<string, unknown>> }>

  // ── Authentication ──

  /** Somebody signs in, before the password is looked at. @area Authentication @counterpart authenticate */
  'session.signIn': Before<
    {
      readonly username: string
      readonly remoteAddress: string
      readonly userAgent: string
      readonly remember: boolean
    },
    { readonly username: string; readonly remember: boolean }
  >

  /** Somebody has signed in. @area Authentication @counterpart login_after */
  'session.signedIn': After<{ readonly remoteAddress: string; readonly userAgent: string }>

  /** A sign-in was refused; `reason` is a code of docs/errors.md. @area Authentication @counterpart login_failed */
  'session.signInFailed': After<{ readonly username: string; readonly remoteAddress: string; readonly reason: string }>

  /** Somebody has signed out, here or everywhere. @area Authentication @counterpart logout_after, session_destroy */
  'session.ended': After<{ readonly everywhere: boolean }>

  /** The first sign-in of an address has made its account. @area Authentication @counterpart user_create */
  'account.created': After<{ readonly accountId: string; readonly address: string }>

  // ── Storage ──

  /** Which servers an address belongs to; asked at each request. @area Storage @counterpart storage_init, storage_connect, smtp_connect */
  'mailServer.route': Shape<
    {
      readonly address: string
      readonly login: string
      readonly imap: Server
      readonly smtp: Server
      readonly sieve: Server | null
    },
    { readonly login: string; readonly imap: Server; readonly smtp: Server; readonly sieve: Server | null }
  >

  /** The mailboxes, before they are told: how each is named, whether it is shown as subscribed. @area Storage @counterpart storage_folders, render_mailboxlist, folders_list */
  'mailbox.list': Shape<
    { readonly mailboxes: readonly Mailbox[] },
    { readonly looks: Readonly<Record<string, { readonly name?: string; readonly isSubscribed?: boolean }>> }
  >

  /** Room used and allowed, before it is told. @area Storage @counterpart quota */
  'quota.read': Shape<{ readonly quotas: readonly QuotaRow[] }, { readonly quotas: readonly QuotaRow[] }>

  // ── List ──

  /** Messages are searched or a mailbox is listed; `filter` as in RFC 8621 §4.4.1. @area List @counterpart imap_search_before */
  'email.query': Before<
    { readonly filter: Readonly<Record<string, unknown>> | null },
    { readonly filter: Readonly<Record<string, unknown>> | null }
  >

  /** Email objects without bodies, before they are told. @area List @counterpart messages_list */
  'email.list': Shape<{ readonly emails: readonly EmailObject[] }, { readonly emails: readonly EmailObject[] }>

  // ── Read ──

  /** Email objects with body values, before they are told. Their HTML is sanitized by the client afterwards. @area Read @counterpart message_load, message_part_before, message_part_after, message_part_body, message_headers_output */
  'email.read': Shape<{ readonly emails: readonly EmailObject[] }, { readonly emails: readonly EmailObject[] }>

  /** A message, a part of one or an upload is about to be downloaded. @area Read @counterpart message_part_get, attachment_get, attachment_display */
  'blob.download': Before<{ readonly blobId: string }>

  /** A picture that a message refers to on the web is about to be fetched for its reader. @area Read @counterpart message_check_safe */
  'image.load': Before<{ readonly url: string }>

  // ── Store operations ──

  /** Messages are moved, copied or marked. @area Store operations @counterpart message_move */
  'email.change': Before<{ readonly changes: readonly EmailChange[] }, { readonly changes: readonly EmailChange[] }>

  /** Those of them that were. @area Store operations @counterpart message_move */
  'email.changed': After<{ readonly changes: readonly EmailChange[] }>

  /** Messages are destroyed for good. @area Store operations @counterpart message_delete */
  'email.destroy': Before<{ readonly ids: readonly string[] }>

  /** Those of them that were. @area Store operations @counterpart message_delete */
  'email.destroyed': After<{ readonly ids: readonly string[] }>

  /** A draft is saved or a message imported. @area Store operations @counterpart message_saved, message_draftsaved */
  'email.create': Before<
    {
      readonly source: 'draft' | 'import'
      readonly mailboxIds: readonly string[]
      readonly keywords: readonly string[]
    },
    { readonly mailboxIds: readonly string[]; readonly keywords: readonly string[] }
  >

  /** It stands in the mailbox. @area Store operations @counterpart message_saved, message_draftsaved */
  'email.created': After<{ readonly source: 'draft' | 'import'; readonly id: string; readonly size: number }>

  // ── Compose and send ──

  /** A message is about to enter the outbox. Ended, the text stands in the SetError `forbidden`. @area Compose and send @counterpart message_before_send, message_ready */
  'message.beforeSend': Before<OutgoingSummary>

  /** The text of a message that enters the outbox; what is made of it is what is sent and what stands in Sent. Not asked for signed or encrypted messages. @area Compose and send @counterpart message_outgoing_body, message_outgoing_headers */
  'message.outgoing': Before<
    OutgoingText,
    {
      /** The same parts with their new text. */
      readonly texts: OutgoingText['texts']
      readonly addHeaders: OutgoingText['addHeaders']
    }
  >

  /** The submission server took the message, for those recipients. @area Compose and send @counterpart message_sent */
  'message.sent': After<{
    readonly submissionId: string
    readonly emailId: string
    readonly recipients: readonly string[]
  }>

  /** It was refused for good for those recipients. @area Compose and send @counterpart message_send_error */
  'message.sendFailed': After<{
    readonly submissionId: string
    readonly emailId: string
    readonly recipients: readonly string[]
    readonly reply: string
  }>

  // ── Attachments ──

  /** Bytes begin to arrive. @area Attachments @counterpart attachment_upload */
  'upload.begin': Before<
    { readonly type: string; readonly maxBytes: number },
    { readonly type: string; readonly maxBytes: number }
  >

  /** They have arrived whole, and are not acknowledged yet: to be looked at. Ended, they are refused and collected. @area Attachments @counterpart attachment_upload, attachment_save */
  'upload.check': Before<{
    readonly blobId: string
    readonly type: string
    readonly size: number
    /** May be called more than once. */
    readonly open: () => Promise<AsyncIterable<Uint8Array>>
  }>

  // ── Settings ──

  /** A setting is written (JMAP Settings/set). @area Settings @counterpart preferences_save, preferences_update */
  'settings.save': Before<
    {
      readonly key: string
      readonly before: Readonly<Record<string, unknown>>
      readonly value: Readonly<Record<string, unknown>>
    },
    { readonly value: Readonly<Record<string, unknown>> }
  >

  /** It is. @area Settings @counterpart preferences_update */
  'settings.saved': After<{ readonly key: string; readonly value: Readonly<Record<string, unknown>> }>

  /** A mailbox is made. @area Settings @counterpart folder_create */
  'mailbox.create': Before<
    { readonly name: string; readonly parentId: string | null },
    { readonly name: string; readonly parentId: string | null }
  >

  /** A mailbox is renamed, moved, subscribed or given a role; absent members stay. @area Settings @counterpart folder_update, folder_rename */
  'mailbox.update': Before<
    { readonly id: string; readonly name?: string; readonly parentId?: string | null; readonly isSubscribed?: boolean },
    { readonly name: string; readonly parentId: string | null; readonly isSubscribed: boolean }
  >

  /** A mailbox is deleted. @area Settings @counterpart folder_delete */
  'mailbox.destroy': Before<{ readonly id: string; readonly removeEmails: boolean }>

  /** An identity is made (`id` null) or changed. @area Settings @counterpart identity_create, identity_update */
  'identity.save': Before<{ readonly id: string | null } & IdentityTexts, IdentityTexts>

  /** An identity is deleted. @area Settings @counterpart identity_delete */
  'identity.destroy': Before<{ readonly id: string }>

  /** A template is made (`id` null) or changed. @area Settings @counterpart response_create, response_update */
  'template.save': Before<{ readonly id: string | null; readonly name: string }, { readonly name: string }>

  /** A template is deleted. @area Settings @counterpart response_delete */
  'template.destroy': Before<{ readonly id: string }>

  // ── Output ──

  /** A JMAP method has run; its answer, before it is told. @area Output @counterpart render_response, send_page */
  'request.answer': Shape<
    {
      readonly method: string
      readonly arguments: Readonly<Record<string, unknown>>
      readonly answer: Readonly<Record<string, unknown>>
    },
    { readonly answer: Readonly<Record<string, unknown>> }
  >
}

export interface QuotaRow {
  readonly root: string
  readonly resource: 'octets' | 'count'
  readonly used: number
  readonly limit: number
}

export interface IdentityTexts {
  readonly name: string
  readonly email: string
  readonly replyTo: readonly Address[] | null
  readonly bcc: readonly Address[] | null
  readonly textSignature: string
  readonly htmlSignature: string
}

export interface OutgoingSummary {
  readonly emailId: string
  readonly identityId: string
  readonly subject: string
  readonly from: readonly string[]
  readonly recipients: readonly string[]
  readonly size: number
  /** Of the text parts, the first 64 KiB of characters in all; HTML as its source. */
  readonly texts: readonly { readonly type: string; readonly text: string }[]
  readonly attachments: readonly { readonly name: string | null; readonly type: string; readonly size: number }[]
  /** Ms. */
  readonly sendAt: number
  /** Somebody else's message, sent on as it is (RFC 5322 §3.6.6). */
  readonly isRedirect: boolean
}

export interface OutgoingText {
  readonly emailId: string
  readonly subject: string
  readonly from: readonly string[]
  readonly recipients: readonly string[]
  /** The parts of the text that a reader sees, `text/plain` and `text/html`, not attached: each by its IMAP section. */
  readonly texts: readonly { readonly part: string; readonly type: string; readonly text: string }[]
  /** Put above the header. Names are those of RFC 5322 §2.2, values printable ASCII of up to 900 characters. */
  readonly addHeaders: readonly (readonly [name: string, value: string])[]
}
