// The whole corpus.

import type { HostileMessage } from './build-message.ts'
import { cssMessages } from './css.ts'
import { loadMessages } from './loads.ts'
import { metadataMessages } from './metadata.ts'
import { plainTextMessages } from './plain-text.ts'
import { scriptMessages } from './scripts.ts'
import { structureMessages } from './structure.ts'
import { svgMessages } from './svg.ts'

export const hostileMessages: readonly HostileMessage[] = [
  ...scriptMessages,
  ...svgMessages,
  ...cssMessages,
  ...loadMessages,
  ...plainTextMessages,
  ...metadataMessages,
  ...structureMessages,
]
