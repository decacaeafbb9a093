// Core/echo (RFC 8620 §4): gives back what it was given.

import { capabilities } from '#shared/jmap/core.ts'
import type { Method } from './method.ts'

export const coreEcho: Method = { capability: capabilities.core, run: async ({ args }) => args }
