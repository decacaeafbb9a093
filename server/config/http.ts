// [http]: where the node listens and whom it believes about client addresses.

import { key, section, types } from './keys.ts'

export const http = section('http', 'The listener. TLS is ended by the load balancer or reverse proxy in front.', {
  listen: key(types.text, '127.0.0.1:8080', 'Address and port, `HOST:PORT` or `[V6]:PORT`.'),
  baseUrl: key(
    types.optionalText,
    null,
    'The address people use, such as `https://mail.example.org`; absolute URLs are made of it. Empty: taken from the request.',
  ),
  trustedProxies: key(
    types.list,
    [],
    'Addresses or networks (CIDR) of proxies that are believed about the client: what they add to `forwarded_header`.',
  ),
  forwardedHeader: key(
    types.choice('x-forwarded', 'forwarded'),
    'x-forwarded',
    'What the trusted proxies say it in: `x-forwarded` is X-Forwarded-For, -Proto and -Host, `forwarded` is RFC 7239. The other is what a client wrote, and passed over.',
  ),
  proxyProtocolFrom: key(
    types.list,
    [],
    'Addresses or networks (CIDR) of balancers whose connections begin with a PROXY protocol header (version 1 or 2). One of them that sends none is cut off; one from elsewhere is refused.',
  ),
  metricsToken: key(
    types.optionalText,
    null,
    'Bearer token that `GET /metrics` (Prometheus) asks for. Empty: there is no /metrics.',
    { secret: true },
  ),
  requestTimeout: key(
    types.duration,
    60_000,
    'Time for a request to arrive whole; uploads have longer, see `[upload] timeout`.',
  ),
  headersTimeout: key(types.duration, 20_000, 'Time for the headers of a request to arrive.'),
  silenceTimeout: key(
    types.duration,
    300_000,
    'A connection on which neither side has sent an octet for so long is closed: a client that does not read what it asked for.',
  ),
  replyTimeout: key(
    types.duration,
    60_000,
    'Time for the reply to a JMAP request; then it is 504, and the client asks what was done.',
  ),
  maxConnections: key(
    types.integer(0, 1_000_000),
    20_000,
    'Connections of this node; one more is closed at once. 0: no bound. Bounds for one address are the balancer’s.',
  ),
  maxInFlight: key(
    types.integer(0, 1_000_000),
    1_000,
    'Requests of this node under way, event streams and WebSockets not counted; one more is refused with 503 and Retry-After. 0: no bound.',
  ),
  maxLag: key(
    types.duration,
    200,
    'Median delay of the event loop over a quarter of a second beyond which a growing share of requests is refused with 503 and Retry-After. 0: no bound.',
  ),
  drainTimeout: key(
    types.duration,
    15_000,
    'After SIGTERM: how long requests in flight may take before the node exits.',
  ),
  drainNotice: key(
    types.duration,
    3_000,
    'After SIGTERM: how long the node goes on serving while `GET /readyz` says no, so that balancers hear of it first. Only where somebody has asked /readyz within the last minute.',
  ),
  healthToken: key(
    types.optionalText,
    null,
    'Bearer token for the details of `GET /readyz`: latency, error code and time of each check. Empty: names and outcomes alone, for everybody.',
    { secret: true },
  ),
})
