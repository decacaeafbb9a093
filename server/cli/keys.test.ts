import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '#boot/database.ts'
import { loadKeyRing } from '#boot/key-ring.ts'
import { type Config, loadConfig } from '#config/load.ts'
import { isFailure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { openSqlSessionStore } from '#drivers/session/sql.ts'
import { buildSession } from '#ports/session-store.contract.ts'
import { runKeys } from './keys.ts'

async function withRing(
  work: (
    run: (...words: string[]) => Promise<{ readonly code: number; readonly said: string }>,
    path: string,
    config: Config,
  ) => Promise<void>,
) {
  const dir = await mkdtemp(join(tmpdir(), 'paquebot-keys-'))
  const config = loadConfig({ file: null, environment: {}, options: { data: { dir } } })
  const path = join(dir, 'keys')
  try {
    await loadKeyRing(path, { create: true, now: 0 })
    await work(
      async (...words) => {
        const lines: string[] = []
        const code = await runKeys(
          words,
          () => config,
          86_400_000,
          (line) => lines.push(line),
        )
        return { code, said: lines.join('\n') }
      },
      path,
      config,
    )
  } finally {
    await rm(dir, { recursive: true })
  }
}
const idsOf = async (path: string) =>
  (await loadKeyRing(path, { create: false, now: 0 })).fingerprints.map(({ id }) => id)

test('a key is added, then seals, then the old one goes: at each step the ring opens what was sealed before', () =>
  withRing(async (run, path) => {
    await writeFile(path, `# of the cluster in Ghent\n${await readFile(path, 'utf8')}`)
    const before = await loadKeyRing(path, { create: false, now: 0 })
    const [old] = await idsOf(path)
    assert.equal((await run('add')).code, 0)
    const [first, added] = await idsOf(path)
    assert.equal(first, old, 'the new key seals nothing yet')
    assert.equal((await run('use', added as string)).code, 0)
    assert.deepEqual(await idsOf(path), [added, old])
    const ring = await loadKeyRing(path, { create: false, now: 0 })
    assert.equal(ring.unseal('x', 'y', before.seal('x', 'y', 'secret')), 'secret')
    assert.equal((await run('retire', old as string)).code, 0)
    assert.deepEqual(await idsOf(path), [added])
    assert.match(await readFile(path, 'utf8'), /^# of the cluster in Ghent\n/)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  }))

test('a key that seals, or with which a session is still sealed, is not retired; list says which', () =>
  withRing(async (run, path, config) => {
    const [old] = await idsOf(path)
    assert.equal((await run('retire', old as string)).code, 65)
    const { sql } = await openDatabase({ config, log: silentLog })
    const sessions = openSqlSessionStore(sql)
    await sessions.create(buildSession({ sealed: `${old}.abc` }))
    await run('add')
    await run('use', (await idsOf(path))[1] as string)
    const refused = await run('retire', old as string)
    assert.equal(refused.code, 65)
    assert.match(refused.said, /1 sessions/)
    assert.match((await run('list')).said, new RegExp(`${old} .* opens {2}1 sessions`))
    await sessions.destroy('s1')
    assert.equal((await run('retire', old as string)).code, 0)
    await sql.close()
  }))

test('a word or key that is not there is told', () =>
  withRing(async (run) => {
    assert.equal((await run('burn')).code, 64)
    assert.equal((await run('use')).code, 64)
    await assert.rejects(run('use', 'nobody'), (error) => isFailure(error, 'notFound'))
    assert.match((await run('new')).said, /^1970-01-02-[0-9a-f]{4}:[A-Za-z0-9+/]{43}=$/)
  }))
