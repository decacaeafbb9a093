// Blob/get (RFC 9404 §4.2): the octets of blobs, or a part of them, as text or base64, their digests and sizes.

import { createHash, type Hash } from 'node:crypto'
import { Failure } from '#core/errors.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { nullable, readArguments, unsignedInt } from './arguments.ts'
import type { Blobs } from './blobs.ts'
import { readGet } from './get.ts'
import { type Method, type MethodCall, MethodError } from './method.ts'

/** RFC 9404 §3.1: names of the HTTP Digest Algorithm Values registry, lower case, to those of node:crypto. */
const digests: Readonly<Record<string, string>> = { sha: 'sha1', 'sha-256': 'sha256', 'sha-512': 'sha512' }
export const supportedDigestAlgorithms = Object.keys(digests)

const digestPrefix = 'digest:'
const plainProperties = ['id', 'size', 'data', 'data:asText', 'data:asBase64']

const isProperty = (name: string) =>
  plainProperties.includes(name) ||
  (name.startsWith(digestPrefix) && Object.hasOwn(digests, name.slice(digestPrefix.length)))

export function blobGet(deps: { readonly blobs: Blobs }): Method {
  return {
    capability: capabilities.blob,
    async run(call) {
      const args = readArguments(call)
      const { ids, properties } = readGet(call, args, isProperty)
      const offset = args.optional('offset', nullable(unsignedInt), null) ?? 0
      const length = args.optional('length', nullable(unsignedInt), null)
      args.finish()
      // There is no list of all blobs to give.
      if (ids === null) throw new MethodError('requestTooLarge', { description: 'ids are required' })
      const wanted = properties ?? new Set(['id', 'data', 'size'])
      const list: Record<string, unknown>[] = []
      const notFound: string[] = []
      const budget = { bytes: call.limits.maxSizeUpload }
      for (const id of ids) {
        try {
          list.push(await read(deps.blobs, call, id, wanted, { offset, length }, budget))
        } catch (error) {
          if (!(error instanceof Failure && error.code === 'notFound')) throw error
          notFound.push(id)
        }
      }
      return { accountId: call.caller.account, list, notFound }
    },
  }
}

async function read(
  blobs: Blobs,
  call: MethodCall,
  id: string,
  wanted: ReadonlySet<string>,
  range: { readonly offset: number; readonly length: number | null },
  budget: { bytes: number },
): Promise<Record<string, unknown>> {
  const { size } = await blobs.stat(call.caller, id)
  const start = Math.min(range.offset, size)
  const end = range.length === null ? size : Math.min(range.offset + range.length, size)
  const result: Record<string, unknown> = { id }
  if (wanted.has('size')) result.size = size
  const wantsData = ['data', 'data:asText', 'data:asBase64'].some((name) => wanted.has(name))
  const hashes = [...wanted].filter((name) => name.startsWith(digestPrefix))
  if (!wantsData && hashes.length === 0) return result

  if (wantsData && (budget.bytes -= end - start) < 0) {
    // A JSON text of it all would be held in memory: the download endpoint streams.
    throw new MethodError('requestTooLarge', { description: `at most ${call.limits.maxSizeUpload} octets of data` })
  }
  const source = end > start ? await blobs.open(call.caller, id, { start, end }) : []
  const running = hashes.map((name): [string, Hash] => [name, createHash(digests[name.slice(digestPrefix.length)]!)])
  const chunks: Uint8Array[] = []
  for await (const chunk of source) {
    for (const [, hash] of running) hash.update(chunk)
    if (wantsData) chunks.push(chunk)
  }
  for (const [name, hash] of running) result[name] = hash.digest('base64')
  if (wantsData) Object.assign(result, represent(Buffer.concat(chunks), wanted))
  // RFC 9404 §4.2: the range reaches beyond the end.
  if (range.offset > size || (range.length !== null && range.offset + range.length > size)) result.isTruncated = true
  return result
}

function represent(bytes: Buffer, wanted: ReadonlySet<string>): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  const wantsText = wanted.has('data') || wanted.has('data:asText')
  const text = wantsText ? decodeUtf8(bytes) : null
  const isEncodingProblem = wantsText && text === null
  // «data»: text when the octets are valid UTF-8, else base64.
  if (wanted.has('data:asText') || (wanted.has('data') && text !== null)) result['data:asText'] = text
  if (wanted.has('data:asBase64') || (wanted.has('data') && text === null)) {
    result['data:asBase64'] = bytes.toString('base64')
  }
  if (isEncodingProblem) result.isEncodingProblem = true
  return result
}

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
