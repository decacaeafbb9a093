// `paquebot keys new|list|add|use|retire`: the file of the key ring. A rotation that signs nobody out is three steps, each followed by a
// restart of the nodes, one after the other: `add` (all can open), `use` (all seal), `retire` once nothing is sealed with the old one.

import { readFile, rename, writeFile } from 'node:fs/promises'
import type { NodeKeyTables } from '#boot/compare-key-rings.ts'
import { openDatabase } from '#boot/database.ts'
import { loadKeyRing, newKeyLine } from '#boot/key-ring.ts'
import { keyRingPath } from '#boot/storage.ts'
import type { Config } from '#config/load.ts'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import type { SqlDatabase } from '#ports/sql.ts'

const verbs = ['new', 'list', 'add', 'use', 'retire'] as const

interface SealedTables extends NodeKeyTables {
  session: { sealed: string }
  email_submission: { credential: string }
}

/** @param words what follows `keys`, options left out */
export async function runKeys(
  words: readonly string[],
  readConfig: () => Config,
  now: number,
  print: (line: string) => void,
): Promise<number> {
  const [verb = 'list', id] = words
  if (!verbs.includes(verb as (typeof verbs)[number])) {
    print(`keys knows ${verbs.join(', ')}, not ${verb}`)
    return 64
  }
  if ((verb === 'use' || verb === 'retire') !== (id !== undefined)) {
    print(verb === 'use' || verb === 'retire' ? `keys ${verb} needs the id of a key` : `keys ${verb} takes no key`)
    return 64
  }
  if (verb === 'new') {
    print(newKeyLine(now))
    return 0
  }
  const config = readConfig()
  const path = keyRingPath(config)
  const ring = await loadKeyRing(path, { create: false, now })
  const ids = ring.fingerprints.map((key) => key.id)
  if (id !== undefined && !ids.includes(id)) throw new Failure('notFound', { keyRing: path, key: id })
  if (verb === 'list') return list(config, ring.fingerprints, print)
  if (verb === 'add') {
    const line = newKeyLine(now)
    await change(path, (lines) => insertAt(lines, 1, line))
    print(`added ${line.split(':')[0]}, which seals nothing yet`)
    print(
      `next: the same file on every node, restart them one after the other, then: paquebot keys use ${line.split(':')[0]}`,
    )
    return 0
  }
  if (verb === 'use') {
    await change(path, (lines) => {
      const line = lines.find((one) => isKey(one, id as string)) as string
      return insertAt(
        lines.filter((one) => one !== line),
        0,
        line,
      )
    })
    print(`${id} seals from now on; ${ids[0] === id ? 'it did before' : `${ids[0]} still opens what it sealed`}`)
    print('next: the same file on every node, restart them one after the other')
    return 0
  }
  if (ids[0] === id) {
    print(`${id} is the key that seals: let another one seal first (paquebot keys use)`)
    return 65
  }
  const { sql } = await openDatabase({ config, log: silentLog })
  const counts = await sealedWith(sql, id as string).finally(() => sql.close())
  if (counts.sessions + counts.sends > 0) {
    print(
      `${id} still seals ${counts.sessions} sessions and ${counts.sends} sends in the database: their people would be signed out,`,
    )
    print('and the sends would wait for them. Sessions are sealed anew when they are used.')
    return 65
  }
  if (config.session.store !== 'sql')
    print(
      `sessions in ${config.session.store} are not counted: who was not here since ${id} stopped sealing is signed out`,
    )
  await change(path, (lines) => lines.filter((one) => !isKey(one, id as string)))
  print(`${id} is out of the ring; next: the same file on every node, restart them`)
  return 0
}

async function list(
  config: Config,
  own: readonly { readonly id: string; readonly fingerprint: string }[],
  print: (line: string) => void,
): Promise<number> {
  const { sql } = await openDatabase({ config, log: silentLog })
  try {
    const rows = await sql.for<SealedTables>().readFresh().selectFrom('node_key').selectAll().execute()
    for (const [place, { id, fingerprint }] of own.entries()) {
      const { sessions, sends } = await sealedWith(sql, id)
      const nodes = rows.filter((row) => row.key_id === id && row.fingerprint === fingerprint).map(({ host }) => host)
      print(
        `${id}  ${fingerprint}  ${place === 0 ? 'seals' : 'opens'}  ${sessions} sessions, ${sends} sends in the database`,
      )
      print(`    at: ${nodes.join(', ') || 'no node'}`)
    }
    const differing = rows.filter(
      (row) => !own.some((key) => key.id === row.key_id && key.fingerprint === row.fingerprint),
    )
    for (const { host, key_id, fingerprint } of differing)
      print(`${host} has ${key_id} ${fingerprint}, which this file lacks`)
    return differing.length > 0 ? 65 : 0
  } finally {
    await sql.close()
  }
}

async function sealedWith(
  sql: SqlDatabase,
  id: string,
): Promise<{ readonly sessions: number; readonly sends: number }> {
  const db = sql.for<SealedTables>().readFresh()
  // Ids hold letters, digits and `-` alone: nothing that LIKE would take for more.
  const pattern = `${id}.%`
  const sessions = await db
    .selectFrom('session')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('sealed', 'like', pattern)
    .executeTakeFirstOrThrow()
  const sends = await db
    .selectFrom('email_submission')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('credential', 'like', pattern)
    .executeTakeFirstOrThrow()
  return { sessions: Number(sessions.count), sends: Number(sends.count) }
}

const isKey = (line: string, id: string) => line.trim().startsWith(`${id}:`)

/** Before the key that stands at `place` now; remarks stay where they are. */
function insertAt(lines: readonly string[], place: number, line: string): string[] {
  const keys = lines.flatMap((one, at) => (one.trim() === '' || one.trim().startsWith('#') ? [] : [at]))
  const at = keys[place] ?? (keys.at(-1) ?? -1) + 1
  return [...lines.slice(0, at), line, ...lines.slice(at)]
}

/** Whole or not at all: a node that starts meanwhile reads the old file or the new one. */
async function change(path: string, edit: (lines: string[]) => string[]): Promise<void> {
  const lines = (await readFile(path, 'utf8')).replace(/\n*$/, '').split('\n')
  const next = `${path}.new`
  await writeFile(next, `${edit(lines).join('\n')}\n`, { mode: 0o600, flush: true })
  await rename(next, path)
}
