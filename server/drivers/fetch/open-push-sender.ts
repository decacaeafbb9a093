// POSTs to push services, on the public net alone, by the same checks as open-remote-fetch.ts; redirects are not followed.

import { Agent } from 'undici'
import { Failure } from '#core/errors.ts'
import type { PushSender } from '#ports/push-sender.ts'
import { checkRemoteUrl } from './check-remote-url.ts'
import { type ConnectorOptions, checkedConnector, translate } from './open-remote-fetch.ts'

export function openPushSender(options: ConnectorOptions): PushSender {
  const agent = new Agent({ connect: checkedConnector(options), connections: 4, maxOrigins: 256 })
  return {
    async send(text, message, callerSignal) {
      const signal = AbortSignal.any([callerSignal, AbortSignal.timeout(options.timeoutMs)])
      const url = checkRemoteUrl(text, options)
      if (url.protocol !== 'https:' && !options.trustedOrigins.includes(url.origin)) {
        throw new Failure('badInput', { reason: 'scheme' })
      }
      try {
        const { statusCode, body } = await agent.request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: 'POST',
          headers: message.headers,
          body: message.body,
          signal,
        })
        body.on('error', () => {}).destroy()
        if (statusCode >= 200 && statusCode < 300) return 'accepted'
        return statusCode === 404 || statusCode === 410 ? 'gone' : 'refused'
      } catch (error) {
        throw translate(error)
      }
    },
    close: () => agent.close(),
  }
}
