// [memcached]: the hosts that keep sessions, for [session] store = "memcached".

import { key, section, types } from './keys.ts'
import { serverAddresses } from './server-addresses.ts'

export const memcached = section(
  'memcached',
  'Hosts for `[session] store = "memcached"`; each session is on two of them.',
  {
    hosts: key(
      serverAddresses,
      [],
      'Any number of `HOST:PORT`, `[V6]:PORT` or `unix:/PATH`; the same on every node, in any order. Change one at a time.',
    ),
    prefix: key(types.text, 'paquebot:', 'In front of each key. Keys of other software are left alone.'),
    timeout: key(
      types.duration,
      250,
      'A host that takes longer to answer counts as down and is tried again in the background.',
    ),
    retry: key(types.duration, 500, 'Between two attempts to reach a host that is down.'),
  },
)
