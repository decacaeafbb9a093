// A message with its bodies, as the reader and the composer need it; asked for once and kept for a while.

import { useEffect, useState } from 'react'
import { capabilities } from '#shared/jmap/core.ts'
import type { Email, EmailAddress, EmailBodyPart } from '#shared/jmap/mail.ts'
import type { EmailAuthentication } from '#shared/jmap/settings.ts'
import type { JmapClient } from '../../jmap/client.ts'
import { useStore } from '../../store/index.ts'

const properties = [
  ...[
    'id',
    'blobId',
    'threadId',
    'mailboxIds',
    'keywords',
    'size',
    'receivedAt',
    'messageId',
    'inReplyTo',
    'references',
  ],
  ...[
    'sender',
    'from',
    'to',
    'cc',
    'bcc',
    'replyTo',
    'subject',
    'sentAt',
    'textBody',
    'htmlBody',
    'attachments',
    'bodyValues',
  ],
  ...[
    'header:List-Unsubscribe:asURLs',
    'header:List-Unsubscribe-Post:asText',
    'header:List-Id:asText',
    'header:Disposition-Notification-To:asAddresses',
  ],
  'header:X-Priority:asText',
  'header:X-Paquebot-Draft:asText',
]
/** Where the server has our extensions. */
const extendedProperties = ['authentication']
const bodyProperties = [
  ...['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid', 'language', 'location'],
  'header:Content-Type',
]
/** More of a body than anybody reads in a page; the whole is a download. */
const maxBodyValueBytes = 1_500_000

export interface MessagePart extends EmailBodyPart {
  readonly 'header:Content-Type'?: string | null
}

export interface Message
  extends Pick<
    Email,
    | ('id' | 'blobId' | 'threadId' | 'mailboxIds' | 'keywords' | 'size' | 'receivedAt' | 'messageId' | 'inReplyTo')
    | ('references' | 'sender' | 'from' | 'to' | 'cc' | 'bcc' | 'replyTo' | 'subject' | 'sentAt' | 'bodyValues')
  > {
  readonly textBody: readonly MessagePart[]
  readonly htmlBody: readonly MessagePart[]
  readonly attachments: readonly MessagePart[]
  readonly 'header:List-Unsubscribe:asURLs'?: readonly string[] | null
  readonly 'header:List-Unsubscribe-Post:asText'?: string | null
  readonly 'header:List-Id:asText'?: string | null
  readonly 'header:Disposition-Notification-To:asAddresses'?: readonly EmailAddress[] | null
  readonly 'header:X-Priority:asText'?: string | null
  readonly 'header:X-Paquebot-Draft:asText'?: string | null
  /** Null where no mail server that is believed has said anything. */
  readonly authentication?: EmailAuthentication | null
}

const keptMessages = 40
const kept = new WeakMap<JmapClient, Map<string, Promise<Message | null>>>()

/** Null when there is no such message any more. Bodies never change (RFC 8621 §4); flags are the store's to tell. */
export function loadMessage(client: JmapClient, id: string): Promise<Message | null> {
  const messages = kept.get(client) ?? new Map<string, Promise<Message | null>>()
  kept.set(client, messages)
  const found = messages.get(id)
  if (found) return found
  const asked = client
    .call('Email/get', {
      accountId: client.accountId,
      ids: [id],
      properties:
        capabilities.paquebot in client.session.capabilities ? [...properties, ...extendedProperties] : properties,
      bodyProperties,
      fetchTextBodyValues: true,
      fetchHTMLBodyValues: true,
      maxBodyValueBytes,
    })
    .then(({ list }) => (list[0] as Message | undefined) ?? null)
  messages.set(id, asked)
  asked.then(
    (message) => message ?? messages.delete(id),
    () => messages.delete(id),
  )
  for (const oldest of messages.keys()) {
    if (messages.size <= keptMessages) break
    messages.delete(oldest)
  }
  return asked
}

export type Loaded =
  | { readonly state: 'loading' | 'gone' | 'failed' }
  | { readonly state: 'ready'; readonly message: Message }

export function useMessage(id: string): { readonly loaded: Loaded; readonly retry: () => void } {
  const { client } = useStore()
  const [attempt, setAttempt] = useState(0)
  const [loaded, setLoaded] = useState<{ readonly id: string; readonly value: Loaded }>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt asks again
  useEffect(() => {
    let isWanted = true
    const tell = (value: Loaded) => isWanted && setLoaded({ id, value })
    loadMessage(client, id).then(
      (message) => tell(message ? { state: 'ready', message } : { state: 'gone' }),
      () => tell({ state: 'failed' }),
    )
    return () => {
      isWanted = false
    }
  }, [client, id, attempt])
  return {
    loaded: loaded?.id === id ? loaded.value : { state: 'loading' },
    retry: () => setAttempt(attempt + 1),
  }
}

/** Whether the message has another form than the one in `htmlBody`. */
export function hasPlainForm(message: Message): boolean {
  const isText = (part: MessagePart) => part.type === 'text/plain'
  return message.htmlBody.some((part) => part.type === 'text/html') && message.textBody.some(isText)
}

const rasterImage = /^image\/(png|jpe?g|gif|webp|avif|bmp)$/i

export function isRasterImage(part: MessagePart): boolean {
  return rasterImage.test(part.type)
}

/** Content-ID → where its picture is: what `cid:` in the HTML may mean (RFC 2392). Raster formats alone. */
export function inlineImages(client: JmapClient, message: Message): ReadonlyMap<string, string> {
  return new Map(
    [...message.attachments, ...message.htmlBody].flatMap((part) =>
      part.cid && part.blobId && isRasterImage(part)
        ? [[part.cid, client.downloadUrl(part.blobId, part.name ?? 'image', part.type)] as const]
        : [],
    ),
  )
}
