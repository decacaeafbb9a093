// [data], [sql], [blob], [security]: where a node keeps what must outlive it, and the keys that seal secrets.

import { dsnList } from './dsn.ts'
import { key, section, types } from './keys.ts'

export const data = section(
  'data',
  'The local folder of a single node: SQLite database, blobs and key ring lie there unless said otherwise.',
  {
    dir: key(types.text, './data', 'The folder; made (mode 0700) when absent.'),
  },
)

export const sql = section(
  'sql',
  'The database: an embedded SQLite file for a single node, MariaDB or PostgreSQL for several. docs/run/database.md has each topology.',
  {
    write: key(
      dsnList,
      [],
      'Servers to write to, the preferred one first; only one of them may be writable at a time (Galera: all may). Empty: the SQLite file `paquebot.sqlite` in `[data] dir`.',
      { secret: true },
    ),
    read: key(dsnList, [], 'Replicas to read from. Empty: reads go to the writer.', { secret: true }),
    password: key(types.optionalText, null, 'Password of the servers that name none; set it in the environment.', {
      secret: true,
    }),
    passwordFile: key(types.optionalText, null, 'File with that password on its first line.'),
    tls: key(
      types.choice('off', 'verify', 'unverified'),
      'off',
      '`verify`: TLS with a certificate that is trusted and names the host; `unverified`: encrypted, to whomever.',
    ),
    tlsCa: key(
      types.optionalText,
      null,
      'File with the certificates of the authority, PEM. Empty: those of the system.',
    ),
    poolMax: key(types.integer(1, 1000), 10, 'Connections of this node to each server at most.'),
    connectTimeout: key(types.duration, 2000, 'A connection that is not ready by then is given up.'),
    statementTimeout: key(types.duration, 10_000, 'A statement, or a wait for a lock, that takes longer is ended.'),
    checkInterval: key(
      types.duration,
      300,
      'How often each server is asked whether it lives, may be written to, and how far it has come.',
    ),
    checkTimeout: key(types.duration, 700, 'A server that has not answered that by then hangs.'),
    retryFor: key(
      types.duration,
      8000,
      'How long a call waits for a writer and repeats what was cut, before it fails with a clear 503.',
    ),
    replicaWait: key(
      types.duration,
      100,
      'How long a read waits for a replica to reach its position before it goes to the writer.',
    ),
    maxLag: key(types.duration, 60_000, 'A replica further behind is left out until it has caught up.'),
    slowStatement: key(types.duration, 200, 'A statement that takes longer goes to the log with its origin.'),
  },
)

export const blob = section('blob', 'Uploads and other bytes, addressed by their SHA-256.', {
  folders: key(
    types.list,
    [],
    'Folders, local or on NFS. More than one: each blob is written to all of them. Empty: `blobs` in `[data] dir`.',
  ),
  quorum: key(
    types.integer(0, 16),
    0,
    'How many folders must have the bytes before an upload is acknowledged; 0 means all.',
  ),
  repairInterval: key(
    types.duration,
    3_600_000,
    'How often missing or damaged copies are looked for and mended; 0 turns it off.',
  ),
})

export const security = section('security', 'Keys that seal what would open a mailbox.', {
  keyRing: key(
    types.optionalText,
    null,
    'File with one `id:base64` key (32 octets) a line, the newest first; the same on every node. Empty: made once in `[data] dir`.',
  ),
})
