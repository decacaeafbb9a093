// The topology file: which machines there are, as `paquebot render` and the lab read it. Sections of keys like those of the node's own
// configuration, so that faults are told all at once with file and line; docs/topology.md is generated from here.

import { isIPv4, isIPv6 } from 'node:net'
import { key, section, sections, types } from '#config/keys.ts'
import { BadConfig, type Fault, loadSections, type SectionValues } from '#config/load.ts'

const site = section('site', 'How people come in.', {
  baseUrl: key(
    types.text,
    '',
    'The public address, such as `https://mail.example.org`; the same as `[http] base_url` of the nodes.',
  ),
  address: key(
    types.optionalText,
    null,
    'The floating address that the balancers share, with its prefix: `10.0.0.10/24`. Empty: each balancer listens on all of its own addresses, and there is nothing for keepalived.',
  ),
  httpPort: key(types.integer(1, 65535), 80, 'Redirects to TLS where there is a certificate, else serves.'),
  httpsPort: key(types.integer(1, 65535), 443, 'Where there is a certificate.'),
  healthPort: key(
    types.integer(1, 65535),
    8404,
    'On loopback of each balancer: where keepalived asks whether it works.',
  ),
  certificate: key(
    types.optionalText,
    null,
    'PEM file of the chain, for HAProxy with the key in it. Empty: no TLS here.',
  ),
  certificateKey: key(types.optionalText, null, 'PEM file of its key, for nginx. Empty: it is in `certificate`.'),
})

const balancer = sections(
  'balancer',
  'The machines with HAProxy or nginx, and keepalived; the first has the address while it is well.',
  {
    name: key(types.text, '', 'Host name.'),
    address: key(types.text, '', 'Its own address.'),
    interface: key(types.text, 'eth0', 'Where the floating address goes.'),
  },
)

const node = sections('node', 'The machines with Paquebot. They are alike.', {
  name: key(types.text, '', 'Host name; `[node] name` of its configuration.'),
  address: key(types.text, '', 'Address that the balancers reach it by.'),
  port: key(types.integer(1, 65535), 8080, 'Port of `[http] listen`.'),
  weight: key(types.integer(1, 256), 100, 'Its share of the people.'),
})

const balance = section('balance', 'How requests are spread and failures met.', {
  proxyProtocol: key(
    types.flag,
    false,
    'Tell the nodes who the client is by the PROXY protocol (`[http] proxy_protocol_from`) in place of X-Forwarded-For (`[http] trusted_proxies`).',
  ),
  stickiness: key(
    types.flag,
    true,
    'Send the requests of one session to one node while it is ready. A hint for speed: any node serves any request.',
  ),
  checkInterval: key(
    types.duration,
    500,
    'Between two questions whether a node is ready. Two bad answers in a row take it out.',
  ),
  checkTimeout: key(
    types.duration,
    2_000,
    'For the answer to that question. Shorter finds a hung node sooner, and takes a busy one for hung.',
  ),
  connectTimeout: key(types.duration, 500, 'For a connection to a node.'),
  replyTimeout: key(
    types.duration,
    75_000,
    'For a reply; longer than `[http] reply_timeout` of the nodes, who know what they were doing.',
  ),
  streamTimeout: key(
    types.duration,
    150_000,
    'Without an octet on an event stream or a WebSocket; nodes send one each minute.',
  ),
  uploadTimeout: key(types.duration, 600_000, '`[upload] timeout` of the nodes.'),
  maxUpload: key(types.bytes, 25_000_000, '`[upload] max_size` of the nodes.'),
  maxConnections: key(types.integer(100, 1_000_000), 20_000, 'Of each balancer.'),
  user: key(
    types.optionalText,
    'haproxy',
    'HAProxy becomes this user, and the group of that name, once its ports are open and its certificate is read. Empty: it stays who starts it. Not in a container.',
  ),
  drainTime: key(
    types.duration,
    25_000,
    'From SIGTERM to the end of a node: a little over its `drain_notice` and `drain_timeout`.',
  ),
})

const database = section(
  'database',
  'Two MariaDB servers that replicate each other; the one with the floating address is written to. [How](run/cluster.md).',
  {
    address: key(
      types.optionalText,
      null,
      'The floating address of the writer, with its prefix: `10.0.0.13/24`. Empty: there is no such pair.',
    ),
    routerId: key(
      types.integer(1, 255),
      52,
      'Number of the VRRP group that moves it, another than that of `[vrrp]`, one of its own in the network.',
    ),
    name: key(types.text, 'paquebot', 'Name of the database.'),
    user: key(types.text, 'paquebot', 'User of the nodes; its connections end when a server may not write any more.'),
    passwordFile: key(types.text, '/etc/paquebot/database-password', 'File with that user’s password: one line.'),
    replicationUser: key(types.text, 'paquebot_replication', 'User by which the servers read each other.'),
    replicationPasswordFile: key(types.text, '/etc/paquebot/replication-password', 'File with its password: one line.'),
  },
)

