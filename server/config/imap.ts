// [imap]: connections to mail servers, and what a node keeps in memory of the mail behind them.

import { key, section, types } from './keys.ts'

export const imap = section(
  'imap',
  'Connections to IMAP servers, and the memory a node gives to what it has read there.',
  {
    connectionsPerAccount: key(
      types.integer(1, 50),
      4,
      'Connections of one account on one node; Dovecot allows 10 per user and client address (`mail_max_userip_connections`).',
    ),
    connectionsPerNode: key(types.integer(1, 100_000), 2000, 'Connections of the whole node.'),
    idleClose: key(types.duration, 60_000, 'A connection without work is closed after this long.'),
    connectTimeout: key(types.duration, 10_000, 'Time to connect, agree on TLS and be greeted.'),
    commandTimeout: key(types.duration, 60_000, 'Time without any octet from the server while it owes an answer.'),
    pollInterval: key(
      types.duration,
      1500,
      'How often mailboxes are asked for changes while somebody watches and the server cannot tell by itself.',
    ),
    freshFor: key(
      types.optionalDuration,
      null,
      'For how long a node answers from what it knows of an account before it asks the mail server again. What is changed through this node, and what the server tells by itself, is seen at once; changes by other IMAP clients this much later at most. Above 0 only where one node serves all: a read on one node would else not see what was written on another just before. Empty: `1 s` with the embedded SQLite of a single node, 0 with a database that nodes share.',
    ),
    indexMemory: key(
      types.bytes,
      512 * 1024 ** 2,
      'Memory for mailbox indexes on a node; the longest unused go first and are rebuilt when needed.',
    ),
    disable: key(
      types.list,
      [],
      'Capabilities not to be used though the server offers them, such as `COMPRESS=DEFLATE` or `NOTIFY`.',
    ),
  },
)
