// [branding]: the name, logo and look of the web client. What the files and tokens may be is checked by boot (boot/branding.ts).

import { key, section, types } from './keys.ts'

export const branding = section(
  'branding',
  'Name, logo and look of the web client, the page to sign in on included; nothing is built anew. docs/run/branding.md has examples.',
  {
    name: key(
      types.text,
      'Paquebot',
      'What the client calls itself: in the title, beside the logo, on the page to sign in on.',
    ),
    logo: key(
      types.optionalText,
      null,
      'An SVG or PNG file, at most 256 KiB; it stands in place of ship and name, and in the tab of the browser. Empty: the ship.',
    ),
    logoDark: key(types.optionalText, null, 'The same on dark ground. Empty: `logo`.'),
    tokens: key(
      types.json,
      {},
      'The table `[branding.tokens]`: tokens of the look, each a text, or a list of two: light and dark. In the environment one JSON object.',
    ),
  },
)
