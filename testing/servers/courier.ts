// A private Courier IMAP, unpacked from Debian's packages: INBOX. before each folder, no CONDSTORE, no MOVE, no SPECIAL-USE. The server that
// tells whether a fallback works. Root only; plain connections only.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_USERS } from './dovecot.ts'
import { freePorts } from './free-ports.ts'
import { run, waitForPort, waitUntilClosed } from './process.ts'
import { spawnInOverlay, unpackDebian } from './unpacked.ts'

export interface CourierServer {
  readonly host: string
  readonly imapPort: number
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  readonly stop: () => Promise<void>
}

export interface CourierOptions {
  readonly users?: Readonly<Record<string, string>>
}

const START_ATTEMPTS = 5

export async function startCourier(options: CourierOptions = {}): Promise<CourierServer> {
  const unpackedDir = await unpackDebian('courier-imap', 'courier-authdaemon', 'courier-authlib-userdb')
  const dataDir = await mkdtemp(join(tmpdir(), 'pq-courier-'))
  await chmod(dataDir, 0o755)
  const lines = await Promise.all(
    Object.entries(options.users ?? DEMO_USERS).map(async ([address, password]) => {
      const hash = (await run('openssl', ['passwd', '-1', '-stdin'], { input: password })).trim()
      return `${address}\tuid=65534|gid=65534|home=/mnt/mail/${address}|mail=/mnt/mail/${address}/Maildir|imappw=${hash}\n`
    }),
  )
  await writeFile(join(dataDir, 'userdb'), lines.join(''))
  for (let attempt = 1; ; attempt++) {
    const [imapPort = 0] = await freePorts(1)
    const server = spawnInOverlay(unpackedDir, dataDir, script(imapPort))
    const isUp = await waitForPort(imapPort, server)
    if (!isUp && attempt === START_ATTEMPTS) throw new Error(`Courier did not start: ${server.output()}`)
    if (!isUp) continue
    return {
      host: '127.0.0.1',
      imapPort,
      pid: server.pid,
      kill: (signal) => server.kill(signal),
      async stop() {
        server.kill('SIGKILL')
        await server.stop()
        await waitUntilClosed(imapPort)
        await rm(dataDir, { recursive: true, force: true })
      },
    }
  }
}

function script(imapPort: number): string {
  return `
umask 022
cut -f1 /mnt/userdb | while read -r address; do
  mkdir -p "/mnt/mail/$address"
  [ -d "/mnt/mail/$address/Maildir" ] || maildirmake.courier "/mnt/mail/$address/Maildir"
done
chown -R 65534:65534 /mnt/mail
mkdir -p /run/courier/authdaemon
cp /mnt/userdb /etc/courier/userdb
chmod 600 /etc/courier/userdb
makeuserdb
sed -i 's/^authmodulelist=.*/authmodulelist="authuserdb"/' /etc/courier/authdaemonrc
/usr/lib/courier/courier-authlib/authdaemond &
# Who signs in before it listens is refused: the port is opened after.
for _ in $(seq 200); do [ -S /run/courier/authdaemon/socket ] && break; sleep 0.05; done
set -a
. /etc/courier/imapd
IMAP_CAPABILITY="$IMAP_CAPABILITY"
set +a
exec couriertcpd -address=127.0.0.1 -maxprocs=400 -maxperip=400 -nodnslookup -noidentlookup ${imapPort} \\
  /usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir
`
}
