// [data], [sql], [blob], [security]: where a node keeps what must outlive it, and the keys that seal secrets.

import { key, section, types } from './keys.ts'

export const data = section(
  'data',
  'The local folder of a single node: SQLite database, blobs and key ring lie there unless said otherwise.',
  {
    dir: key(types.text, './data', 'The folder; made (mode 0700) when absent.'),
  },
)

export const sql = section('sql', 'The database.', {
  url: key(types.optionalText, null, 'SQLite file; empty: `paquebot.sqlite` in `[data] dir`.'),
  slowStatement: key(types.duration, 200, 'A statement that takes longer goes to the log with its origin.'),
})

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
