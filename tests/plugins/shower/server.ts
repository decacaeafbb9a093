// Answers its client part.

import type { Plugin } from 'paquebot/plugin-api'

const plugin: Plugin = () => ({
  calls: {
    echo: (argument, { address }) => ({ argument, address }),
    chosen: (_argument, { preferences }) => preferences.get(),
  },
})

export default plugin
