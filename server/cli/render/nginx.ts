// nginx 1.20 or later, as it comes (without the active checks of NGINX Plus), in front of the nodes: a node that fails is left out for
// a second after a request has met it, and that request goes to another node where that does no harm
// (docs/adr/2026-11-22-what-is-repeated.md). A drain by `paquebot node drain` is not heard of; SIGTERM is, when the door closes.

import { BadConfig } from '#config/load.ts'
import { bracketed, type Topology } from './topology.ts'

const seconds = (ms: number) => `${Math.ceil(ms / 1000)}s`

export function renderNginx(topology: Topology): string {
  const { site, balance, nodes } = topology
  if (balance.proxyProtocol) {
    const what =
      '[balance] proxy_protocol: nginx cannot send it over HTTP; leave it out, the nodes are told by X-Forwarded-For'
    throw new BadConfig([{ where: 'topology', what }])
  }
  const isTls = site.certificate !== null
  const port = isTls ? site.httpsPort : site.httpPort
  const host = new URL(site.baseUrl).hostname
  return [
    '# Printed by `paquebot render nginx`: change the topology file, not this.',
    'worker_processes auto;',
    `worker_rlimit_nofile ${2 * balance.maxConnections + 1024};`,
    'events {',
    `  worker_connections ${balance.maxConnections};`,
    '}',
    'http {',
    '  server_tokens off;',
    '  access_log off;',
    '  # Whose requests go to one node. The cookie’s value names nobody.',
    '  map $http_cookie $paquebot_session {',
    String.raw`    "~(?:^|;\s*)(?:__Host-)?paquebot-session=(?<paquebot_value>[^;]+)" $paquebot_value;`,
    '    default $remote_addr$http_authorization;',
    '  }',
    '  map $http_upgrade $paquebot_connection {',
    '    default upgrade;',
    '    "" "";',
    '  }',
    '  upstream paquebot {',
    ...(balance.stickiness ? ['    hash $paquebot_session consistent;'] : ['    least_conn;']),
    ...nodes.map(
      (node) => `    server ${bracketed(node.address)}:${node.port} weight=${node.weight} max_fails=1 fail_timeout=1s;`,
    ),
    '    keepalive 64;',
    '    # Less than the nodes’ own, so that it is never they who close.',
    '    keepalive_timeout 30s;',
    '  }',
    '  # What keepalived asks.',
    '  server {',
    `    listen 127.0.0.1:${site.healthPort};`,
    '    location = /balancer-health { return 200; }',
    '    location / { return 404; }',
    '  }',
    ...(isTls
      ? ['  server {', `    listen ${site.httpPort};`, `    return 308 https://${host}$request_uri;`, '  }']
      : []),
    '  server {',
    `    listen ${port}${isTls ? ' ssl http2' : ''};`,
    `    server_name ${host};`,
    ...(isTls
      ? [
          `    ssl_certificate ${site.certificate};`,
          `    ssl_certificate_key ${site.certificateKey ?? site.certificate};`,
          '    ssl_protocols TLSv1.2 TLSv1.3;',
          '    ssl_session_cache shared:paquebot:10m;',
        ]
      : []),
    `    client_max_body_size ${Math.ceil((balance.maxUpload * 1.02) / 1024)}k;`,
    '    client_header_timeout 20s;',
    '    client_body_timeout 60s;',
    '    proxy_http_version 1.1;',
    '    proxy_set_header Host $http_host;',
    '    # Said by us alone: what a client wrote into them is replaced.',
    '    proxy_set_header X-Forwarded-For $remote_addr;',
    '    proxy_set_header X-Forwarded-Proto $scheme;',
    '    proxy_set_header X-Forwarded-Host $http_host;',
    '    proxy_set_header Forwarded "";',
    '    proxy_set_header Connection $paquebot_connection;',
    '    proxy_set_header Upgrade $http_upgrade;',
    `    proxy_connect_timeout ${balance.connectTimeout}ms;`,
    `    proxy_read_timeout ${seconds(balance.replyTimeout)};`,
    '    proxy_buffering off;',
    '    # Without `non_idempotent` a POST that a node has got is not sent to a second one.',
    '    proxy_next_upstream error timeout http_503;',
    '    proxy_next_upstream_tries 3;',
    '    recursive_error_pages on;',
    '    location / {',
    '      error_page 418 = @repeatable;',
    '      if ($http_paquebot_repeatable = "1") { return 418; }',
    '      proxy_pass http://paquebot;',
    '    }',
    '    location @repeatable {',
    '      proxy_next_upstream error timeout http_503 non_idempotent;',
    '      proxy_pass http://paquebot;',
    '    }',
    '    location ~ ^/jmap/(?:events|ws)$ {',
    `      proxy_read_timeout ${seconds(balance.streamTimeout)};`,
    `      proxy_send_timeout ${seconds(balance.streamTimeout)};`,
    '      proxy_pass http://paquebot;',
    '    }',
    '    location /jmap/upload/ {',
    '      proxy_request_buffering off;',
    `      proxy_read_timeout ${seconds(balance.uploadTimeout)};`,
    `      proxy_send_timeout ${seconds(balance.uploadTimeout)};`,
    '      proxy_pass http://paquebot;',
    '    }',
    '  }',
    '}',
    '',
  ].join('\n')
}
