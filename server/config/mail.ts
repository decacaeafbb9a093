// [mail]: how large messages may be that are read, parsed and made.

import { key, section, types } from './keys.ts'

export const mail = section('mail', 'Reading and writing messages.', {
  maxSizeAttachments: key(
    types.bytes,
    50_000_000,
    'All attachments of one message together; announced as `maxSizeAttachmentsPerEmail` (RFC 8621 §1.3.1). Your mail server’s own limit is on the encoded message, a third more.',
  ),
  maxMailboxes: key(types.integer(1, 10_000), 100, 'Mailboxes of one message; announced as `maxMailboxesPerEmail`.'),
  maxKeywords: key(types.integer(1, 10_000), 100, 'Keywords of one message.'),
  maxBodyValue: key(types.bytes, 10_485_760, 'Longest body text told to a client, whatever it asks for.'),
  wholeMessage: key(
    types.bytes,
    1_048_576,
    'A message up to this size is read whole, in one command; of a larger one, its structure and the parts asked for.',
  ),
  parse: key(types.bytes, 50_000_000, 'Largest message inside a message that is opened (Email/parse).'),
  cache: key(types.bytes, 16_777_216, 'Memory of a node for messages read lately.'),
})
