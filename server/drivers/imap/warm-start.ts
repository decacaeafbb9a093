// When an account's index is taken from its snapshot, and when one is written: as soon as a large one is built, and when the account leaves
// this node. Snapshots are a help: whatever goes wrong with them is logged, and the index is built.

import { toFailure } from '#core/errors.ts'
import type { AccountContext, IdTier } from './context.ts'
import { hash128 } from './hash.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'

/** Below this building is as fast as reading. */
const WORTH_IT = 1000

export interface WarmStart {
  /** Once, before anything is in the index. */
  restore(): Promise<void>
  /** Unless nothing happened since. */
  save(signal: AbortSignal): Promise<void>
}

export function openWarmStart(ctx: AccountContext): WarmStart {
  const { snapshots, state, log } = ctx.deps
  const key = `mail-index-${hash128(ctx.account).toString('base64url')}`
  let savedGeneration = 0
  return {
    async restore() {
      if (snapshots === null) return
      try {
        const tier = (await state.get(ctx.account, 'pin', ['ids'])).get('ids') as IdTier | undefined
        if (tier === undefined) return
        const bytes = await snapshots.get(key, ctx.signal)
        const index = bytes === null ? null : await readSnapshot(bytes, tier)
        if (index !== null) {
          ctx.index = index
          savedGeneration = index.generation
        } else if (bytes !== null) log.warn('mail.snapshot.unusable', { account: ctx.account })
      } catch (error) {
        log.warn('mail.snapshot.unread', { account: ctx.account, error: toFailure(error).code })
      }
    },
    async save(signal) {
      const { index, tier } = ctx
      if (snapshots === null || tier === null || index.generation === savedGeneration) return
      if (index.tables.placeCount < WORTH_IT) return
      const { generation } = index
      try {
        const bytes = await writeSnapshot(index, tier)
        if (bytes !== null) await snapshots.put(key, bytes, signal)
        savedGeneration = generation
      } catch (error) {
        log.warn('mail.snapshot.unwritten', { account: ctx.account, error: toFailure(error).code })
      }
    },
  }
}
