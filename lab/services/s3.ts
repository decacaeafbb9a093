// The S3 server of the tests (testing/servers/s3.ts) on a host of its own; its objects are on the host's disk.

import { fileURLToPath } from 'node:url'
import type { Service } from './service.ts'

export const s3Port = 8000
export const s3Account = { bucket: 'paquebot', accessKey: 'lab:paquebot', secretKey: 'lab-secret' } as const

const program = fileURLToPath(import.meta.resolve('#testing/servers/s3-swift.py'))

export const s3: Service = {
  name: 's3',
  async start(host) {
    const { accessKey, secretKey, bucket } = s3Account
    await host.exec(['mkdir', '-p', '/disk/s3'])
    await host.start('s3', [
      '/usr/bin/python3',
      program,
      '/disk/s3',
      '0.0.0.0',
      String(s3Port),
      accessKey,
      secretKey,
      bucket,
    ])
  },
  // Any answer will do: an unsigned question is refused.
  check: (host) => host.exec(['curl', '-s', '-o', '/dev/null', '-m', '2', `http://127.0.0.1:${s3Port}/`]),
}
