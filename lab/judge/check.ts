// The checks from outside after a scenario, while nobody acts: mailboxes by doveadm, the database servers by SQL, uploads, settings and
// sessions on every single node, all against the people's own records.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Crowd } from '../load/crowd.ts'
import { holderOf } from '../services/keepalived.ts'
import { nodePort } from '../services/paquebot.ts'
import type { Cluster } from '../topologies/cluster.ts'
import { addressOf, floating, mailHosts, nodes } from '../topologies/plan.ts'
import { type FoundMail, judgeMail, judgeSettings, type Kept, wishesOf } from './kept.ts'

/** The outbox tries again after up to one, two, four minutes; Postfix after seconds. */
const deliveryMs = 300_000
/** Of so many uploads each time: those of this scenario first. */
const maxUploads = 150

export interface Checked extends Pick<Kept, 'drafts' | 'sends' | 'flags'> {
  readonly faults: readonly string[]
  readonly uploads: number
  /** Until the last send that was acknowledged had arrived. */
  readonly deliveredMs: number
}

export async function checkEverything(cluster: Cluster, crowd: Crowd): Promise<Checked> {
  const started = performance.now()
  const entries = crowd.entries()
  let kept = judgeMail(entries, await readMail(cluster))
  while (kept.underway > 0 && performance.now() - started < deliveryMs) {
    await sleep(1000)
    kept = judgeMail(entries, await readMail(cluster))
  }
  const deliveredMs = Math.round(performance.now() - started)
  const uploads = wishesOf(entries, 'upload')
    .filter(({ outcome }) => outcome === 'done')
    .slice(-maxUploads)
    .map(({ person, wish }) => ({ person, blobId: wish.blobId, sha256: wish.sha256 }))
  const verified = await crowd.verify({ nodes: nodes.map((name) => `http://${addressOf(name)}:${nodePort}`), uploads })
  const { database } = cluster
  return {
    faults: [
      ...kept.faults,
      ...verified.faults,
      ...judgeSettings(entries, verified.settings),
      ...(await database.faults(cluster.hosts(database.hosts))),
    ],
    drafts: kept.drafts,
    sends: kept.sends,
    flags: kept.flags,
    uploads: uploads.length,
    deliveredMs,
  }
}

/** Every message of everybody, from the server that serves them. */
export async function readMail(cluster: Cluster): Promise<FoundMail[]> {
  const hosts = cluster.hosts(mailHosts)
  const host = (await holderOf(floating.imap, hosts)) ?? hosts[0]!
  const text = await host.exec(
    ['doveadm', '-c', '/etc/dovecot/lab.conf', '-f', 'tab', 'fetch', '-A', 'user mailbox hdr.message-id flags', 'ALL'],
    { timeoutMs: 60_000 },
  )
  return parseMail(text)
}

export function parseMail(text: string): FoundMail[] {
  const [, ...lines] = text.split('\n')
  return lines.filter(Boolean).map((line) => {
    const [, user = '', mailbox = '', messageId = '', flags = ''] = line.split('\t')
    return { user, mailbox, messageId: messageId.replace(/^<|>$/g, ''), flags: flags.split(' ') }
  })
}
