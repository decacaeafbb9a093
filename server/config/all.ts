// Every section, by the name that code uses. A new section is a file of its own and a line here.

import { blobStores } from './blob-stores.ts'
import { branding } from './branding.ts'
import { http } from './http.ts'
import { imap } from './imap.ts'
import { imageProxy, jmap, log, submission, upload } from './limits.ts'
import { mail } from './mail.ts'
import { mailServers } from './mail-servers.ts'
import { memcached } from './memcached.ts'
import { node } from './node.ts'
import { plugins } from './plugins.ts'
import { bus, redis } from './redis.ts'
import { session, sessionModule } from './session.ts'
import { blob, data, security, sql } from './storage.ts'
import { unsubscribe } from './unsubscribe.ts'

export const configSections = {
  node,
  http,
  mailServers,
  data,
  sql,
  blob,
  blobStores,
  security,
  session,
  sessionModule,
  memcached,
  redis,
  bus,
  imap,
  mail,
  jmap,
  upload,
  submission,
  imageProxy,
  unsubscribe,
  plugins,
  branding,
  log,
} as const
