// «Archive by year» in the menus of messages and rows: for what was archived before the plugin was there, above all.

import type { WebPlugin } from 'paquebot/plugin-api'

/** The server part has the time of a hook for each. */
const atOnce = 100

const words = {
  en: (count: number) =>
    count === 0 ? 'All of it is filed already.' : count === 1 ? '1 message filed.' : `${count} messages filed.`,
  de: (count: number) =>
    count === 0
      ? 'Alles ist schon einsortiert.'
      : count === 1
        ? '1 Nachricht einsortiert.'
        : `${count} Nachrichten einsortiert.`,
}

const plugin: WebPlugin = ({ call, language }) => ({
  async messageAction({ emails }) {
    const ids = emails.map(({ id }) => id)
    let filed = 0
    for (let at = 0; at < ids.length; at += atOnce)
      filed += ((await call('file', ids.slice(at, at + atOnce))) as { readonly filed: number }).filed
    return { notice: (language.startsWith('de') ? words.de : words.en)(filed) }
  },
})

export default plugin
