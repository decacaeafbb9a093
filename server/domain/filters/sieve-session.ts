// One conversation with the person's ManageSieve server for each verb, ended whatever happens.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { Uploads } from '#domain/uploads/types.ts'
import type { Directory } from '#ports/directory.ts'
import type { FilterSession, FilterStore } from '#ports/filter-store.ts'
import { scriptLimits } from './types.ts'

export interface SieveDeps {
  readonly directory: Directory
  readonly store: FilterStore
}

export async function withSieve<T>(
  { directory, store }: SieveDeps,
  caller: Caller,
  work: (session: FilterSession) => Promise<T>,
): Promise<T> {
  const { sieve } = await directory.route(caller.address, caller.signal)
  if (!sieve) throw new Failure('unsupported', { description: 'The mail server offers no filters.' })
  const session = await store.open(sieve, caller.credential, caller.signal)
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** The script in an upload. `notFound` with the blob's id, tooLarge, badInput (not UTF-8: RFC 5228 §2.1). */
export async function readScript(uploads: Pick<Uploads, 'open'>, caller: Caller, blobId: string): Promise<string> {
  const { size, body } = await uploads.open(caller, blobId)
  if (size > scriptLimits.maxScriptBytes) throw new Failure('tooLarge', { maxSize: scriptLimits.maxScriptBytes })
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new Failure(
      'badInput',
      { message: 'The script is not UTF-8.', description: 'The script is not UTF-8.' },
      cause,
    )
  }
}
