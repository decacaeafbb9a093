// Uploads (RFC 8620 §6.1) by XMLHttpRequest, because fetch cannot tell how much of a body has gone out.

import type { UploadOptions } from './client.ts'
import { JmapError } from './methods.ts'
import { positions } from './positions.ts'
import type { TransportOptions } from './transport.ts'

export interface Uploaded {
  readonly blobId: string
  readonly type: string
  readonly size: number
}

export async function uploadBlob(
  url: string,
  file: Blob,
  transport: TransportOptions,
  options: UploadOptions,
): Promise<Uploaded> {
  for (;;) {
    const { status, body } = await post(url, file, transport.csrf(), options)
    if (status === 401) {
      await transport.signInAgain()
      continue
    }
    if (status >= 200 && status < 300) return JSON.parse(body) as Uploaded
    if (status === 413) throw new JmapError('requestTooLarge')
    throw new JmapError('serverFail', `HTTP ${status}`)
  }
}

function post(
  url: string,
  file: Blob,
  csrf: string,
  { signal, onProgress }: UploadOptions,
): Promise<{ status: number; body: string }> {
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
      resolve({ status: request.status, body: request.responseText })
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
