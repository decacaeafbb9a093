// Blob/upload (RFC 9404 §4.1): blobs made of text, base64 and parts of other blobs, without a second endpoint.

import type { Caller } from '#core/caller.ts'
import { Failure } from '#core/errors.ts'
import type { Log } from '#core/log.ts'
import type { Uploads } from '#domain/uploads/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { listOf, nullable, object, readArguments, readFields, reference, string, unsignedInt } from './arguments.ts'
import type { Blobs } from './blobs.ts'
import { invalidProperties, SetFailure } from './errors.ts'
import { resolveReference } from './get.ts'
import type { Method, MethodCall } from './method.ts'
import { inOrderOfReference, openSetOutcomes, readCreate } from './set.ts'

export interface BlobUploadDeps {
  readonly uploads: Pick<Uploads, 'put'>
  readonly blobs: Pick<Blobs, 'open' | 'stat'>
  readonly log: Log
}

/** RFC 9404 §3.1: announced; at least 64. */
export const maxDataSources = 64

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export function blobUpload(deps: BlobUploadDeps): Method {
  return {
    capability: capabilities.blob,
    async run(call) {
      const args = readArguments(call)
      const create = readCreate(call, args)
      args.finish()
      const outcomes = openSetOutcomes(call, deps.log)
      // A data source may name a creation of this very call (RFC 9404 §4.1.1, example): those first.
      const withReferences = new Map([...create].map(([id, fields]) => [id, { ...fields, ...referencesOf(fields) }]))
      for (const [creationId] of inOrderOfReference(withReferences, referenceNames)) {
        try {
          outcomes.created(creationId, await upload(deps, call, create.get(creationId)!))
        } catch (error) {
          outcomes.failed('create', creationId, error)
        }
      }
      const { accountId, created, notCreated } = outcomes.response(call.caller.account, null, '')
      return { accountId, created, notCreated }
    },
  }
}

async function upload(deps: BlobUploadDeps, call: MethodCall, fields: Record<string, unknown>) {
  const reader = readFields(fields)
  const data = reader.required('data', listOf(object))
  const type = reader.optional('type', nullable(string), null)
  reader.finish()
  if (data.length > maxDataSources) throw invalidProperties(`at most ${maxDataSources} data sources`, 'data')
  if (type !== null && (type.length > 255 || !/^[\x20-\x7e]*$/.test(type))) {
    throw invalidProperties('type must be a media type', 'type')
  }
  const sources = await Promise.all(data.map((item) => openSource(deps, call, item)))
  const maxBytes = call.limits.maxSizeUpload
  const size = sources.reduce((sum, source) => sum + source.size, 0)
  if (size > maxBytes) throw new SetFailure('tooLarge', { maxSize: maxBytes })
  const stored = await deps.uploads.put(call.caller, {
    type: type ?? 'application/octet-stream',
    maxBytes,
    source: concatenated(sources.map((source) => source.open)),
  })
  return { id: stored.blobId, type, size: stored.size }
}

interface OpenedSource {
  readonly size: number
  readonly open: () => Promise<Source> | Source
}

async function openSource(
  deps: BlobUploadDeps,
  call: MethodCall,
  item: Record<string, unknown>,
): Promise<OpenedSource> {
  const reader = readFields(item, 'data/')
  const text = reader.optional('data:asText', nullable(string), null)
  const base64 = reader.optional('data:asBase64', nullable(string), null)
  const blobId = reader.optional('blobId', nullable(reference), null)
  const offset = reader.optional('offset', nullable(unsignedInt), null)
  const length = reader.optional('length', nullable(unsignedInt), null)
  reader.finish()
  if ([text, base64, blobId].filter((value) => value !== null).length !== 1) {
    throw invalidProperties('a data source has one of data:asText, data:asBase64, blobId', 'data')
  }
  if (blobId !== null) {
    const id = resolveReference(call.createdIds, blobId)
    return openBlobSource(deps, call.caller, id, offset ?? 0, length)
  }
  if (offset !== null || length !== null) throw invalidProperties('offset and length go with blobId', 'data')
  const bytes = text === null ? decodeBase64(base64!) : Buffer.from(text, 'utf8')
  return { size: bytes.length, open: () => [bytes] }
}

async function openBlobSource(
  deps: BlobUploadDeps,
  caller: Caller,
  blobId: string,
  offset: number,
  length: number | null,
): Promise<OpenedSource> {
  const { size } = await deps.blobs.stat(caller, blobId).catch((error: unknown) => {
    const isUnknown = error instanceof Failure && error.code === 'notFound'
    throw isUnknown ? new SetFailure('blobNotFound', { notFound: [blobId] }) : error
  })
  const end = length === null ? size : offset + length
  // RFC 9404 §4.1: a range that is not wholly inside the blob is an error.
  if (offset > size || end > size) throw invalidProperties(`the range is not within ${blobId}`, 'data')
  if (end === offset) return { size: 0, open: () => [] }
  return { size: end - offset, open: () => deps.blobs.open(caller, blobId, { start: offset, end }) }
}

function decodeBase64(text: string): Buffer {
  const clean = text.replaceAll(/\s/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(clean)) {
    throw invalidProperties('data:asBase64 is not base64', 'data')
  }
  return Buffer.from(clean, 'base64')
}

async function* concatenated(sources: readonly (() => Promise<Source> | Source)[]): AsyncIterable<Uint8Array> {
  for (const open of sources) yield* await open()
}

const referenceNames = Array.from({ length: maxDataSources }, (_, index) => `#${index}`)

/** The `#` references among the data sources, each under a name of its own. */
function referencesOf(fields: Record<string, unknown>): Record<string, unknown> {
  const { data } = fields
  if (!Array.isArray(data)) return {}
  return Object.fromEntries(
    data
      .slice(0, maxDataSources)
      .map((item: unknown, index) => [`#${index}`, (item as { blobId?: unknown } | null)?.blobId]),
  )
}
