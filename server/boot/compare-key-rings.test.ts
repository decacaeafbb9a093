import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadConfig } from '#config/load.ts'
import { silentLog } from '#core/log.ts'
import { openKeyRing } from '#core/seal.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { joinKeyRing, type NodeKeyTables } from './compare-key-rings.ts'

const key = (id: string, octet = id.charCodeAt(0)) => ({ id, key: Buffer.alloc(32, octet) })

async function withNodes(
  work: (
    join: (name: string, keys: readonly ReturnType<typeof key>[]) => ReturnType<typeof joinKeyRing>,
    later: (ms: number) => void,
  ) => Promise<void>,
) {
  const sql = await openTestSql()
  let now = 1_000_000
  try {
    await work(
      (name, keys) =>
        joinKeyRing({
          sql,
          ring: openKeyRing(keys),
          path: '/etc/paquebot/keys',
          name,
          clock: { now: () => now },
          log: silentLog,
        }),
      (ms) => (now += ms),
    )
    const left = await sql.for<NodeKeyTables>().readFresh().selectFrom('node_key').selectAll().execute()
    assert.ok(
      left.every(({ fingerprint }) => /^[0-9a-f]{16}$/.test(fingerprint)),
      'nothing of a key is told',
    )
  } finally {
    await sql.close()
  }
}
const refuses = (start: Promise<unknown>, ...words: RegExp[]) =>
  assert.rejects(start, (error) => {
    assert.ok(error instanceof BadConfig)
    for (const word of words) assert.match(error.message, word)
    return true
  })

test('nodes with one ring start, and so do nodes that differ by a key which seals nowhere', () =>
  withNodes(async (join) => {
    const nodes = [await join('a', [key('k1')]), await join('b', [key('k1')]), await join('c', [key('k1'), key('n2')])]
    for (const node of nodes) await node.leave()
  }))

test('a node with another key under the same id does not start, and is told which key and which node', () =>
  withNodes(async (join) => {
    await join('10.0.0.1:8080', [key('k1')])
    await refuses(join('10.0.0.2:8080', [key('k1', 7)]), /keys: key k1 is another key/, /10\.0\.0\.1:8080/)
  }))

test('a node that lacks the key with which others seal does not start, nor one that seals with a key that others lack', () =>
  withNodes(async (join) => {
    await join('a', [key('k1')])
    await refuses(
      join('b', [key('n2')]),
      /key k1 is missing, with which .*\(a\) seals/,
      /key n2, which this ring seals with, is missing at .*\(a\)/,
    )
    await refuses(join('b', [key('n2'), key('k1')]), /key n2, which this ring seals with, is missing at/)
    // Refused, it is not on the list: the next one that fits starts.
    await join('b', [key('k1')])
  }))

test('rotation without a pause: first every node has the new key, then each seals with it, then the old one goes', () =>
  withNodes(async (join) => {
    for (const ring of [[key('k1'), key('n2')], [key('n2'), key('k1')], [key('n2')]]) {
      for (const name of ['a', 'b', 'c']) await join(name, ring)
    }
  }))

test('a node that is gone hinders nobody: at once when it left, after a minute when it was killed', () =>
  withNodes(async (join, later) => {
    const a = await join('a', [key('k1')])
    await a.leave()
    await join('b', [key('n2')])
    await refuses(join('c', [key('o3')]), /key n2 is missing/)
    later(61_000)
    await join('c', [key('o3')])
    // The same id for another key is refused whoever is gone: what the other sealed may still lie somewhere.
    await refuses(join('d', [key('n2', 9), key('o3')]), /key n2 is another key/)
  }))

test('the same node starts again with another ring', () =>
  withNodes(async (join) => {
    await join('a', [key('k1')])
    await join('a', [key('n2')])
  }))
