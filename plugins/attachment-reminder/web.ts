// Asks in our client, before the message leaves it, in place of the client's own question: with the words that the operator set.

import type { WebPlugin } from 'paquebot/plugin-api'

const words = {
  en: {
    title: 'Nothing is attached',
    text: (word: string) => `The message says “${word}”, but nothing is attached.`,
    confirm: 'Send anyway',
  },
  de: {
    title: 'Nichts angehängt',
    text: (word: string) => `In der Nachricht steht „${word}“, aber es ist nichts angehängt.`,
    confirm: 'Trotzdem senden',
  },
}

const plugin: WebPlugin = ({ settings, call, language }) => {
  const wanted = (settings.words as readonly string[]).map((word) => word.trim()).filter((word) => word !== '')
  // RegExp.escape is not in every browser that we serve.
  const escaped = wanted.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})[\\p{L}]*`, 'iu')
  const { title, text, confirm } = language.startsWith('de') ? words.de : words.en
  return {
    async beforeSend({ subject, text: written, recipients, files }) {
      if (files > 0 || wanted.length === 0) return null
      const own = written.split('\n').filter((line) => !line.startsWith('>'))
      const found = pattern.exec([subject, ...own].join('\n'))
      if (!found || (await call('asks', { subject, recipients })) !== true) return null
      return { title, text: text(found[0]), confirm }
    },
  }
}

export default plugin
