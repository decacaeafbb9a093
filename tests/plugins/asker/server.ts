// Refuses, in words that are to be read as they stand, what the client part would have let through.

import type { Plugin } from 'paquebot/plugin-api'

const plugin: Plugin = () => ({
  hooks: {
    'message.beforeSend': ({ subject }) =>
      subject === 'Forbidden' ? { abort: 'Nobody <b>sends</b> this from here.' } : undefined,
  },
})

export default plugin
