// [node]: what this one is called and where others find it; the only section that differs between nodes.

import { key, section, types } from './keys.ts'

export const node = section('node', 'This node among the others; the only section that differs between them.', {
  name: key(types.optionalText, null, 'Its name in `paquebot node` and in the topology file. Empty: the host name.'),
  address: key(
    types.optionalText,
    null,
    '`HOST:PORT` by which other nodes reach it. Empty: `[http] listen`, or the node’s name and its port where that is every address.',
  ),
})