const databaseServer = sections(
  'database_server',
  'The two machines with MariaDB. They may be nodes and balancers too.',
  {
    name: key(types.text, '', 'Host name.'),
    address: key(types.text, '', 'Address that the other server and the nodes reach it by.'),
    interface: key(types.text, 'eth0', 'Where the floating address goes.'),
  },
)

const vrrp = section('vrrp', 'keepalived: who has the floating address.', {
  routerId: key(types.integer(1, 255), 51, 'Number of the group, one of its own in the network.'),
  interval: key(
    types.duration,
    200,
    'Between two advertisements; after three that are missing the other balancer takes over.',
  ),
})

const service = section('service', 'How the program is run: for systemd, compose and Kubernetes.', {
  user: key(types.text, 'paquebot', 'System user.'),
  folder: key(types.text, '/opt/paquebot', 'Where the program is.'),
  config: key(types.text, '/etc/paquebot/paquebot.toml', 'Its configuration.'),
  data: key(types.text, '/var/lib/paquebot', '`[data] dir`.'),
  image: key(types.text, 'paquebot:latest', 'Container image.'),
  memory: key(types.text, '2Gi', 'Memory limit of a container or unit, as Kubernetes writes it.'),
  namespace: key(types.text, 'default', 'Kubernetes namespace.'),
})

export const topologySections = {
  site,
  balancers: balancer,
  nodes: node,
  database,
  databaseServers: databaseServer,
  balance,
  vrrp,
  service,
} as const
export type Topology = SectionValues<typeof topologySections>
export type TopologyNode = Topology['nodes'][number]

const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/
/** What goes into a configuration file as it is must not be able to end a word or a line there. */
const wordPattern = /^[A-Za-z0-9_./:@%+,=-]*$/

/** Throws BadConfig with every fault there is. */
export function loadTopology(file: string): Topology {
  const topology = loadSections(topologySections, { file, environment: {} })
  const faults: Fault[] = []
  const fault = (where: string, what: string) => faults.push({ where: `${file}, ${where}`, what })
  if (topology.nodes.length === 0) fault('[[node]]', 'there is none')
  const url = URL.parse(topology.site.baseUrl)
  if (!url || !/^https?:$/.test(url.protocol)) fault('[site] base_url', 'must be like https://mail.example.org')
  for (const name of ['site', 'database'] as const) {
    const { address } = topology[name]
    if (address !== null && !/^[0-9A-Fa-f.:]+\/\d{1,3}$/.test(address))
      fault(`[${name}] address`, 'must be an address and its prefix, such as 10.0.0.10/24')
  }
  const servers = topology.databaseServers.length
  if (topology.database.address === null ? servers > 0 : servers !== 2)
    fault('[[database_server]]', `there are ${servers}: a pair is two of them and [database] address`)
  if (topology.database.address !== null && topology.database.routerId === topology.vrrp.routerId)
    fault('[database] router_id', 'is that of [vrrp]: two groups of one number disturb each other')
  for (const kind of ['nodes', 'balancers', 'databaseServers'] as const) {
    const names = new Set<string>()
    for (const [index, { name, address }] of topology[kind].entries()) {
      const where = `[[${topologySections[kind].name}]] ${index + 1}`
      if (!namePattern.test(name)) fault(where, `name: ${JSON.stringify(name)} is no host name`)
      if (names.has(name)) fault(where, `name: ${name} is there twice`)
      names.add(name)
      if (!isIPv4(address) && !isIPv6(address) && !namePattern.test(address))
        fault(where, `address: ${JSON.stringify(address)} is none`)
    }
  }
  const words = [
    ...Object.entries(topology.service).map(([name, value]) => [`[service] ${name}`, value] as const),
    ...Object.entries(topology.database).map(([name, value]) => [`[database] ${name}`, String(value ?? '')] as const),
    ...topology.balancers.map((one) => ['[[balancer]] interface', one.interface] as const),
    ...topology.databaseServers.map((one) => ['[[database_server]] interface', one.interface] as const),
    ['[balance] user', topology.balance.user ?? ''] as const,
    ['[site] certificate', topology.site.certificate ?? ''] as const,
    ['[site] certificate_key', topology.site.certificateKey ?? ''] as const,
  ]
  for (const [where, value] of words)
    if (!wordPattern.test(value)) fault(where, 'may hold letters, digits and _./:@%+,=- alone')
  if (faults.length > 0) throw new BadConfig(faults)
  return topology
}

/** `[2001:db8::1]` and `192.0.2.1` as an authority has them. */
export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address
}

/** The session cookie's value names nobody, and is the same all along a session: what stickiness goes by. */
export const sessionCookies = ['__Host-paquebot-session', 'paquebot-session'] as const
