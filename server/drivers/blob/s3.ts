// Blobs as objects of any S3-compatible service: `PREFIXblobs/ab/abcdef…`. The name is the hash, known only at the end: what fits into one
// part is sent whole under its name; what is longer goes by parts to `PREFIXincoming/…` and is copied by the service once it is complete. An
// object is therefore absent or whole, whatever dies when. Each request carries the SHA-256 of its body, which the service compares.

import { createHash, randomUUID } from 'node:crypto'
import { Agent } from 'node:https'
import type { S3Client } from '@aws-sdk/client-s3'
import { Failure } from '#core/errors.ts'
import type { BlobRange, BlobStore } from '#ports/blob-store.ts'
import { partsOf } from './parts.ts'
import { eachInTime } from './time-limit.ts'

export interface S3Options {
  /** `https://s3.example.org`; null: Amazon's, by region. */
  readonly endpoint: string | null
  readonly region: string
  readonly bucket: string
  readonly prefix: string
  /** Null: what the environment offers (instance role, web identity, shared file). */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null
  /** PEM; null: the well-known authorities. */
  readonly ca: string | null
  /** BUCKET in the path instead of the host name. */
  readonly pathStyle: boolean
  /** For one request with its repetitions, and for each wait while reading. */
  readonly timeoutMs: number
  /** Octets of a part: at least 5 MiB for any but the last (S3's own limit). */
  readonly partBytes: number
}

const attempts = 3
const keyPattern = /^[0-9a-f]{64}$/
const partialCopies = 2

interface ServiceError {
  readonly name?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Loads the SDK: a node without such a store does not pay for it. */
export async function openS3BlobStore(options: S3Options): Promise<BlobStore> {
  const s3 = await import('@aws-sdk/client-s3')
  const { bucket: Bucket, prefix, timeoutMs } = options
  const client: S3Client = new s3.S3Client({
    region: options.region,
    ...(options.endpoint !== null && { endpoint: options.endpoint }),
    ...(options.credentials && { credentials: options.credentials }),
    forcePathStyle: options.pathStyle,
    maxAttempts: attempts,
    // The newer checksum headers are unknown to many services; x-amz-content-sha256 is checked by all.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: Math.min(timeoutMs, 5_000),
      ...(options.ca !== null && { httpsAgent: new Agent({ ca: options.ca, keepAlive: true }) }),
    },
  })
  const nameOf = (key: string) => `${prefix}blobs/${key.slice(0, 2)}/${key}`

  function failure(error: unknown, detail: Record<string, unknown>): Failure {
    const { name, $metadata } = error as ServiceError
    return new Failure(
      'unavailable',
      { bucket: Bucket, ...detail, error: name, status: $metadata?.httpStatusCode },
      error,
    )
  }

