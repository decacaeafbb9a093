import { after, before } from 'node:test'
import { blobStoreContract } from '#ports/blob-store.contract.ts'
import { openHurtableS3 } from '#testing/hurtable-s3.ts'
import { type S3Server, startS3 } from '#testing/servers/s3.ts'

let server: S3Server
before(async () => {
  server = await startS3()
})
after(() => server.stop())

blobStoreContract('s3', () => openHurtableS3(server))
