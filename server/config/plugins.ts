// [plugins]: which are enabled, in which order, with what settings. What a plugin's own settings may be is in its plugin.json; boot
// holds the two against each other before anything is opened.

import { BadValue, type KeyType, key, section, types } from './keys.ts'

const tables: KeyType<Readonly<Record<string, unknown>>> = {
  name: 'tables',
  read(raw) {
    const value = typeof raw === 'string' ? parseJson(raw) : raw
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new BadValue('tables by plugin: [plugins.settings.NAME]')
    return value as Readonly<Record<string, unknown>>
  },
  show: () => '{}',
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

export const plugins = section(
  'plugins',
  'Plugins (docs/plugins/README.md). They run in the server itself: enable what you trust.',
  {
    folders: key(
      types.list,
      [],
      'Folders that hold a folder for each plugin, looked through in this order; the `plugins` of Paquebot itself comes last.',
    ),
    enabled: key(types.list, [], 'Names of plugins. Of hooks with the same order, those of the first named run first.'),
    required: key(
      types.list,
      [],
      'Plugins whose failure refuses what they were asked about. A plugin that is not named here is passed over when it fails.',
    ),
    settings: key(
      tables,
      {},
      'A table for each plugin, `[plugins.settings.NAME]`; in the environment one JSON object. Its members are in `docs/plugins` or in the `plugin.json`.',
    ),
    timeLimit: key(types.duration, 2000, 'For a hook that a request waits for.'),
    backgroundTimeLimit: key(types.duration, 60_000, 'For a hook that nobody waits for.'),
    blobStore: key(
      types.optionalText,
      null,
      'A plugin that keeps the blobs; it is given the store of `[blob]`, to wrap it or to leave it. Empty: none.',
    ),
    sessionStore: key(types.optionalText, null, 'The same for sessions; it is given the store of `[session]`.'),
    directory: key(
      types.optionalText,
      null,
      'The same for which mail servers an address has; it is given what `[[mail_server]]` says.',
    ),
    authenticator: key(
      types.optionalText,
      null,
      'A plugin that says who may sign in and with what the mail server is then asked. The mail server has the last word.',
    ),
  },
)
