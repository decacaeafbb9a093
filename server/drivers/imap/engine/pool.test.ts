import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '#core/clock.ts'
import { Failure } from '#core/errors.ts'
import { silentLog } from '#core/log.ts'
import { eventually } from '#testing/eventually.ts'
import { failureOf, never, testLimits } from '#testing/scripted-connection.ts'
import { type Script, type ScriptedServer, startScriptedImap } from '#testing/scripted-imap.ts'
import { storeFlags } from './commands/change.ts'
import { statusOf } from './commands/mailboxes.ts'
import { noop } from './commands/select.ts'
import { openPool } from './pool.ts'
import type { Need, Pool, PoolAccount, PoolLimits } from './pool-types.ts'

const ends: (() => Promise<void>)[] = []
after(async () => {
  for (const end of ends) await end()
})

interface Setup {
  readonly server: ScriptedServer
  readonly pool: Pool
  account(key?: string, password?: string): PoolAccount
}

async function setUp(
  script: Script = () => undefined,
  changed: Partial<PoolLimits> = {},
  clock: Clock = systemClock,
): Promise<Setup> {
  const server = await startScriptedImap({ capabilities: 'IMAP4rev1 IDLE UIDPLUS', script })
  const limits: PoolLimits = {
    maxPerAccount: 3,
    maxPerNode: 10,
    idleCloseMs: 60_000,
    acquireTimeoutMs: 1000,
    backoffBaseMs: 5,
    backoffMaxMs: 50,
    ...changed,
  }
  const pool = openPool({ log: silentLog, clock }, { connection: testLimits, pool: limits })
  ends.push(async () => {
    await pool.close()
    await server.stop()
  })
  const account = (key = 'alice', password = 'pw'): PoolAccount => ({
    key,
    server: { host: server.host, port: server.port, tls: 'none' },
    credential: { kind: 'password', username: key, password },
  })
  return { server, pool, account }
}

const inbox: Need = { mailbox: 'INBOX', signal: never }
const alone: Need = { ...inbox, isExclusive: true }
const any: Need = { mailbox: null, signal: never }
const count = (server: ScriptedServer, verb: string) => server.commands.filter((text) => text.startsWith(verb)).length

test('a connection is kept, and the one that has the mailbox selected is taken', async () => {
  const { server, pool, account } = await setUp()
  await pool.use(account(), inbox, noop)
  await pool.use(account(), { ...inbox, mailbox: 'Sent', isExclusive: true }, () => sleep(5))
  await pool.use(account(), { ...inbox, mailbox: 'Sent' }, async (connection) =>
    assert.equal(connection.selected?.name, 'Sent'),
  )
  assert.equal(server.connections.length, 1)
  assert.equal(count(server, 'SELECT'), 2)
})

test('a connection that had the mailbox already is brought up to date first, unless that is not needed', async () => {
  const { server, pool, account } = await setUp(({ text }) =>
    text.startsWith('STATUS') ? '* STATUS x (MESSAGES 1)\r\n$T OK\r\n' : undefined,
  )
  await pool.use(account(), inbox, noop)
  server.commands.length = 0
  await pool.use(account(), inbox, (connection) => statusOf(connection, 'x'))
  await pool.use(account(), { ...inbox, mayBeStale: true }, (connection) => statusOf(connection, 'x'))
  assert.deepEqual(
    server.commands.map((text) => text.split(' ')[0]),
    ['NOOP', 'STATUS', 'STATUS'],
  )
})

test('those who want the same mailbox share a connection, those who must be alone get one each', async () => {
  const { server, pool, account } = await setUp()
  let most = 0
  const work = async () => {
    most = Math.max(most, pool.stats().inUse)
    await sleep(20)
  }
  await Promise.all(Array.from({ length: 5 }, () => pool.use(account(), inbox, work)))
  assert.equal(server.connections.length, 1)
  await Promise.all(Array.from({ length: 5 }, () => pool.use(account(), alone, work)))
  assert.equal(server.connections.length, 3)
  assert.equal(most, 3)
})

