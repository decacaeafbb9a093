// A private Dovecot (2.3 or 2.4 of the system): own configuration, folders and ports, in the foreground under our pid, as root or not.
//
// Nothing of the system's own Dovecot is read or touched. With many watched mailboxes (IDLE, NOTIFY) the kernel's
// fs.inotify.max_user_instances (128 by default, per uid) ends instant events: raise it to 65536.

import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeCertificate } from './certificate.ts'
import { type DovecotLayout, type DovecotPorts, dovecotConfig } from './dovecot-config.ts'
import { freePorts } from './free-ports.ts'
import { run, type ServerProcess, spawnServer, waitForPort } from './process.ts'

export interface DovecotOptions {
  /** `full` offers all that Dovecot can; `bare` announces IMAP4rev1 and nothing else. */
  readonly flavour?: 'full' | 'bare'
  /** Address to password. */
  readonly users?: Readonly<Record<string, string>>
  readonly storage?: 'sdbox' | 'maildir'
  /** Where the mail lies, kept by `stop()`; by default a temporary folder that `stop()` removes. */
  readonly mailDir?: string
  /** The submission service relays to this port of 127.0.0.1; without it there is none. */
  readonly relayPort?: number
  readonly maxConnectionsPerUser?: number
  readonly quotaMegabytes?: number
  readonly extraConfig?: string
}

