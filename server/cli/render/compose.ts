// A Compose file: the nodes of the topology and an HAProxy in front of them, on one machine. For trying a fleet out, and for small sites;
// the database, the mail servers and the rest are named in the nodes' configuration.

import { renderHaproxy } from './haproxy.ts'
import { type Plain, toYaml } from './to-yaml.ts'
import type { Topology } from './topology.ts'

export function renderCompose(topology: Topology): string {
  const { site, service, balance, nodes } = topology
  const stop = `${Math.ceil(balance.drainTime / 1000)}s`
  // Inside, nodes are found by their names, and HAProxy is nobody of consequence to begin with.
  const inside: Topology = {
    ...topology,
    balance: { ...balance, user: null },
    nodes: nodes.map((node) => ({ ...node, address: node.name })),
  }
  const isTls = site.certificate !== null
  const node = (one: Topology['nodes'][number]): Plain => ({
    image: service.image,
    hostname: one.name,
    command: ['serve', '--config', service.config],
    environment: { PAQUEBOT_HTTP_LISTEN: `0.0.0.0:${one.port}`, PAQUEBOT_NODE_NAME: one.name },
    volumes: [`${service.config}:${service.config}:ro`, `${one.name}:${service.data}`],
    stop_grace_period: stop,
    restart: 'always',
    mem_limit: composeSize(service.memory),
    healthcheck: {
      test: [
        'CMD',
        'node',
        '-e',
        `fetch("http://127.0.0.1:${one.port}/livez").then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))`,
      ],
      interval: '10s',
      timeout: '3s',
      retries: 3,
      start_period: '20s',
    },
  })
  const compose: Plain = {
    services: {
      ...Object.fromEntries(nodes.map((one) => [one.name, node(one)])),
      balancer: {
        image: 'haproxy:2.8',
        configs: [{ source: 'haproxy', target: '/usr/local/etc/haproxy/haproxy.cfg' }],
        ports: [`${site.httpPort}:${site.httpPort}`, ...(isTls ? [`${site.httpsPort}:${site.httpsPort}`] : [])],
        ...(site.certificate !== null && { volumes: [`${site.certificate}:${site.certificate}:ro`] }),
        depends_on: Object.fromEntries(nodes.map((one) => [one.name, { condition: 'service_started' }])),
        restart: 'always',
      },
    },
    volumes: Object.fromEntries(nodes.map((one) => [one.name, {}])),
    // In a Compose file `$` begins a variable.
    configs: { haproxy: { content: renderHaproxy(inside).replaceAll('$', '$$$$') } },
  }
  return `# Printed by \`paquebot render compose\`: change the topology file, not this.\n${toYaml(compose)}`
}

/** `2Gi` is `2g` to Compose, which counts in powers of two. */
function composeSize(memory: string): string {
  return memory.replace(/^(\d+)([KMGT])i?$/, (_, count: string, unit: string) => count + unit.toLowerCase())
}
