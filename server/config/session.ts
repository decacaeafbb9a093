// [session]: how long people stay signed in, and how often a password may be guessed.

import { key, section, types } from './keys.ts'

export const session = section('session', 'Sessions, tokens and the limits on signing in.', {
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
