// [session]: where sessions are kept, how long people stay signed in, and how often a password may be guessed.

import { key, section, types } from './keys.ts'

export const session = section('session', 'Sessions, tokens and the limits on signing in.', {
  store: key(
    types.choice('sql', 'memcached', 'redis', 'module'),
    'sql',
    'Where sessions are kept: in the database, or as `[memcached]`, `[redis]` or `[session_module]` say. docs/run/sessions.md compares them.',
  ),
  idle: key(types.duration, 12 * 3_600_000, 'Without «remember me»: signed out after this long without use.'),
  lifetime: key(types.duration, 24 * 3_600_000, 'Without «remember me»: signed out after this long, whatever the use.'),
  rememberIdle: key(types.duration, 30 * 86_400_000, 'With «remember me»: signed out after this long without use.'),
  rememberLifetime: key(
    types.duration,
    90 * 86_400_000,
    'With «remember me»: signed out after this long, whatever the use.',
  ),
  maxTokenDays: key(types.integer(1, 3650), 366, 'Longest life of a token that somebody makes for another program.'),
  failuresPerAddress: key(types.integer(1, 1000), 8, 'Failed sign-ins at one address before the next has to wait.'),
  failureDrainPerAddress: key(types.duration, 60_000, 'After which time one more attempt at that address is allowed.'),
  failuresPerRemote: key(
    types.integer(1, 100_000),
    40,
    'Failed sign-ins from one client address (IPv6: its /64) before the next has to wait.',
  ),
  failureDrainPerRemote: key(types.duration, 10_000, 'After which time one more attempt from there is allowed.'),
  refusal: key(types.duration, 1000, 'A refused sign-in takes at least this long, whether the address exists or not.'),
  basicCache: key(
    types.duration,
    60_000,
    'How long a password given by HTTP Basic is not asked of the mail server again.',
  ),
  basicCacheMax: key(types.integer(0, 1_000_000), 10_000, 'Of how many accounts at most, on one node.'),
})

export const sessionModule = section(
  'session_module',
  'A session store of express-session’s interface, for `[session] store = "module"`.',
  {
    module: key(
      types.optionalText,
      null,
      'Name of an npm package that can be found from the folder the node is started in, or path of a file. Its default export is the store, its class, or a function that makes either; it may be asynchronous.',
    ),
    options: key(types.json, {}, 'A JSON object for that constructor or function.', { secret: true }),
    timeout: key(types.duration, 2000, 'An answer that takes longer counts as none: the store is down.'),
  },
)
