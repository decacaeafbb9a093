// Opens the store over a JMAP client.

import type { JmapClient } from '../jmap/client.ts'
import type { MailStore } from './types.ts'

export declare function openStore(client: JmapClient): MailStore