test('where signing in is slow, those with short errands wait for the connection that is there', async () => {
  let now = 0
  const isSlow: Script = ({ text }) => {
    if (/^(LOGIN|AUTHENTICATE)/.test(text)) now += 300
    return undefined
  }
  const { server, pool, account } = await setUp(isSlow, {}, { now: () => now })
  const errands = ['INBOX', 'Sent', 'Drafts'].map((mailbox) => pool.use(account(), { ...inbox, mailbox }, noop))
  await Promise.all(errands)
  assert.equal(server.connections.length, 1)
  // Whoever works for long does not keep the others.
  const long = Promise.withResolvers<void>()
  const working = pool.use(account(), inbox, () => long.promise)
  const other = pool.use(account(), { ...inbox, mailbox: 'Sent' }, noop)
  now += 300
  await other
  assert.equal(server.connections.length, 2)
  long.resolve()
  await working
})

test('when no connection can be opened, all who wait hear of it', async () => {
  const { pool, account } = await setUp(({ text }) =>
    /^(LOGIN|AUTHENTICATE)/.test(text) ? '$T NO [UNAVAILABLE] later\r\n' : undefined,
  )
  const failures = await Promise.all([1, 2, 3].map(() => failureOf(pool.use(account(), alone, noop))))
  assert.deepEqual(new Set(failures.map(({ code }) => code)), new Set(['unavailable']))
})

test('who waits is served in the order he came, and hears of the time limit', async () => {
  const { pool, account } = await setUp(undefined, { maxPerAccount: 1, acquireTimeoutMs: 150 })
  const order: number[] = []
  await Promise.all([1, 2, 3].map((n) => pool.use(account(), alone, async () => sleep(10).then(() => order.push(n)))))
  assert.deepEqual(order, [1, 2, 3])
  const long = pool.use(account(), alone, () => sleep(400))
  assert.equal((await failureOf(pool.use(account(), alone, noop))).code, 'timeout')
  const controller = new AbortController()
  const given = failureOf(pool.use(account(), { ...alone, signal: controller.signal }, noop))
  controller.abort()
  assert.equal((await given).code, 'canceled')
  await long
})

test("the node's bound holds: an idle connection of another account makes room, a busy one is waited for", async () => {
  const { server, pool, account } = await setUp(undefined, { maxPerNode: 2 })
  await pool.use(account('a'), any, noop)
  await pool.use(account('b'), any, noop)
  await pool.use(account('c'), any, noop)
  assert.equal(server.connections.length, 3)
  assert.equal(pool.stats().open, 2)
  const order: string[] = []
  let begun = 0
  const finish = Promise.withResolvers<void>()
  const busy = ['a', 'b'].map((key) =>
    pool.use(account(key), alone, async () => {
      begun++
      await finish.promise
      order.push(key)
    }),
  )
  await eventually(
    () => begun,
    (count) => count === 2,
    'both are busy',
  )
  const waiting = pool.use(account('d'), any, async () => order.push('d'))
  await eventually(
    () => pool.stats().waiting,
    (count) => count === 1,
    'one waits',
  )
  finish.resolve()
  await Promise.all([...busy, waiting])
  assert.ok(order.indexOf('d') > 0, order.join())
  assert.ok(pool.stats().open <= 2)
})

test('many accounts over few connections: nobody is forgotten, whoever had to wait', async () => {
  const { pool, account } = await setUp(undefined, { maxPerNode: 4, acquireTimeoutMs: 5000 })
  let most = 0
  const work = async () => {
    most = Math.max(most, pool.stats().open)
    await sleep(1)
  }
  await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const one = account(`p${i}`)
      await pool.use(one, any, work)
      await Promise.all([pool.use(one, inbox, work), pool.use(one, any, work), pool.use(one, alone, work)])
    }),
  )
  assert.ok(most <= 4, `${most} were open`)
})

test('a connection that is only watched with is asked for when another account waits', async () => {
  const { pool, account } = await setUp(undefined, { maxPerNode: 1 })
  const hold = await pool.hold(account('a'), any)
  hold.wanted.addEventListener('abort', () => hold.release())
  await pool.use(account('b'), any, noop)
})

test('reads survive a connection that drops in the middle: nobody sees it', async () => {
  const { server, pool, account } = await setUp(({ text }, { socket, number }) => {
    if (!text.startsWith('STATUS')) return undefined
    if (number > 2) return '* STATUS x (MESSAGES 5)\r\n$T OK\r\n'
    socket.destroy()
    return ''
  })
  const { messages } = await pool.use(account(), inbox, (connection) => statusOf(connection, 'x'))
  assert.equal(messages, 5)
  assert.equal(server.connections.length, 3)
})

