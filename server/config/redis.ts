// [redis]: the servers for [session] store = "redis" and [bus] driver = "redis"; [bus]: how nodes tell one another of changes.

import { key, section, types } from './keys.ts'
import { serverAddresses } from './server-addresses.ts'

export const redis = section(
  'redis',
  'Redis or Valkey, for `[session] store = "redis"` and `[bus] driver = "redis"`. docs/run/sessions.md says what is promised when a server dies.',
  {
    kind: key(
      types.choice('single', 'sentinel', 'cluster'),
      'single',
      'One server; the primary that Sentinels name; or a Redis Cluster.',
    ),
    servers: key(
      serverAddresses,
      [],
      '`HOST:PORT` of the server (or `unix:/PATH`), of all Sentinels, or of some nodes of the Cluster.',
    ),
    masterName: key(types.text, 'mymaster', 'What the Sentinels call the primary.'),
    username: key(types.optionalText, null, 'ACL user. Empty: the default user.'),
    password: key(types.optionalText, null, 'Its password.', { secret: true }),
    sentinelUsername: key(types.optionalText, null, 'ACL user at the Sentinels.'),
    sentinelPassword: key(types.optionalText, null, 'Its password.', { secret: true }),
    database: key(types.integer(0, 1023), 0, 'Number of the database; a Cluster has only 0.'),
    tls: key(types.flag, false, 'TLS to the servers and the Sentinels. Certificates are checked.'),
    tlsCa: key(types.optionalText, null, 'PEM file of the CA. Empty: the CAs of the system.'),
    prefix: key(types.text, 'paquebot:', 'In front of each key and channel. Keys of other software are left alone.'),
    replicas: key(
      types.integer(0, 8),
      0,
      'How many replicas must have a sign-in or sign-out before it is acknowledged (WAIT). Without so many it is refused with 503. Set 1 wherever there are replicas.',
    ),
    timeout: key(types.duration, 1000, 'A command, or a connection, that takes longer has failed.'),
  },
)

export const bus = section(
  'bus',
  'How nodes tell one another at once what has changed. What is lost on the way is found by states.',
  {
    driver: key(
      types.choice('sql', 'redis'),
      'sql',
      '`sql`: a table that each node reads every `poll`; `redis`: publish and subscribe.',
    ),
    poll: key(types.duration, 1000, 'With `sql`: how often a node with listeners reads the table.'),
  },
)
