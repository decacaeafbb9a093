// A whole node as boot starts it, over real servers, in this process and on a free port: what tests from outside speak to.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Node, type NodeOptions, startNode } from '#boot/node.ts'
import { type ConfigSources, loadConfig } from '#config/load.ts'
import { silentLog } from '#core/log.ts'

export interface WholeNodeOptions extends Partial<NodeOptions> {
  readonly host: string
  readonly imapPort: number
  readonly smtpPort: number
  readonly sievePort?: number | null
  /** Kept when given, so that a second node can start on it; else a temporary one, removed at stop. */
  readonly dataFolder?: string
  /** More configuration: section → key (camelCase) → value. */
  readonly config?: ConfigSources['options']
}

export type WholeNode = Node & { readonly dataFolder: string }

/** Plain-text connections to servers on loopback; sign-in refusals are not delayed. */
export async function startWholeNode(options: WholeNodeOptions): Promise<WholeNode> {
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'paquebot-whole-'))
  const { host, sievePort } = options
  const config = loadConfig({
    file: null,
    environment: {},
    options: {
      ...options.config,
      // A crowded machine is no reason to refuse: what is tried about that sets a limit of its own.
      http: { listen: '127.0.0.1:0', drainTimeout: 2000, maxLag: 60_000, ...options.config?.http },
      data: { dir: dataFolder },
      session: { refusal: 0, ...options.config?.session },
      mailServers: {
        imap: `imap+insecure://${host}:${options.imapPort}`,
        smtp: `smtp+insecure://${host}:${options.smtpPort}`,
        ...(sievePort ? { sieve: `sieve+insecure://${host}:${sievePort}` } : {}),
        ...options.config?.mailServers,
      },
    },
  })
  const node = await startNode(config, { log: silentLog, ...options })
  return {
    ...node,
    dataFolder,
    async stop() {
      await node.stop()
      if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true, force: true })
    },
  }
}
