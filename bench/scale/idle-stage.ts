// A real Dovecot for thousands who are idle, and a node over it: several people share one imap process, so that the machine holds them all.

import { startDovecot } from '#testing/servers/dovecot.ts'
import { PASSWORD } from '../stage.ts'
import { type NodeProcess, startNodeProcess } from '../start-node-process.ts'
import { type IdleCost, measureIdle } from './idle.ts'

const PEOPLE_PER_PROCESS = 250

/** `sql`: more configuration of the node, such as where its database is. */
export async function idleCost(
  people: number,
  config: Parameters<typeof startNodeProcess>[0],
  say: (line: string) => void,
): Promise<IdleCost> {
  const addresses = Array.from({ length: people + 1 }, (_, n) => `idle${n}@example.test`)
  const dovecot = await startDovecot({
    users: Object.fromEntries(addresses.map((address) => [address, PASSWORD])),
    extraConfig: `service imap {
  service_count = 0
  client_limit = ${PEOPLE_PER_PROCESS}
  vsz_limit = 4G
  process_limit = ${Math.ceil(people / PEOPLE_PER_PROCESS) + 2}
}
service imap-login {
  client_limit = ${people + 1_000}
}
service anvil {
  client_limit = ${people + 5_000}
}
service auth {
  client_limit = ${people + 5_000}
}`,
  })
  let node: NodeProcess | undefined
  try {
    const started = await startNodeProcess({
      ...config,
      imap: { connectionsPerNode: people + 100 },
      mailServers: {
        imap: `imap+insecure://127.0.0.1:${dovecot.imapPort}`,
        smtp: 'smtp+insecure://127.0.0.1:9',
        sieve: `sieve+insecure://127.0.0.1:${dovecot.sievePort}`,
      },
    })
    node = started
    return await measureIdle(
      started.url,
      addresses,
      { usage: () => started.ask('usage'), imapPort: dovecot.imapPort },
      say,
    )
  } finally {
    await node?.stop()
    await dovecot.stop()
  }
}
