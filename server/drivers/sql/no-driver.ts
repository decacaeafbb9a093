// The driver of a Kysely whose connections come from the provider of its executor: nobody may ask it for one.

import type { Driver } from 'kysely'
import { Failure } from '#core/errors.ts'

const refuse = () => Promise.reject(new Failure('internal', { reason: 'connections are provided, not acquired' }))

export const noDriver: Driver = {
  init: async () => {},
  acquireConnection: refuse,
  beginTransaction: refuse,
  commitTransaction: refuse,
  rollbackTransaction: refuse,
  releaseConnection: refuse,
  destroy: async () => {},
}