test('a change whose answer was lost is not done again, and says that its fate is unknown', async () => {
  const { server, pool, account } = await setUp(({ text }, { socket }) => {
    if (!text.startsWith('UID STORE')) return undefined
    socket.destroy()
    return ''
  })
  const lost = await failureOf(
    pool.use(account(), inbox, (connection) =>
      storeFlags(connection, { uids: [[1, 1]], mode: 'add', flags: ['\\Seen'] }),
    ),
  )
  assert.equal(lost.detail.isUncertain, true)
  assert.equal(count(server, 'UID STORE'), 1)
})

test('work that changed something is not done again when a later read drops', async () => {
  const { server, pool, account } = await setUp(({ text }, { socket }) => {
    if (text.startsWith('UID STORE')) return '$T OK\r\n'
    if (!text.startsWith('STATUS')) return undefined
    socket.destroy()
    return ''
  })
  const lost = await failureOf(
    pool.use(account(), inbox, async (connection) => {
      await storeFlags(connection, { uids: [[1, 1]], mode: 'add', flags: ['\\Seen'] })
      await statusOf(connection, 'x')
    }),
  )
  assert.equal(lost.detail.isUncertain, true)
  assert.equal(count(server, 'UID STORE'), 1)
})

test('a change on a connection that was dead before it is done on another', async () => {
  const { server, pool, account } = await setUp(({ text }) => (text.startsWith('UID STORE') ? '$T OK\r\n' : undefined))
  await pool.use(account(), inbox, noop)
  server.connections[0]?.socket.destroy()
  await sleep(20)
  await pool.use(account(), inbox, (connection) =>
    storeFlags(connection, { uids: [[1, 1]], mode: 'add', flags: ['\\Seen'] }),
  )
  assert.equal(server.connections.length, 2)
})

test('a wrong password is tried once, not for each who waits; the next password is', async () => {
  const { server, pool, account } = await setUp(
    ({ text }) => (text === 'LOGIN "alice" "wrong"' ? '$T NO [AUTHENTICATIONFAILED] no\r\n' : undefined),
    { backoffBaseMs: 10_000, backoffMaxMs: 10_000 },
  )
  const wrong = account('alice', 'wrong')
  const tries = await Promise.all(Array.from({ length: 4 }, () => failureOf(pool.use(wrong, inbox, noop))))
  assert.deepEqual(new Set(tries.map((failure) => failure.code)), new Set(['badCredentials']))
  assert.equal(count(server, 'LOGIN'), 1)
})

test("verify proves the password each time, and a wrong one does not become the account's", async () => {
  const { server, pool, account } = await setUp(({ text }) => (text.includes('"wrong"') ? '$T NO no\r\n' : undefined))
  await pool.verify(account(), never)
  assert.equal((await failureOf(pool.verify(account('alice', 'wrong'), never))).code, 'badCredentials')
  server.connections[0]?.socket.destroy()
  await sleep(20)
  assert.equal(count(server, 'LOGIN "alice" "pw"'), 1)
  await pool.use(account(), inbox, noop)
  assert.equal(count(server, 'LOGIN "alice" "pw"'), 2)
})

test('too many connections: the account makes do with those it has', async () => {
  const { pool, account } = await setUp(({ text }, { number }) =>
    text.startsWith('LOGIN') && number > 1 ? '$T NO [LIMIT] Maximum number of connections exceeded\r\n' : undefined,
  )
  await pool.use(account(), inbox, noop)
  await Promise.all(Array.from({ length: 3 }, () => pool.use(account(), alone, () => sleep(20))))
  assert.equal(pool.stats().open, 1)
  const other = await failureOf(pool.use(account('bob'), inbox, noop))
  assert.equal(other.code, 'tooManyConnections')
})

