// Ends a send whose text speaks of an attachment that is not there, once: the same message sent again within some minutes goes, from any
// client and through any node. Our own client asks by its client part, in a dialog, before anything leaves it: the send that follows is not
// asked about again. People turn it off in their settings of it.

import { createHash } from 'node:crypto'
import type { HookEvent, Host, Plugin } from 'paquebot/plugin-api'

type Outgoing = HookEvent<'message.beforeSend'>

const dayMs = 86_400_000

const plugin: Plugin = (host) => {
  const pattern = patternOf(host.settings.words as readonly string[])
  const quietMs = (host.settings.minutes as number) * 60_000
  const question = host.settings.question as string
  return {
    hooks: {
      async 'message.beforeSend'(message, { accountId, preferences }) {
        if (pattern === null || message.isRedirect || message.attachments.length > 0) return
        const found = pattern.exec(ownWords(message))
        if (!found || (await preferences.get()).enabled === false) return
        const { subject, recipients, texts } = message
        if (await isNoted(host, nameOf([accountId, subject, [...recipients].sort()]), quietMs)) return
        const name = nameOf([accountId, subject, recipients, texts.map(({ text }) => text)])
        if (await isNoted(host, name, quietMs)) return
        await note(host, name)
        return { abort: question.replaceAll('{word}', found[0]) }
      },
      // What was asked and never sent again is forgotten.
      'node.started': () => forget(host),
    },
    calls: {
      /** The client part asks now, unless this person turned it off: what is sent then was asked about. */
      async asks(draft, { accountId, preferences }) {
        const { subject, recipients } = draft as { readonly subject: string; readonly recipients: readonly string[] }
        if ((await preferences.get()).enabled === false) return false
        await note(host, nameOf([accountId, subject, [...recipients].sort()]))
        return true
      },
    },
  }
}

async function isNoted(host: Host, name: string, withinMs: number): Promise<boolean> {
  return Date.now() - Number((await host.values.get(name)) ?? 0) < withinMs
}

async function note(host: Host, name: string): Promise<void> {
  await host.values.swap(name, await host.values.get(name), String(Date.now()))
}

async function forget(host: Host): Promise<void> {
  for await (const { name, value } of host.values.list('asked-')) {
    if (Number(value) < Date.now() - dayMs) await host.values.swap(name, value, null)
  }
}

/** The words at the beginning of words; `\b` knows no letters beyond ASCII. */
function patternOf(words: readonly string[]): RegExp | null {
  const escaped = words.filter((word) => word.trim() !== '').map((word) => RegExp.escape(word.trim()))
  return escaped.length === 0 ? null : new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})[\\p{L}-]*`, 'iu')
}

/** What the author wrote: not what he quotes, nor what stands below it. */
function ownWords({ subject, texts }: Outgoing): string {
  const plain = texts.find(({ type }) => type === 'text/plain')?.text ?? htmlToText(texts[0]?.text ?? '')
  const lines = plain.split('\n')
  const end = lines.findIndex((line) =>
    /^-{2,} ?(Original|Forwarded|Ursprüngliche|Weitergeleitete)|^-- $|^_{20,}$/.test(line),
  )
  const own = (end < 0 ? lines : lines.slice(0, end)).filter((line) => !line.startsWith('>'))
  return `${subject}\n${own.join('\n')}`
}

/** Good enough to look for words in; nothing of it is shown. */
function htmlToText(html: string): string {
  return html
    .replace(/<blockquote[\s\S]*<\/blockquote>/gi, ' ')
    .replace(/<(style|script|head)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ')
}

const nameOf = (said: readonly unknown[]) => `asked-${createHash('sha256').update(JSON.stringify(said)).digest('hex')}`

export default plugin
