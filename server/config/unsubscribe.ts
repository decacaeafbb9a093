// [unsubscribe]: leaving mailing lists with one click.

import { key, section, types } from './keys.ts'

export const unsubscribe = section(
  'unsubscribe',
  'One-click unsubscribe (RFC 8058): the node asks the list, when the reader says so.',
  {
    maxPerHour: key(types.integer(1, 10_000), 60, 'Requests of one account within an hour.'),
    timeout: key(types.duration, 15_000, 'Time for the list to answer.'),
    trustedOrigins: key(
      types.list,
      [],
      'Origins inside your network that may be asked all the same, such as `https://lists.example.org`.',
    ),
  },
)
