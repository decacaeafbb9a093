// Uploads (RFC 8620 §6.1) by XMLHttpRequest, because fetch cannot tell how much of a body has gone out.

import type { UploadOptions } from './client.ts'
import { JmapError } from './methods.ts'
import { positions } from './positions.ts'
import { delayMs, fateOf } from './retry-policy.ts'
import type { TransportOptions } from './transport.ts'

export interface Uploaded {
  readonly blobId: string
  readonly type: string
  readonly size: number
}

/** Enough for a node to be missed, and for a balancer to notice. */
const maxRepeats = 6

/** The same octets twice are one blob or two, of which one is collected: an upload may always be repeated. */
export async function uploadBlob(
  url: string,
  file: Blob,
  transport: TransportOptions,
  options: UploadOptions,
): Promise<Uploaded> {
  const sleep = transport.sleep ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)))
  for (let repeats = 0; ; ) {
    let lost: JmapError
    let retryAfter: string | null = null
    try {
      const { status, body, headers } = await post(url, file, transport.csrf(), options)
      if (status === 401) {
        await transport.signInAgain()
        continue
      }
      if (status >= 200 && status < 300) return JSON.parse(body) as Uploaded
      if (status === 413) throw new JmapError('requestTooLarge')
      if (fateOf({ status, headers }) === 'answered') throw new JmapError('serverFail', `HTTP ${status}`)
      lost = new JmapError('network', `HTTP ${status}`)
      retryAfter = headers.get('retry-after')
    } catch (error) {
      if (!(error instanceof JmapError) || error.type !== 'network') throw error
      lost = error
    }
    if (repeats >= maxRepeats) throw lost
    await sleep(delayMs(repeats++, retryAfter), options.signal)
  }
}

function post(
  url: string,
  file: Blob,
  csrf: string,
  { signal, onProgress }: UploadOptions,
): Promise<{ status: number; body: string; headers: Headers }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const abort = () => request.abort()
    const known = positions.known()
    request.open('POST', url)
    for (const [name, value] of Object.entries(positions.header(known))) request.setRequestHeader(name, value)
    request.setRequestHeader('content-type', file.type || 'application/octet-stream')
    request.setRequestHeader('x-csrf-token', csrf)
    request.upload.onprogress = (event) => onProgress?.(event.loaded, event.total)
    request.onload = () => {
      if (request.status >= 500) positions.forget()
      else positions.told(known, request.getResponseHeader('paquebot-position'))
      const headers = new Headers()
      for (const name of ['content-type', 'retry-after']) headers.set(name, request.getResponseHeader(name) ?? '')
      resolve({ status: request.status, body: request.responseText, headers })
    }
    request.onerror = () => {
      positions.forget()
      reject(new JmapError('network'))
    }
    request.onabort = () => reject(signal?.reason ?? new JmapError('network'))
    request.onloadend = () => signal?.removeEventListener('abort', abort)
    if (signal?.aborted) {
      reject(signal.reason)
      return
    }
    signal?.addEventListener('abort', abort)
    request.send(file)
  })
}
