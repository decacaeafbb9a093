// A private Cyrus IMAP, unpacked from Debian's packages: OBJECTID with THREADID, and another school than Dovecot's in all it may choose.
// Root only. It logs to syslog, of which there is none in its namespace.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import { DEMO_USERS } from './dovecot.ts'
import { freePorts } from './free-ports.ts'
import { type ServerProcess, waitForPort, waitUntilClosed } from './process.ts'
import { spawnInOverlay, unpackDebian } from './unpacked.ts'

export interface CyrusServer {
  readonly host: string
  readonly imapPort: number
  readonly imapsPort: number
  readonly lmtpPort: number
  readonly certSha256: string
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  readonly stop: () => Promise<void>
}

export interface CyrusOptions {
  readonly users?: Readonly<Record<string, string>>
}

const START_ATTEMPTS = 5

export async function startCyrus(options: CyrusOptions = {}): Promise<CyrusServer> {
  const unpackedDir = await unpackDebian('cyrus-imapd', 'sasl2-bin')
  const dataDir = await mkdtemp(join(tmpdir(), 'pq-cyrus-'))
  await chmod(dataDir, 0o755)
  const certificate = await makeCertificate(dataDir)
  await writeFile(join(dataDir, 'imapd.conf'), IMAPD_CONF)
  const users = Object.entries(options.users ?? DEMO_USERS)
  await writeFile(join(dataDir, 'users'), users.map(([address, password]) => `${address} ${password}\n`).join(''))
  for (let attempt = 1; ; attempt++) {
    const [imap = 0, imaps = 0, lmtp = 0] = await freePorts(3)
    await writeFile(join(dataDir, 'cyrus.conf'), cyrusConf(imap, imaps, lmtp))
    const server: ServerProcess = spawnInOverlay(unpackedDir, dataDir, SCRIPT)
    const isUp = await waitForPort(imap, server)
    if (!isUp && attempt === START_ATTEMPTS) throw new Error(`Cyrus did not start: ${server.output()}`)
    if (!isUp) continue
    return {
      host: '127.0.0.1',
      imapPort: imap,
      imapsPort: imaps,
      lmtpPort: lmtp,
      certSha256: certificate.sha256,
      pid: server.pid,
      kill: (signal) => server.kill(signal),
      async stop() {
        server.kill('SIGKILL')
        await server.stop()
        await waitUntilClosed(imap)
        await rm(dataDir, { recursive: true, force: true })
      },
    }
  }
}

// The master needs its own user; the maintainer scripts of the packages, which would make it, have not run.
const SCRIPT = `
echo 'cyrus:x:8127:8:Cyrus:/mnt:/bin/sh' >> /etc/passwd
mkdir -p /mnt/conf/db /mnt/conf/proc /mnt/conf/socket /mnt/conf/lock /mnt/mail /run/cyrus/proc /run/cyrus/lock
while read -r address password; do
  printf %s "$password" | saslpasswd2 -p -c -f /mnt/sasldb2 -u "\${address#*@}" "\${address%@*}"
done < /mnt/users
chown -R 8127:8 /mnt /run/cyrus
# Where its many programs look for them by themselves.
cp /mnt/imapd.conf /mnt/cyrus.conf /etc/
exec /usr/lib/cyrus/bin/master -p /mnt/master.pid
`

const IMAPD_CONF = `configdirectory: /mnt/conf
partition-default: /mnt/mail
proc_path: /mnt/conf/proc
mboxname_lockpath: /mnt/conf/lock
servername: cyrus.example.test
virtdomains: userid
defaultdomain: example.invalid
unixhierarchysep: yes
altnamespace: yes
allowplaintext: yes
conversations: yes
autocreate_quota: 4000000
autocreate_inbox_folders: Drafts|Sent|Junk|Trash|Archive
autocreate_subscribe_folders: Drafts|Sent|Junk|Trash|Archive
xlist-drafts: Drafts
xlist-sent: Sent
xlist-junk: Junk
xlist-trash: Trash
xlist-archive: Archive
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: /mnt/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: /mnt/tls.crt
tls_server_key: /mnt/tls.key
idlesocket: /mnt/conf/socket/idle
lmtpsocket: /mnt/conf/socket/lmtp
notifysocket: /mnt/conf/socket/notify
`

function cyrusConf(imap: number, imaps: number, lmtp: number): string {
  return `START {
  recover cmd="ctl_cyrusdb -r"
  idled cmd="idled"
}
SERVICES {
  imap cmd="imapd" listen="127.0.0.1:${imap}" proto="tcp4" prefork=1
  imaps cmd="imapd -s" listen="127.0.0.1:${imaps}" proto="tcp4" prefork=0
  lmtp cmd="lmtpd -a" listen="127.0.0.1:${lmtp}" proto="tcp4" prefork=0
}
EVENTS {
}
`
}
