// `paquebot sql check`: what the servers of `[sql]` can and cannot promise. Ends with 1 when a promise is broken.

import { databaseServers } from '#boot/database.ts'
import type { Config } from '#config/load.ts'
import { checkServers } from '#drivers/sql/check.ts'

const marks = { ok: 'ok   ', weak: 'weak ', fault: 'FAULT' }

export async function runSql(config: Config, verb: string, print: (line: string) => void): Promise<number> {
  if (verb !== 'check') {
    print(`sql knows check, not ${verb}`)
    return 64
  }
  const servers = await databaseServers(config)
  if (servers.kind === 'sqlite') {
    print(
      `ok    SQLite at ${servers.path}: one node, one disk. What was acknowledged is on that disk, and nowhere else.`,
    )
    return 0
  }
  const findings = await checkServers(servers.engine, servers, {
    connectTimeoutMs: config.sql.connectTimeout,
    poolMax: config.sql.poolMax,
  })
  for (const { level, server, text } of findings) print(`${marks[level]} ${server}: ${text}`)
  const count = (level: keyof typeof marks) => findings.filter((finding) => finding.level === level).length
  print(`${count('fault')} faults, ${count('weak')} weaknesses`)
  return count('fault') > 0 ? 1 : 0
}
