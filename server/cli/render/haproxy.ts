// HAProxy 2.6 or later in front of the nodes. What may be sent to another node a second time is decided here once for reading and
// writing: docs/adr/2026-11-22-what-is-repeated.md.

import { bracketed, sessionCookies, type Topology, type TopologyNode } from './topology.ts'

const seconds = (ms: number) => `${Math.ceil(ms / 1000)}s`

export function renderHaproxy(topology: Topology): string {
  const { site, balance } = topology
  const port = site.certificate === null ? site.httpPort : site.httpsPort
  const tls = site.certificate === null ? '' : ` ssl crt ${site.certificate} alpn h2,http/1.1`
  const redirect =
    site.certificate === null
      ? []
      : [
          'frontend plain',
          `  bind ${bindTo(topology, site.httpPort)}`,
          '  http-request redirect scheme https code 308',
          '',
        ]
  return [
    '# Printed by `paquebot render haproxy`: change the topology file, not this.',
    'global',
    '  log stdout format raw local0 info',
    ...(balance.user === null ? [] : [`  user ${balance.user}`, `  group ${balance.user}`]),
    `  maxconn ${balance.maxConnections}`,
    // A request that does not fit is not sent to a second node: the client does that by itself.
    '  tune.bufsize 65536',
    '  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets',
    `  hard-stop-after ${seconds(balance.uploadTimeout)}`,
    '',
    'defaults',
    '  mode http',
    '  log global',
    '  option httplog',
    '  option dontlognull',
    '  # A browser that leaves is no reason to keep the node busy.',
    '  option abortonclose',
    `  timeout connect ${balance.connectTimeout}ms`,
    '  timeout client 60s',
    '  timeout http-request 20s',
    '  timeout http-keep-alive 30s',
    '  timeout queue 5s',
    `  timeout check ${balance.checkTimeout}ms`,
    `  timeout server ${seconds(balance.replyTimeout)}`,
    '  # Nobody was reached: that is tried elsewhere whatever it is. What a node has got goes to a second one only where repeating it',
    '  # is known to do no harm: `disable-l7-retry` in each backend.',
    '  retries 3',
    '  option redispatch 1',
    '  retry-on conn-failure empty-response 503',
    '',
    '# What keepalived asks.',
    'frontend health',
    `  bind 127.0.0.1:${site.healthPort}`,
    '  monitor-uri /balancer-health',
    '  http-request return status 404',
    '',
    ...redirect,
    'frontend people',
    `  bind ${bindTo(topology, port)}${tls}`,
    ...(tls ? ['  http-response set-header strict-transport-security max-age=31536000'] : []),
    '  # The client must not be able to say these for us.',
    ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded'].map(
      (name) => `  http-request del-header ${name}`,
    ),
    '  option forwardfor',
    `  http-request set-header x-forwarded-proto ${site.certificate === null ? 'http' : 'https'}`,
    '  http-request set-header x-forwarded-host %[req.hdr(host)]',
    ...(balance.stickiness
      ? [
          `  http-request set-var(txn.person) req.cook(${sessionCookies[site.certificate === null ? 1 : 0]})`,
          '  http-request set-var(txn.person) req.hdr(authorization) unless { var(txn.person) -m found }',
          '  http-request set-var(txn.person) src unless { var(txn.person) -m found }',
        ]
      : []),
    '  # No node is ready: one that lives still tells people better what is the matter than an empty page does.',
    '  use_backend last_resort if { nbsrv(nodes) eq 0 }',
    '  use_backend streams if { path /jmap/events /jmap/ws }',
    '  use_backend uploads if { path_beg /jmap/upload/ }',
    '  default_backend nodes',
    '',
    ...backend(topology, 'nodes', { check: 'own' }),
    ...backend(topology, 'streams', {
      check: 'nodes',
      lines: [
        `  timeout server ${seconds(balance.streamTimeout)}`,
        `  timeout tunnel ${seconds(balance.streamTimeout)}`,
      ],
    }),
    ...backend(topology, 'uploads', {
      check: 'nodes',
      lines: [`  timeout server ${seconds(balance.uploadTimeout)}`],
    }),
    ...backend(topology, 'last_resort', { check: 'none' }),
  ].join('\n')
}

function bindTo({ site }: Topology, port: number): string {
  // On every address: the balancer that does not have the floating one now is ready for it.
  return site.address?.includes('::') ? `:::${port} v4v6` : `*:${port}`
}

interface BackendOptions {
  /** `own`: asks /readyz; `nodes`: believes the backend of that name; `none`: always there, and tried one after the other. */
  readonly check: 'own' | 'nodes' | 'none'
  readonly lines?: readonly string[]
}

function backend(topology: Topology, name: string, { check, lines = [] }: BackendOptions): readonly string[] {
  const { balance, nodes } = topology
  const host = new URL(topology.site.baseUrl).host
  const drainIs404 = '  http-check disable-on-404'
  const checks: Readonly<Record<BackendOptions['check'], readonly string[]>> = {
    own: [
      '  option httpchk',
      // 404 says: no new requests, those under way may end (a drain). Any other bad answer, or none: it is down.
      `  http-check send meth GET uri /readyz?draining=404 ver HTTP/1.1 hdr Host ${host}`,
      drainIs404,
      '  http-check expect status 200',
    ],
    nodes: [drainIs404],
    none: [],
  }
  return [
    `backend ${name}`,
    ...(balance.stickiness
      ? ['  balance hash var(txn.person)', '  hash-type consistent', '  hash-balance-factor 150']
      : ['  balance leastconn']),
    '  http-request disable-l7-retry unless { method GET HEAD OPTIONS } or { req.hdr(paquebot-repeatable) -m str 1 }',
    ...lines,
    ...checks[check],
    ...nodes.map((one) => server(topology, one, check)),
    '',
  ]
}

function server({ balance }: Topology, node: TopologyNode, check: BackendOptions['check']): string {
  const { checkInterval } = balance
  const quick = Math.max(100, Math.round(checkInterval / 5))
  const words = [`  server ${node.name} ${bracketed(node.address)}:${node.port} weight ${node.weight}`]
  if (balance.proxyProtocol) words.push('send-proxy-v2 proxy-v2-options ssl')
  if (check === 'nodes') words.push(`track nodes/${node.name}`)
  else if (check === 'own')
    words.push(`check inter ${checkInterval}ms fastinter ${quick}ms downinter ${checkInterval}ms fall 2 rise 2`)
  // Checks alone take a node out. `observe` would do it in the instant of the first errors, and what is then on its way to a second
  // node would be let go with the rest; nor must replies do it: a mail server that is down would take every node out.
  // What hangs is let go, so that the client may ask another node. Draining is not down.
  if (check !== 'none') words.push('on-marked-down shutdown-sessions')
  return words.join(' ')
}
