// A private Postfix: own configuration, queue and ports, in the foreground under our pid. It signs people in by a Dovecot's SASL socket
// and hands what it accepts for `domains` to an LMTP port; mail for other domains is accepted from signed-in people and dropped.
//
// Addresses that fail on purpose, at any domain: reject@ (550 at RCPT), defer@ (451 at RCPT), bounce@ (accepted, then refused by
// LMTP: a delivery failure report), stuck@ (accepted, stays in the queue). Postfix runs only as root.

import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import { freePorts } from './free-ports.ts'
import { run, type ServerProcess, spawnServer, waitForPort } from './process.ts'

export interface PostfixOptions {
  readonly lmtpPort: number
  /** `DovecotServer.saslPath`. */
  readonly saslPath: string
  readonly domains?: readonly string[]
  readonly maxMessageBytes?: number
  /** Appended to main.cf as it is; later lines win. */
  readonly extraConfig?: string
}

export interface PostfixServer {
  readonly host: string
  /** STARTTLS offered, not required; AUTH required. */
  readonly submissionPort: number
  readonly submissionsPort: number
  /** As another mail server would reach it: no AUTH, only for `domains`. */
  readonly smtpPort: number
  readonly certSha256: string
  readonly pid: number
  /** One object per message that waits: queue_name, queue_id, recipients … (postqueue -j). */
  readonly queue: () => Promise<readonly QueuedMessage[]>
  readonly flush: () => Promise<void>
  readonly postsuper: (...args: readonly string[]) => Promise<string>
  readonly log: () => Promise<string>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

export interface QueuedMessage {
  readonly queue_name: string
  readonly queue_id: string
  readonly sender: string
  readonly recipients: readonly { readonly address: string; readonly delay_reason?: string }[]
}

const START_ATTEMPTS = 5

export async function startPostfix(options: PostfixOptions): Promise<PostfixServer> {
  if (process.getuid?.() !== 0) throw new Error('Postfix can only be started by root')
  const baseDir = await mkdtemp(join(tmpdir(), 'pq-postfix-'))
  await chmod(baseDir, 0o755)
  const confDir = join(baseDir, 'conf')
  const logPath = join(baseDir, 'log')
  await mkdir(confDir)
  await mkdir(join(baseDir, 'queue'))
  await mkdir(join(baseDir, 'data'))
  await chown(join(baseDir, 'data'), Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' })), 0)
  const certificate = await makeCertificate(confDir)
  await writeFile(join(confDir, 'main.cf'), mainCf(options, baseDir, certificate))
  await writeFile(
    join(confDir, 'recipients'),
    '/^reject@/ 550 5.1.1 no such mailbox\n/^defer@/ 451 4.3.0 try again later\n',
  )
  await writeFile(
    join(confDir, 'transport'),
    `/^bounce@/ lmtp:inet:127.0.0.1:${options.lmtpPort}\n/^stuck@/ smtp:[127.0.0.1]:1\n`,
  )
  await writeFile(join(confDir, 'master.cf'), masterCf([0, 0, 0]))
  await run('postfix', ['-c', confDir, 'check']) // Makes the folders of the queue.

  // Not `postfix start-fg`: that leaves our process group, and so would outlive us. -d is master's way to stay in it.
  const launch = (): ServerProcess => spawnServer('/usr/lib/postfix/sbin/master', ['-c', confDir, '-d'])
  let ports: readonly number[] = []
  let running: ServerProcess | undefined
  for (let attempt = 1; ; attempt++) {
    ports = await freePorts(3)
    await writeFile(join(confDir, 'master.cf'), masterCf(ports))
    running = launch()
    if (await waitForPort(ports[0]!, running)) break
    const log = await readFile(logPath, 'utf8').catch(() => '')
    const lostRace = /Address already in use/.test(log + running.output())
    if (!lostRace || attempt === START_ATTEMPTS) throw new Error(`Postfix did not start: ${running.output()}\n${log}`)
  }
  let server: ServerProcess = running
  const [submissionPort = 0, submissionsPort = 0, smtpPort = 0] = ports

  return {
    host: '127.0.0.1',
    submissionPort,
    submissionsPort,
    smtpPort,
    certSha256: certificate.sha256,
    get pid() {
      return server.pid
    },
    async queue() {
      const lines = await run('postqueue', ['-c', confDir, '-j'])
      return lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as QueuedMessage]))
    },
    async flush() {
      await run('postqueue', ['-c', confDir, '-f'])
    },
    postsuper: (...args) => run('postsuper', ['-c', confDir, ...args]),
    log: () => readFile(logPath, 'utf8'),
    kill: (signal) => server.kill(signal),
    async restart() {
      await server.stop()
      server = launch()
      if (!(await waitForPort(submissionPort, server))) throw new Error(`Postfix did not restart: ${server.output()}`)
    },
    async stop() {
      server.kill('SIGKILL')
      await server.stop()
      await rm(baseDir, { recursive: true, force: true })
    },
  }
}

function mainCf(options: PostfixOptions, baseDir: string, certificate: { certPath: string; keyPath: string }): string {
  return `compatibility_level = 3.6
queue_directory = ${baseDir}/queue
data_directory = ${baseDir}/data
maillog_file = ${baseDir}/log
maillog_file_prefixes = ${baseDir}
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.test
myorigin = example.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = ${(options.domains ?? ['example.test']).join(' ')}
virtual_transport = lmtp:inet:127.0.0.1:${options.lmtpPort}
transport_maps = regexp:${baseDir}/conf/transport
default_transport = discard:outside
recipient_delimiter = +
message_size_limit = ${options.maxMessageBytes ?? 52_428_800}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
minimal_backoff_time = 1s
maximal_backoff_time = 5s
queue_run_delay = 1s
smtpd_recipient_restrictions = check_recipient_access regexp:${baseDir}/conf/recipients, permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${options.saslPath}
smtpd_tls_security_level = may
smtpd_tls_chain_files = ${certificate.keyPath}, ${certificate.certPath}
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = static:all
lmtp_connection_cache_on_demand = no
${options.extraConfig ?? ''}
`
}

function masterCf(ports: readonly number[]): string {
  const [submission, submissions, smtp] = ports
  const authOnly = '\n  -o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject'
  return `127.0.0.1:${smtp} inet n - n - - smtpd
127.0.0.1:${submission} inet n - n - - smtpd${authOnly}
127.0.0.1:${submissions} inet n - n - - smtpd${authOnly} -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
local unix - n n - - local
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
}
