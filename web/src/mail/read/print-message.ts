// Printing one message: a frame like the reader's (no scripts, the same CSP) with the head above what is shown.

import { displayName } from './addresses.tsx'
import { skeleton } from './html-frame.tsx'
import type { Message } from './load-message.ts'
import { fullDate } from './message-head.tsx'

export interface PrintLabels {
  readonly from: string
  readonly to: string
  readonly cc: string
  readonly date: string
  readonly noSubject: string
}

/** `shown` is the element that holds the message's text on screen. */
export function printMessage(message: Message, shown: HTMLElement, labels: PrintLabels): void {
  const frame = document.createElement('iframe')
  // allow-modals is what print() needs; scripts are as impossible as in the reader.
  frame.setAttribute('sandbox', 'allow-same-origin allow-modals')
  frame.style.cssText =
    'position:fixed;inset-block-start:0;inset-inline-start:-10000px;inline-size:800px;block-size:600px'
  frame.srcdoc = skeleton(location.origin)
  frame.addEventListener('load', () => {
    const inside = frame.contentDocument
    if (!inside || !frame.contentWindow) return
    const add = (parent: HTMLElement, tag: string, text: string) => {
      const element = inside.createElement(tag)
      element.textContent = text
      parent.append(element)
      return element
    }
    add(inside.body, 'h1', message.subject || labels.noSubject)
    const rows: readonly (readonly [string, string])[] = [
      [labels.from, (message.from ?? []).map(displayName).join(', ')],
      [labels.to, (message.to ?? []).map(displayName).join(', ')],
      [labels.cc, (message.cc ?? []).map(displayName).join(', ')],
      [labels.date, fullDate(message)],
    ]
    for (const [label, value] of rows) if (value) add(inside.body, 'p', `${label}: ${value}`)
    add(inside.body, 'hr', '')
    // Copies of nodes that were sanitised and shown, not of any text.
    const source = shown.querySelector('iframe')?.contentDocument
    if (source) {
      for (const style of source.querySelectorAll('head style:not([data-own])')) {
        inside.head.append(inside.importNode(style, true))
      }
    }
    const content = source?.body ?? shown
    for (const child of content.childNodes) inside.body.append(inside.importNode(child, true))
    for (const quote of inside.querySelectorAll('details')) quote.open = true
    const done = () => frame.remove()
    frame.contentWindow.addEventListener('afterprint', done)
    frame.contentWindow.print()
    setTimeout(done, 60_000)
  })
  document.body.append(frame)
}
