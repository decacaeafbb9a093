import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { silentLog } from '#core/log.ts'
import { type NodeFacts, type NodeSelf, type NodeState, openNodes } from '#domain/nodes/index.ts'
import { startHeartbeat } from '#jobs/heartbeat.ts'
import { eventually } from '#testing/eventually.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { readNodeCommand, run } from './node.ts'

const idle: NodeFacts = { schema: '1', inFlight: 0, lagMs: 0, streams: 0 }

async function cluster(t: TestContext) {
  const db = await openTestSql()
  t.after(() => db.close())
  let now = 1_000_000
  const clock = { now: () => now }
  const open = (instance: string) => openNodes({ sql: db.for(), clock, log: silentLog, instance })
  const self = (name: string): NodeSelf => ({ name, address: `${name}:8080`, version: '0.1.0', startedAt: now })
  return { open, self, pass: (ms: number) => (now += ms), admin: open('') }
}

function command(...words: string[]) {
  const read = readNodeCommand(words)
  assert.ok(read)
  return read.command
}

test('what an operator writes is understood, and the rest is for the configuration', () => {
  assert.deepEqual(readNodeCommand(['drain', 'a', '--json', '--wait', '2 min', '--config', 'x.toml']), {
    command: { verb: 'drain', names: ['a'], isJson: true, waitMs: 120_000 },
    rest: ['--config', 'x.toml'],
  })
  for (const words of [['drain'], ['list', 'a'], ['nod', 'a'], ['status', '--wait', 'soon', 'a']]) {
    assert.equal(readNodeCommand(words), null, words.join(' '))
  }
})

test('nodes are listed with what they tell, and one that has gone silent is lost', async (t) => {
  const { open, self, pass, admin } = await cluster(t)
  const [one, two] = [open('1'), open('2')]
  await one.join(self('one'))
  await two.join(self('two'))
  await one.beat(self('one'), 'ready', { ...idle, inFlight: 3 })
  const { others } = await two.beat(self('two'), 'unready', idle)
  assert.deepEqual(
    others.map(({ name, address }) => [name, address]),
    [['one', 'one:8080']],
  )
  const lines: string[] = []
  assert.equal(await run(admin, command('list', '--json'), (line) => lines.push(line)), 0)
  const told = lines.map((line) => JSON.parse(line))
  assert.deepEqual(
    told.map((node) => [node.name, node.state, node.inFlight, node.version, node.schema]),
    [
      ['one', 'ready', 3, '0.1.0', '1'],
      ['two', 'unready', 0, '0.1.0', '1'],
    ],
  )
  const code = (name: string) => run(admin, command('status', name), () => {})
  assert.deepEqual([await code('one'), await code('two'), await code('three')], [0, 4, 66])
  pass(9_000)
  await two.beat(self('two'), 'draining', idle)
  pass(2_000)
  assert.deepEqual([await code('one'), await code('two')], [5, 3])
  await two.leave(self('two'))
  assert.equal(await code('two'), 66)
})

test('a node that is to drain hears of it, and the command waits until nothing is left in flight', async (t) => {
  const { open, self, admin } = await cluster(t)
  const nodes = open('1')
  await nodes.join(self('one'))
  let state: NodeState = 'ready'
  let inFlight = 2
  const heartbeat = startHeartbeat({
    nodes,
    self: self('one'),
    look: async () => ({ state, facts: { ...idle, inFlight } }),
    setDraining: (isDraining) => {
      state = isDraining ? 'draining' : 'ready'
    },
    log: silentLog,
    everyMs: 10,
  })
  const notYet = await run(admin, command('drain', 'one', '--wait', '300'), () => {})
  assert.equal(notYet, 75, 'two are in flight')
  await eventually(
    () => state,
    (now) => now === 'draining',
    'it heard',
  )
  inFlight = 0
  assert.equal(await run(admin, command('drain', 'one', '--wait', '20 s'), () => {}), 0)
  assert.equal(await run(admin, command('undrain', 'one', '--wait', '20 s'), () => {}), 0)
  assert.equal(state, 'ready')
  await heartbeat.close()
  assert.deepEqual(await admin.list(), [])
})

test('a node that starts anew serves again, and a namesake does not speak for it', async (t) => {
  const { open, self, admin } = await cluster(t)
  const first = open('1')
  await first.join(self('one'))
  await admin.want('one', 'drain')
  const second = open('2')
  await second.join(self('one'))
  assert.equal((await second.beat(self('one'), 'ready', idle)).wanted, 'serve')
  await admin.want('one', 'drain')
  assert.equal((await first.beat(self('one'), 'draining', idle)).wanted, 'serve')
  await first.leave(self('one'))
  assert.equal((await admin.list())[0]?.state, 'ready')
})
