// [[mail_server]]: which IMAP, submission and ManageSieve servers stand behind which mail domains.

import { key, sections, types } from './keys.ts'
import { serverUrl } from './server-url.ts'

export const mailServers = sections(
  'mail_server',
  'A mail server and the domains whose users live there. The first whose `domains` match an address serves it.',
  {
    domains: key(types.list, ['*'], 'Mail domains served: `example.org`, `*.example.org`, or `*` for every other.'),
    imap: key(
      serverUrl('imap'),
      null,
      'The IMAP server. `imap://` demands STARTTLS; `imap+insecure://` sends passwords in clear and is meant for loopback.',
    ),
    smtp: key(serverUrl('smtp'), null, 'The submission server (RFC 6409).'),
    sieve: key(
      serverUrl('sieve'),
      null,
      'The ManageSieve server (RFC 5804); without it there are no vacation and no filter settings.',
    ),
    imapPin: key(
      types.optionalText,
      null,
      'SHA-256 fingerprint (hex) of the IMAP server certificate: accepts exactly that one, self-signed or not.',
    ),
    smtpPin: key(types.optionalText, null, 'The same for the submission server.'),
    sievePin: key(types.optionalText, null, 'The same for the ManageSieve server.'),
    login: key(
      types.choice('address', 'local-part'),
      'address',
      'What the mail server knows users by: the whole address, or what stands before the @.',
    ),
    defaultDomain: key(
      types.optionalText,
      null,
      'Appended when somebody signs in with no @; empty: a whole address is asked for.',
    ),
    authservIds: key(
      types.list,
      [],
      'Names by which your mail servers sign `Authentication-Results` (RFC 8601), such as `mx.example.org`. Of these alone are SPF, DKIM and DMARC shown to who reads, and believed before a list is asked to unsubscribe. They must remove fields of that name which come from elsewhere (RFC 8601 §5). Empty: nothing is believed, nothing shown.',
    ),
  },
)