test('a held connection is shared by those who want its mailbox, and asked for when somebody else waits', async () => {
  const { server, pool, account } = await setUp(
    ({ tag, text }, { send }) => {
      if (text === 'IDLE') return '+ idling\r\n'
      if (tag === '' && text === 'DONE') {
        const idle = server.commands.length
        send(`A${idle} OK\r\n`)
        return ''
      }
      return undefined
    },
    { maxPerAccount: 1 },
  )
  const hold = await pool.hold(account(), inbox)
  await pool.use(account(), inbox, noop)
  assert.equal(server.connections.length, 1)
  assert.equal(hold.wanted.aborted, false)
  hold.wanted.addEventListener('abort', () => hold.release())
  await pool.use(account(), { ...inbox, mailbox: 'Sent' }, noop)
  assert.equal(hold.wanted.aborted, true)
  assert.equal(server.connections.length, 1)
})

test('what is idle is closed, with LOGOUT', async () => {
  const { server, pool, account } = await setUp(undefined, { idleCloseMs: 50 })
  await pool.use(account(), inbox, noop)
  assert.equal(pool.stats().open, 1)
  await sleep(120)
  assert.equal(pool.stats().open, 0)
  assert.equal(server.commands.at(-1), 'LOGOUT')
})

test('a mailbox that was deleted or renamed through us is selected anew', async () => {
  const { server, pool, account } = await setUp(({ text }) => (/^(DELETE|RENAME)/.test(text) ? '$T OK\r\n' : undefined))
  await pool.use(account(), inbox, noop)
  await pool.use(account(), any, (connection) =>
    connection.run({
      name: 'RENAME',
      parts: ['RENAME', { mailbox: 'INBOX' }, { mailbox: 'x' }],
      effect: 'change',
      start: () => ({ done() {} }),
    }),
  )
  await pool.use(account(), inbox, noop)
  assert.equal(count(server, 'SELECT'), 2)
})

const bodyScript = (cuts: number, uidValidity = () => 7): Script => {
  const whole = Array.from({ length: 100_000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')
  return ({ tag, text }, { socket, number }) => {
    if (text.startsWith('SELECT')) return `* 3 EXISTS\r\n* OK [UIDVALIDITY ${uidValidity()}] x\r\n$T OK done\r\n`
    const asked = /^UID FETCH 5 \(UID BODY\.PEEK\[\](?:<(\d+)\.(\d+)>)?\)$/.exec(text)
    if (!asked) return undefined
    const start = Number(asked[1] ?? 0)
    const part = whole.slice(start, asked[2] ? start + Number(asked[2]) : undefined)
    const head = `* 1 FETCH (UID 5 BODY[]${asked[1] ? `<${start}>` : ''} {${part.length}}\r\n`
    if (number > cuts) return `${head}${part})\r\n${tag} OK\r\n`
    socket.write(head + part.slice(0, 30_000), () => setTimeout(() => socket.destroy(), 20))
    return ''
  }
}
async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a body goes on where its connection was cut, octet for octet', async () => {
  const { server, pool, account } = await setUp(bodyScript(2))
  const { size, body } = await pool.body(account(), inbox as Need & { mailbox: string }, { uid: 5, section: '' })
  const text = await readAll(body)
  assert.equal(size, 100_000)
  assert.equal(text.length, 100_000)
  assert.match(text, /^(abcdefghijklmnopqrstuvwxyz)+[a-z]*$/)
  assert.equal(server.connections.length, 3)
  await sleep(10)
  assert.equal(pool.stats().inUse, 0)
})

test('the rest of a body is never taken from another message: UIDVALIDITY must be the same', async () => {
  let validity = 7
  const { pool, account } = await setUp(bodyScript(1, () => validity++))
  const { body } = await pool.body(account(), inbox as Need & { mailbox: string }, { uid: 5, section: '' })
  assert.equal((await failureOf(readAll(body))).code, 'unavailable')
})

test('after close nothing is open and nobody waits', async () => {
  const { pool, account } = await setUp(undefined, { maxPerAccount: 1 })
  const busy = pool.use(account(), alone, () => sleep(30)).catch((error: unknown) => error)
  const waiting = failureOf(pool.use(account(), alone, noop))
  await sleep(15)
  await pool.close()
  assert.equal((await waiting).code, 'canceled')
  await busy
  assert.deepEqual(pool.stats(), { open: 0, inUse: 0, waiting: 0 })
  assert.ok((await failureOf(pool.use(account(), inbox, noop))) instanceof Failure)
})
