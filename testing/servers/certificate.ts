// A self-signed certificate for 127.0.0.1 and localhost, made by openssl, with the fingerprint under which clients pin it.

import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './process.ts'

export interface Certificate {
  readonly certPath: string
  readonly keyPath: string
  /** SHA-256 of the certificate, lower-case hex without colons. */
  readonly sha256: string
}

export async function makeCertificate(dir: string): Promise<Certificate> {
  const certPath = join(dir, 'tls.crt')
  const keyPath = join(dir, 'tls.key')
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', keyPath, '-out', certPath],
  ])
  const certificate = new X509Certificate(await readFile(certPath))
  return { certPath, keyPath, sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase() }
}
