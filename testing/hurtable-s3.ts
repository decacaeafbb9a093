// A bucket with ways to hurt it, for the contract suite: the store speaks through a proxy that can be cut, damage is done past it.

import { randomUUID } from 'node:crypto'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { openS3BlobStore, type S3Options } from '#drivers/blob/s3.ts'
import type { BlobStoreUnderTest } from '#ports/blob-store.contract.ts'
import type { S3Server } from './servers/s3.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

export type HurtableS3 = BlobStoreUnderTest & {
  readonly proxy: TcpProxy
  readonly client: S3Client
  readonly prefix: string
}

export async function openHurtableS3(server: S3Server, options: Partial<S3Options> = {}): Promise<HurtableS3> {
  const proxy = await startTcpProxy(server)
  const prefix = `${randomUUID()}/`
  const credentials = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey }
  const store = await openS3BlobStore({
    endpoint: `http://127.0.0.1:${proxy.port}`,
    region: 'us-east-1',
    bucket: server.bucket,
    prefix,
    credentials,
    ca: null,
    pathStyle: true,
    timeoutMs: 10_000,
    partBytes: 5 * 1024 * 1024,
    ...options,
  })
  const client = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
  async function rewrite(key: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    const object = { Bucket: server.bucket, Key: `${prefix}blobs/${key.slice(0, 2)}/${key}` }
    const { Body } = await client.send(new GetObjectCommand(object))
    if (!Body) throw new Error(`${key} has no bytes`)
    await client.send(new PutObjectCommand({ ...object, Body: change(await Body.transformToByteArray()) }))
  }
  return {
    store,
    proxy,
    client,
    prefix,
    breakIt: () => proxy.cut(),
    mendIt: () => proxy.mend(),
    flip: (key) => rewrite(key, (bytes) => bytes.map((octet, at) => (at === bytes.length >> 1 ? octet ^ 1 : octet))),
    cut: (key) => rewrite(key, (bytes) => bytes.subarray(0, 1000)),
    async close() {
      await store.close()
      client.destroy()
      await proxy.close()
    },
  }
}
