// Above a message that the spam filter was fed: what it has learnt of it, and when.

import type { WebPlugin } from 'paquebot/plugin-api'

interface Learned {
  readonly verdict: 'spam' | 'ham'
  /** Ms. */
  readonly at: number
}

const words = {
  en: {
    spam: 'The spam filter has learnt that this is junk.',
    ham: 'The spam filter has learnt that this is no junk.',
    when: 'When',
  },
  de: {
    spam: 'Der Spamfilter hat gelernt, dass dies Spam ist.',
    ham: 'Der Spamfilter hat gelernt, dass dies kein Spam ist.',
    when: 'Wann',
  },
}

const plugin: WebPlugin = ({ call, language }) => ({
  async messageLine({ email }) {
    const learned = (await call('learned', email.id)) as Learned | null
    if (!learned) return null
    const { [learned.verdict]: text, when } = language.startsWith('de') ? words.de : words.en
    const value = new Date(learned.at).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' })
    return { text, details: [{ label: when, value }] }
  },
})

export default plugin
