// The footer stands once, at the end of each text that a reader may see: whichever of the alternatives is shown, it is there. Messages
// that are signed or encrypted are never offered to plugins.

import type { HookEvent, Plugin } from 'paquebot/plugin-api'

type Outgoing = HookEvent<'message.outgoing'>

const plugin: Plugin = (host) => {
  const text = (host.settings.text as string).trim()
  const html = (host.settings.html as string).trim() || `<p style="white-space:pre-line">${escaped(text)}</p>`
  const ownDomains = (host.settings.own_domains as readonly string[]).map((domain) => domain.toLowerCase())
  const isOwn = (address: string) => ownDomains.includes(address.slice(address.lastIndexOf('@') + 1).toLowerCase())
  return {
    hooks: {
      'message.outgoing'({ texts, recipients }: Outgoing) {
        if (text === '' || recipients.every(isOwn)) return
        return {
          texts: texts.map((part) => ({
            ...part,
            text: part.type === 'text/html' ? belowHtml(part.text, html) : belowText(part.text, text),
          })),
        }
      },
    },
  }
}

/** Not twice where an answer to nobody else, or a second attempt, has it already. */
function belowText(body: string, footer: string): string {
  const own = body.trimEnd()
  return own.endsWith(footer) ? body : `${own}\n\n${footer}\n`
}

function belowHtml(body: string, footer: string): string {
  // The last of them: one that stands in a text or a comment before it is not the end.
  const at = [/<\/body\s*>(?![\s\S]*<\/body\s*>)/i, /<\/html\s*>(?![\s\S]*<\/html\s*>)/i]
    .map((end) => body.search(end))
    .find((found) => found >= 0)
  const end = at ?? body.length
  return body.slice(0, end).trimEnd().endsWith(footer) ? body : body.slice(0, end) + footer + body.slice(end)
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

export default plugin
