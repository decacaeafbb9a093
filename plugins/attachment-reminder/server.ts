// Ends a send whose text speaks of an attachment that is not there, once: the same message sent again within some minutes goes, from any
// client and through any node. People turn it off with `{ "enabled": false }` in their settings of it.

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
        const name = `asked-${digest(accountId, message)}`
        const asked = await host.values.get(name)
        if (asked !== null && Date.now() - Number(asked) < quietMs) return
        await host.values.swap(name, asked, String(Date.now()))
        return { abort: question.replaceAll('{word}', found[0]) }
      },
      // What was asked and never sent again is forgotten.
      'node.started': () => forget(host),
    },
  }
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

function digest(accountId: string | null, { subject, recipients, texts }: Outgoing): string {
  const said = JSON.stringify([accountId, subject, recipients, texts.map(({ text }) => text)])
  return createHash('sha256').update(said).digest('hex')
}

export default plugin
