import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { loadKeyRing, newKeyLine } from './key-ring.ts'

async function withFile(work: (path: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'paquebot-ring-'))
  try {
    await work(join(folder, 'keys'))
  } finally {
    await rm(folder, { recursive: true })
  }
}
const own = { create: true, now: 0 }

test('a node without a ring makes one, and two that start together agree on it', () =>
  withFile(async (path) => {
    const [a, b] = await Promise.all([loadKeyRing(path, own), loadKeyRing(path, own)])
    assert.deepEqual(a?.fingerprints, b?.fingerprints)
    assert.equal(b?.unseal('x', 'y', a?.seal('x', 'y', 'secret') as string), 'secret')
  }))

test('a rotated file opens what the key before sealed', () =>
  withFile(async (path) => {
    const sealed = (await loadKeyRing(path, own)).seal('x', 'y', 'secret')
    await writeFile(path, `# newest first\n${newKeyLine(1)}\n${await readFile(path, 'utf8')}`)
    const ring = await loadKeyRing(path, own)
    assert.equal(ring.unseal('x', 'y', sealed), 'secret')
    assert.equal(ring.isStale(sealed), true)
  }))

test('a ring that others can read, is absent, or has a bad line, is refused with the place', () =>
  withFile(async (path) => {
    await assert.rejects(loadKeyRing(path, { create: false, now: 0 }), (error) => isFailure(error, 'unavailable'))
    await writeFile(path, `${newKeyLine(0)}\nbroken\n`, { mode: 0o600 })
    await assert.rejects(
      loadKeyRing(path, own),
      (error) => isFailure(error, 'badInput') && String(error.detail.keyRing).endsWith(':2'),
    )
    await writeFile(path, newKeyLine(0))
    await chmod(path, 0o644)
    await assert.rejects(loadKeyRing(path, own), (error) => isFailure(error, 'forbidden'))
  }))