export interface DovecotServer {
  readonly version: string
  readonly host: string
  readonly imapPort: number
  readonly imapsPort: number
  readonly lmtpPort: number
  /** Not served by `bare`. */
  readonly sievePort: number
  /** Served only with a `relayPort`. */
  readonly submissionPort: number
  readonly certSha256: string
  readonly certPath: string
  readonly logPath: string
  readonly mailDir: string
  readonly pid: number
  /** `alice@example.test*master` with this password is alice. */
  readonly master: { readonly user: string; readonly password: string }
  /** HS256 secret of the tokens that XOAUTH2 and OAUTHBEARER accept; claim `email` names the user. */
  readonly tokenSecret: string
  /** Where a Postfix asks whether a password is right. */
  readonly saslPath: string
  readonly doveadm: (...args: readonly string[]) => Promise<string>
  /** Or gives one that exists another password. */
  readonly addUser: (address: string, password: string) => Promise<void>
  readonly log: () => Promise<string>
  /** A signal to the master and all its children: SIGKILL is a crash, SIGSTOP a hang, SIGCONT its end. */
  readonly kill: (signal: NodeJS.Signals) => void
  /** Ends it if it still runs and starts it again on the same ports and mail. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

export const DEMO_USERS = { 'alice@example.test': 'demo', 'bob@example.test': 'demo', 'carol@example.test': 'demo' }
const TOKEN_SECRET = 'a secret that only the tests and this Dovecot know'
const MASTER = { user: 'master', password: 'master-password' }
const START_ATTEMPTS = 5

export async function startDovecot(options: DovecotOptions = {}): Promise<DovecotServer> {
  const version = execFileSync('dovecot', ['--version'], { encoding: 'utf8' }).trim()
  const baseDir = await mkdtemp(join(tmpdir(), 'pq-dovecot-'))
  await chmod(baseDir, 0o711) // Dovecot's unprivileged processes pass through it.
  const owner = findOwner()
  const isRoot = process.getuid?.() === 0
  const dirs = {
    runDir: join(baseDir, 'run'),
    confDir: join(baseDir, 'conf'),
    mailDir: options.mailDir ?? join(baseDir, 'mail'),
  }
  await mkdir(dirs.confDir)
  await mkdir(dirs.mailDir, { recursive: true })
  if (isRoot) await chown(dirs.mailDir, owner.uid, owner.gid)
  const certificate = await makeCertificate(dirs.confDir)
  const layout = (ports: DovecotPorts): DovecotLayout => ({
    ...dirs,
    ...certificate,
    logPath: join(baseDir, 'dovecot.log'),
    ports,
    relayPort: options.relayPort,
    storage: options.storage ?? 'sdbox',
    flavour: options.flavour ?? 'full',
    maxConnectionsPerUser: options.maxConnectionsPerUser ?? 20,
    quotaMegabytes: options.quotaMegabytes ?? 4096,
    extraConfig: options.extraConfig ?? '',
    owner,
    isRoot,
  })
  const { logPath } = layout({ imap: 0, imaps: 0, lmtp: 0, sieve: 0, submission: 0 })
  await writeAccounts(dirs.confDir, options.users ?? DEMO_USERS)

  const confPath = join(dirs.confDir, 'dovecot.conf')
  const launch = (): ServerProcess => spawnServer('dovecot', ['-F', '-c', confPath])
  let ports: DovecotPorts | undefined
  let server: ServerProcess | undefined
  for (let attempt = 1; ; attempt++) {
    const [imap, imaps, lmtp, sieve, submission] = (await freePorts(5)) as [number, number, number, number, number]
    ports = { imap, imaps, lmtp, sieve, submission }
    await writeFile(confPath, dovecotConfig(version, layout(ports)))
    server = launch()
    if (await waitForPort(ports.imap, server)) break
    const log = await readFile(logPath, 'utf8').catch(() => '')
    // Somebody took one of the ports between our look and Dovecot's bind.
    const lostRace = /Address already in use/.test(log + server.output())
    if (!lostRace || attempt === START_ATTEMPTS) throw new Error(`Dovecot did not start: ${server.output()}\n${log}`)
  }
  const { imap: imapPort, imaps: imapsPort, lmtp: lmtpPort, sieve: sievePort, submission: submissionPort } = ports
  let running = server

  return {
    version,
    host: '127.0.0.1',
    imapPort,
    imapsPort,
    lmtpPort,
    sievePort,
    submissionPort,
    certSha256: certificate.sha256,
    certPath: certificate.certPath,
    logPath,
    mailDir: dirs.mailDir,
    get pid() {
      return running.pid
    },
    master: MASTER,
    tokenSecret: TOKEN_SECRET,
    saslPath: join(dirs.runDir, 'auth-sasl'),
    doveadm: (...args) => run('doveadm', ['-c', confPath, ...args]),
    async addUser(address, password) {
      const path = join(dirs.confDir, 'users')
      const others = (await readFile(path, 'utf8')).split(/(?<=\n)/).filter((line) => !line.startsWith(`${address}:`))
      await writeFile(path, [...others, userLine(address, password)].join(''))
      await sleep(1_050) // Dovecot looks whether the file is new once a second.
    },
    log: () => readFile(logPath, 'utf8'),
    kill: (signal) => running.kill(signal),
    async restart() {
      await running.stop()
      running = launch()
      if (!(await waitForPort(imapPort, running))) throw new Error(`Dovecot did not restart: ${running.output()}`)
    },
    async stop() {
      // Dovecot's orderly end takes it a second: worth it only where the mail is kept.
      if (options.mailDir === undefined) running.kill('SIGKILL')
      await running.stop()
      await rm(baseDir, { recursive: true, force: true })
    },
  }
}

/** Mail may not belong to root: Dovecot refuses that. */
function findOwner(): DovecotLayout['owner'] {
  if (process.getuid?.() === 0) {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
    return { uid: id('-u'), gid: id('-g'), user: 'nobody', group: 'nogroup' }
  }
  const { uid, gid, username } = userInfo()
  return { uid, gid, user: username, group: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim() }
}

async function writeAccounts(confDir: string, users: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(users).map(([address, password]) => userLine(address, password))
  await writeFile(join(confDir, 'users'), lines.join(''))
  await writeFile(join(confDir, 'masters'), userLine(MASTER.user, MASTER.password))
  const keyDir = join(confDir, 'keys', 'default', 'HS256')
  await mkdir(keyDir, { recursive: true })
  await writeFile(join(keyDir, 'default'), Buffer.from(TOKEN_SECRET).toString('base64'))
  await writeFile(
    join(confDir, 'oauth2.conf'),
    `introspection_mode = local
local_validation_key_dict = fs:posix:prefix=${confDir}/keys/
username_attribute = email
`,
  )
}

function userLine(address: string, password: string): string {
  return `${address.toLowerCase()}:{PLAIN}${password}::::::\n`
}
