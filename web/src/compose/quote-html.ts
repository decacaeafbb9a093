// The HTML of a message as it goes into another one: sanitised, its pictures under the names that they had (cid: and the web),
// so that the next reader gets what the first one got. It is shown here through the reader's frame, never as it is.

import type { Message } from '../mail/read/load-message.ts'
import { sanitizeHtml } from '../mail/sanitize/sanitize-html.ts'
import { escapeHtml } from './draft-email.ts'
import { htmlToText } from './html-to-text.ts'

const asNamed = { inline: { get: (cid: string) => `cid:${cid}` }, proxied: { get: (url: string) => url } }

export interface QuotedBody {
  readonly html: string
  readonly text: string
}

export function quotedBody(message: Message): QuotedBody {
  const pieces = message.htmlBody.map((part) => {
    const value = part.partId === null ? '' : (message.bodyValues[part.partId]?.value ?? '')
    if (part.type === 'text/html') return sanitizedBody(value)
    const html = escapeHtml(value.replace(/\r\n?/g, '\n')).replaceAll('\n', '<br>')
    return { html: `<div>${html}</div>`, text: value }
  })
  const plain = message.textBody
    .filter((part) => part.type === 'text/plain' && part.partId !== null)
    .map((part) => message.bodyValues[part.partId ?? '']?.value ?? '')
  return {
    html: pieces.map(({ html }) => html).join(''),
    text: plain.length > 0 ? plain.join('\n').replace(/\r\n?/g, '\n') : pieces.map(({ text }) => text).join('\n'),
  }
}

/** Rules of style sheets do not come along: in another message they would paint that one too. */
export function sanitizedBody(html: string): QuotedBody & { readonly body: HTMLElement } {
  const { body } = sanitizeHtml(html, asNamed)
  for (const style of body.querySelectorAll('style')) style.remove()
  return { body, html: body.innerHTML, text: htmlToText(body) }
}
