// Asks whether a message may leave the house.

import type { WebPlugin } from 'paquebot/plugin-api'

const plugin: WebPlugin = ({ settings }) => ({
  beforeSend({ recipients, subject, text, files }) {
    if (subject === 'Broken') throw new Error('of the plugin')
    const outside = recipients.filter((address: string) => !address.endsWith(`@${settings.house}`))
    if (outside.length === 0) return null
    return {
      title: 'Outside the house',
      text: `To ${outside.join()}: <i>${text.trim()}</i>, ${files} files`,
      confirm: 'Let it go',
    }
  },
})

export default plugin
