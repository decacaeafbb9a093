// Installs the Debian (or Ubuntu) packages that `npm run demo` and `npm test` need: `node scripts/install-debian.ts demo|test`.
//
// Nothing that it installs is started or enabled: mail servers come up only as private instances on free ports, and what else
// runs on this machine keeps its ports and its packages (apt-get is forbidden to remove any).

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const DOVECOT = ['dovecot-core', 'dovecot-imapd', 'dovecot-lmtpd', 'dovecot-managesieved', 'dovecot-sieve']
const PACKAGES = {
  demo: [...DOVECOT, 'openssl'],
  test: [
    ...[...DOVECOT, 'dovecot-submissiond', 'postfix', 'openssl'],
    ...['chromium', 'fonts-noto-core', 'fonts-noto-cjk', 'fonts-noto-color-emoji'],
    ...['mariadb-server', 'mariadb-client', 'mariadb-backup', 'galera-4', 'rsync', 'postgresql-15'],
    ...['redis-server', 'redis-sentinel', 'memcached', 'haproxy', 'keepalived', 'nginx'],
    ...['iproute2', 'nftables', 'procps', 'curl', 'python3-swift'],
  ],
} as const
/** What Debian would start and enable on the well-known ports, by the package that brings it. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  'dovecot-core': ['dovecot.socket', 'dovecot.service'],
  postfix: ['postfix.service'],
  'mariadb-server': ['mariadb.service'],
  'postgresql-15': ['postgresql.service'],
  'redis-server': ['redis-server.service'],
  'redis-sentinel': ['redis-sentinel.service'],
  memcached: ['memcached.service'],
  haproxy: ['haproxy.service'],
  keepalived: ['keepalived.service'],
  nginx: ['nginx.service'],
  nftables: ['nftables.service'],
}
const POLICY_PATH = '/usr/sbin/policy-rc.d'

export type PackageSet = keyof typeof PACKAGES

/** Throws with what the person has to do when it cannot. */
export function installDebian(set: PackageSet, say: (line: string) => void = console.log): void {
  const missing = listMissing(PACKAGES[set])
  if (missing.length === 0) return
  const isRoot = process.getuid?.() === 0
  const byHand = `Please install what is missing, then try again:\n\n  ${isRoot ? '' : 'sudo '}apt-get install --no-install-recommends ${missing.join(' ')}\n`
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `These Debian packages (or their like) are needed, and there is no apt-get here: ${missing.join(' ')}`,
    )
  }
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) throw new Error(byHand)

  say(`Installing ${missing.join(', ')}`)
  const asRoot = (command: readonly string[], input?: string) => {
    const [file, ...args] = isRoot ? command : ['sudo', '-n', ...command]
    return spawnSync(file as string, args, { input, encoding: 'utf8' })
  }
  if (missing.includes('postfix')) {
    asRoot(['debconf-set-selections'], 'postfix postfix/main_mailer_type select No configuration\n')
  }
  const allowed = forbidServices(asRoot)
  try {
    asRoot(['apt-get', '-q', 'update']) // Its failure shows in the next step, if it matters.
    const installed = asRoot([
      ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '--no-install-recommends', '--no-remove'],
      ...['install', ...missing],
    ])
    if (installed.status !== 0) throw new Error(`apt-get failed:\n${installed.stdout}${installed.stderr}\n${byHand}`)
  } finally {
    allowed()
  }
  // Only what came with this run: a service that was here before is somebody's.
  const brought = missing.flatMap((name) => SERVICES[name] ?? [])
  if (existsSync('/usr/bin/systemctl') && brought.length > 0) asRoot(['systemctl', '--quiet', 'disable', ...brought])
}

function listMissing(packages: readonly string[]): string[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own template
  const query = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages], {
    encoding: 'utf8',
  })
  const installed = new Set(
    (query.stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return packages.filter((name) => !installed.has(name))
}

/** Debian's own switch against services that start when they are installed (invoke-rc.d(8)). Returns how to undo it. */
function forbidServices(asRoot: (command: readonly string[], input?: string) => unknown): () => void {
  if (existsSync(POLICY_PATH)) return () => {}
  asRoot(['sh', '-c', `cat > ${POLICY_PATH} && chmod 755 ${POLICY_PATH}`], '#!/bin/sh\nexit 101\n')
  return () => void asRoot(['rm', '-f', POLICY_PATH])
}

if (import.meta.main) {
  const set = process.argv[2]
  if (set !== 'demo' && set !== 'test') {
    console.error('usage: node scripts/install-debian.ts demo|test')
    process.exit(2)
  }
  try {
    installDebian(set)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}
