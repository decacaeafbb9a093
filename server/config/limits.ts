// [upload], [jmap], [submission], [image_proxy]: limits that clients are told, and times of sending.

import { key, section, types } from './keys.ts'

export const upload = section('upload', 'Files on their way into a message.', {
  maxSize: key(types.bytes, 25_000_000, 'Largest upload; announced as `maxSizeUpload` (RFC 8620 §2).'),
  maxConcurrent: key(
    types.integer(1, 100),
    8,
    'Uploads of one account at the same time; announced as `maxConcurrentUpload`.',
  ),
  timeout: key(types.duration, 600_000, 'Time for an upload to arrive whole.'),
  quota: key(types.bytes, 500_000_000, 'What one account may have uploaded without it being part of a draft yet.'),
  grace: key(types.duration, 24 * 3_600_000, 'How long an upload is kept that nothing refers to.'),
})

export const jmap = section('jmap', 'Limits announced in the JMAP session object (RFC 8620 §2).', {
  maxSizeRequest: key(types.bytes, 10_000_000, '`maxSizeRequest`.'),
  maxConcurrentRequests: key(types.integer(1, 100), 16, '`maxConcurrentRequests` of one account on one node.'),
  maxRunning: key(
    types.integer(1, 100_000),
    256,
    'Method calls that run at once on one node; more wait, and accounts take their turns one after the other.',
  ),
  maxRunningPerAccount: key(
    types.integer(1, 1000),
    6,
    'Of these, those of one account; fewer, down to one, while the event loop is late.',
  ),
  maxCallsInRequest: key(types.integer(1, 1000), 64, '`maxCallsInRequest`.'),
  maxObjectsInGet: key(types.integer(1, 100_000), 1000, '`maxObjectsInGet`.'),
  maxObjectsInSet: key(types.integer(1, 100_000), 1000, '`maxObjectsInSet`.'),
})

export const submission = section('submission', 'Sending.', {
  undo: key(
    types.duration,
    10_000,
    'How long a message waits so that sending can be undone, unless the person chose otherwise.',
  ),
  maxDelay: key(
    types.duration,
    365 * 86_400_000,
    'How far ahead a send may be scheduled; announced as `maxDelayedSend` (RFC 8621 §1.3).',
  ),
  expire: key(
    types.duration,
    2 * 86_400_000,
    'After this long of temporary failures a send is given up and told to its author.',
  ),
  identities: key(
    types.choice('own', 'any'),
    'own',
    'Which From addresses an identity may have: only the one signed in with, or any (the submission server may still refuse).',
  ),
  maxRecipients: key(types.integer(1, 10_000), 500, 'Recipients of one message.'),
})

export const imageProxy = section(
  'image_proxy',
  'Remote images in mail, fetched by the node so that senders learn nothing of the reader.',
  {
    maxSize: key(types.bytes, 10_000_000, 'Largest image.'),
    timeout: key(types.duration, 10_000, 'Time for one image.'),
    trustedOrigins: key(
      types.list,
      [],
      'Origins inside your network that may be fetched all the same, such as `https://images.example.org`.',
    ),
  },
)

export const log = section('log', 'The log: JSON lines on standard output.', {
  level: key(types.choice('debug', 'info', 'warn', 'error'), 'info', 'The least level written.', { reload: 'restart' }),
})
