// (surface, the body follows within the hour)

import type { SessionResource } from '#shared/jmap/core.ts'
import type { Args, ArgsOrReferences, MethodName, Result, ResultReference } from './methods.ts'

/** A call that has been put into a request; `ref` names a part of its result for a later call of the same batch. */
export interface Call<M extends MethodName> extends Promise<Result<M>> {
  ref(path: string): ResultReference
}

export interface Batch {
  call<M extends MethodName>(name: M, args: ArgsOrReferences<M>): Call<M>
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Send again after a lost connection although the call creates something; only for calls that the server knows to be repeats. */
  readonly mayRepeat?: boolean
  /** Lets the request outlive the page (fetch keepalive). */
  readonly outlivesPage?: boolean
}

export interface UploadOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void
}

export interface JmapClient {
  readonly session: SessionResource
  /** The primary account for mail. */
  readonly accountId: string
  /** Calls of one tick travel in one request. */
  call<M extends MethodName>(name: M, args: Args<M>, options?: CallOptions): Promise<Result<M>>
  /** Calls that stay together in one request and may refer to each other's results. */
  batch<T>(build: (batch: Batch) => T, options?: CallOptions): T
  upload(file: Blob, options?: UploadOptions): Promise<{ blobId: string; type: string; size: number }>
  downloadUrl(blobId: string, name: string, type?: string): string
}