  /** One request within the time limit. The caller's own abort is told as such. */
  async function call<Result>(
    signal: AbortSignal,
    work: (options: { abortSignal: AbortSignal }) => Promise<Result>,
  ): Promise<Result> {
    signal.throwIfAborted()
    try {
      return await work({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    } catch (error) {
      signal.throwIfAborted()
      throw failure(error, {})
    }
  }

  const isAbsent = (error: unknown) =>
    error instanceof Failure && error.detail.status === 404 && error.detail.error !== 'NoSuchBucket'

  async function look(key: string, signal: AbortSignal): Promise<{ readonly size: number } | null> {
    if (!keyPattern.test(key)) return null
    try {
      const head = await call(signal, (o) => client.send(new s3.HeadObjectCommand({ Bucket, Key: nameOf(key) }), o))
      return { size: head.ContentLength ?? 0 }
    } catch (error) {
      if (!isAbsent(error)) throw error
      // A HEAD has no body that would tell a missing object from a missing bucket.
      await call(signal, (o) => client.send(new s3.HeadBucketCommand({ Bucket }), o))
      return null
    }
  }

  async function putWhole(Key: string, Body: Uint8Array, signal: AbortSignal): Promise<void> {
    await call(signal, (o) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body }), o))
  }

  const remove = (Key: string, signal: AbortSignal) =>
    call(signal, (o) => client.send(new s3.DeleteObjectCommand({ Bucket, Key }), o))

  /** Sends parts to `incoming/…`; `complete` makes them the object `Key`, `abort` leaves nothing of them. */
  async function openMultipart(signal: AbortSignal) {
    const incoming = { Bucket, Key: `${prefix}incoming/${randomUUID()}` }
    const { UploadId } = await call(signal, (o) => client.send(new s3.CreateMultipartUploadCommand(incoming), o))
    const parts: { readonly PartNumber: number; readonly ETag: string | undefined }[] = []
    return {
      async add(Body: Uint8Array) {
        const part = { ...incoming, UploadId, PartNumber: parts.length + 1, Body }
        const { ETag } = await call(signal, (o) => client.send(new s3.UploadPartCommand(part), o))
        parts.push({ PartNumber: part.PartNumber, ETag })
      },
      async complete(Key: string) {
        const whole = { ...incoming, UploadId, MultipartUpload: { Parts: parts } }
        await call(signal, (o) => client.send(new s3.CompleteMultipartUploadCommand(whole), o))
        const copy = { Bucket, Key, CopySource: `${Bucket}/${incoming.Key}` }
        await call(signal, (o) => client.send(new s3.CopyObjectCommand(copy), o))
      },
      /** Also where the caller has gone: its own short time. What fails here is tidy's. */
      async discard(isComplete: boolean) {
        const own = AbortSignal.timeout(timeoutMs)
        const abort = new s3.AbortMultipartUploadCommand({ ...incoming, UploadId })
        const discarded = isComplete
          ? remove(incoming.Key, own)
          : call(own, (o) => client.send(abort, o)).finally(() => remove(incoming.Key, own))
        await discarded.catch(() => {})
      },
    }
  }

  async function* readOnce(key: string, range: BlobRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const stop = new AbortController()
    const abortSignal = AbortSignal.any([signal, stop.signal])
    const Range = `bytes=${range.start}-${range.end - 1}`
    try {
      const { Body } = await call(abortSignal, (o) =>
        client.send(new s3.GetObjectCommand({ Bucket, Key: nameOf(key), Range }), o),
      )
      try {
        yield* eachInTime(Body as unknown as AsyncIterable<Uint8Array>, timeoutMs, () => stop.abort())
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof Failure ? error : failure(error, { key })
      }
    } catch (error) {
      if (isAbsent(error)) throw new Failure('blobMissing', { key, reason: 'gone' }, error)
      // RFC 9110 §15.5.17: what was there is shorter now.
      if (error instanceof Failure && error.detail.status === 416)
        throw new Failure('blobMissing', { key, reason: 'short' }, error)
      throw error
    } finally {
      stop.abort()
    }
  }

  async function* read(key: string, { start, end }: BlobRange, isWhole: boolean, signal: AbortSignal) {
    const hash = isWhole ? createHash('sha256') : null
    let at = start
    for (let attempt = 0; at < end; attempt++) {
      try {
        for await (const chunk of readOnce(key, { start: at, end }, signal)) {
          hash?.update(chunk)
          at += chunk.length
          yield chunk
        }
        if (at < end) throw new Failure('blobMissing', { key, reason: 'short' })
      } catch (error) {
        // A connection that was cut in the middle is taken up where it ended.
        const mayResume = error instanceof Failure && error.code === 'unavailable' && attempt < partialCopies
        if (!mayResume || signal.aborted) throw error
      }
    }
    if (hash && hash.digest('hex') !== key) throw new Failure('blobMissing', { key, reason: 'hash' })
  }

  async function* listObjects(Prefix: string, signal: AbortSignal) {
    let ContinuationToken: string | undefined
    do {
      const command = new s3.ListObjectsV2Command({ Bucket, Prefix, ContinuationToken })
      const page = await call(signal, (o) => client.send(command, o))
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
        yield { name: Key, size: Size, modifiedAt: LastModified?.getTime() ?? 0 }
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (ContinuationToken !== undefined)
  }

  return {
    async put(source, { maxBytes, signal }) {
      const hash = createHash('sha256')
      let size = 0
      async function* counted() {
        for await (const chunk of source) {
          signal.throwIfAborted()
          size += chunk.length
          if (size > maxBytes) throw new Failure('tooLarge', { maxBytes })
          hash.update(chunk)
          yield chunk
        }
      }
      let multipart: Awaited<ReturnType<typeof openMultipart>> | null = null
      let isComplete = false
      try {
        for await (const { bytes, isLast } of partsOf(counted(), options.partBytes)) {
          if (isLast && !multipart) {
            const key = hash.digest('hex')
            await putWhole(nameOf(key), bytes, signal)
            return { key, size }
          }
          multipart ??= await openMultipart(signal)
          await multipart.add(bytes)
        }
        const key = hash.digest('hex')
        await multipart?.complete(nameOf(key))
        isComplete = true
        const found = await look(key, signal)
        if (found?.size !== size) throw new Failure('unavailable', { bucket: Bucket, key, size, found: found?.size })
        return { key, size }
      } finally {
        await multipart?.discard(isComplete)
      }
    },

    async get(key, { range, signal }) {
      // Only looked at here, fetched when it is read: a reader that never begins leaves no connection open.
      const found = await look(key, signal)
      if (!found) throw new Failure('notFound', { key })
      return read(key, range ?? { start: 0, end: found.size }, !range, signal)
    },

    stat: look,

    async delete(key, signal) {
      if (keyPattern.test(key)) await remove(nameOf(key), signal)
    },

    async *list(signal, keyPrefix = '') {
      const folder = keyPrefix.length < 2 ? keyPrefix : `${keyPrefix.slice(0, 2)}/${keyPrefix}`
      for await (const { name, size, modifiedAt } of listObjects(`${prefix}blobs/${folder}`, signal)) {
        const key = name.slice(name.lastIndexOf('/') + 1)
        if (keyPattern.test(key)) yield { key, size, modifiedAt }
      }
    },

    async tidy(before, signal) {
      let removed = 0
      for await (const { name, modifiedAt } of listObjects(`${prefix}incoming/`, signal)) {
        if (modifiedAt >= before) continue
        await remove(name, signal)
        removed++
      }
      const command = new s3.ListMultipartUploadsCommand({ Bucket, Prefix: `${prefix}incoming/` })
      const { Uploads = [] } = await call(signal, (o) => client.send(command, o))
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (!Initiated || Initiated.getTime() >= before) continue
        const abort = new s3.AbortMultipartUploadCommand({ Bucket, Key, UploadId })
        await call(signal, (o) => client.send(abort, o))
        removed++
      }
      return removed
    },

    async close() {
      client.destroy()
    },
  }
}
