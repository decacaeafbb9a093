// Replies of the API and the session object are compressed for who accepts it (RFC 9110 §12.5.3); streams, downloads and what holds a secret
// of ours (fronts/auth) are other scopes, and never are. Why that is safe: docs/adr/2026-11-22-compressed-replies.md.

import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import type { FastifyInstance } from 'fastify'

/** Below this it saves no packet. */
const thresholdBytes = 1_400

/** For routes that are added to the same scope afterwards. */
export async function compressReplies(scope: FastifyInstance): Promise<void> {
  await scope.register(compress, {
    encodings: ['br', 'gzip'],
    threshold: thresholdBytes,
    // A list of 50 rows becomes an eighth in 0.3 ms; the best quality would take twenty times as long for a tenth less.
    brotliOptions: {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
    },
    zlibOptions: { level: 4 },
    // A request that grows when it is unpacked would pass the limit of its size.
    globalDecompression: false,
  })
}
